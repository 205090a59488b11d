#pragma once
#include <cstdint>
#include <string>

#include "interprior/base/config/config.h"

namespace interprior {

// Values as YAML; read_fields reads them back unchanged.
std::string yaml_text(bool value);
std::string yaml_text(int64_t value);
std::string yaml_text(double value);              // shortest form that keeps every bit
std::string yaml_text(const std::string& value);  // quoted if necessary
template <class T>
std::string yaml_text(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : ", ") + yaml_text(value);
  return "[" + text + "]";
}

// "0 to 1000", "at least 0", "at most 1" or "".
std::string range_text(const Range& range);

// "a, b, c"
std::string joined(const std::vector<std::string>& words, const std::string& between = ", ");

inline std::string key_below(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace interprior
