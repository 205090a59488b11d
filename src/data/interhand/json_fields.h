#pragma once
#include <simdjson.h>

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "interprior/geometry/camera.h"

namespace interprior {

// Why a field of an object cannot be used, as a message; empty if it can.
struct JsonFault {
  std::string what;
  bool not_finite = false;  // NaN or infinity, as Python's json.dump writes them
};

// Reads fields of one JSON object. Numbers may be strings, and integers may be written as 12.0. Each function returns whether the
// field could be read; the first fault is kept.
class JsonFields {
 public:
  using Element = simdjson::dom::element;
  static constexpr double kLargest = 1e6;  // larger numbers are faults

  explicit JsonFields(const Element& object) : object_(object) {}

  bool element(const char* key, Element& out);
  bool integer(const char* key, int64_t& out);
  bool text(const char* key, std::string& out);       // a string, or an integer as string
  bool view(const char* key, std::string_view& out);  // a string, valid as long as the object
  bool flag(const char* key, bool& out);
  template <class Numbers>
  bool numbers(const char* key, Numbers& out) {  // an array of doubles or a Vector3, of that many numbers
    Element element;
    return this->element(key, element) && list(key, element, out.data(), static_cast<size_t>(out.size()));
  }
  bool matrix(const char* key, Matrix3& out);
  bool flags(const char* key, std::array<bool, 42>& out);  // 42, or 42 x 1
  bool rows(const char* key, const Element& element, std::array<Vector3, 42>& out);

  bool refuse(std::string what, bool not_finite = false);  // records a fault; returns false
  const JsonFault& fault() const { return fault_; }

 private:
  bool list(const char* key, const Element& element, double* out, size_t count);
  bool number(const char* key, const Element& element, double& out);
  bool flag_of(const char* key, const Element& element, bool& out);

  const Element& object_;
  JsonFault fault_;
};

}  // namespace interprior
