#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Configs. A config is a plain struct with defaults and one list of its fields:
//
//   struct LossConfig {
//     double joints = 100;
//     void describe(Fields& fields) { fields("joints", joints, "weight of the 3D joint error", {0, 1e6}); }
//     void check() const;          // optional: rules between fields, throws Error
//   };
//
// From that list come reading (strict YAML), --set, the resolved dump, `explain` and the comparison of two configs.
namespace interprior {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// The one name table of an enum: specialise with `static std::vector<std::pair<E, std::string>> table()`.
template <class E>
struct EnumNames;
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  EnumNames<E>::table();
};
template <NamedEnum E>
std::string name_of(E value);

class Fields;
template <class C>
concept Described = requires(C config, Fields& fields) {
  config.describe(fields);
};

// One choice out of named values, type-erased.
struct ChoiceField {
  std::vector<std::string> names;
  std::function<std::string()> get;
  std::function<void(size_t)> set;
};

// A list of described structs, type-erased.
struct ListField {
  std::function<size_t()> size;
  std::function<void(size_t)> resize;
  std::function<Fields(size_t)> at;
};

struct Field {
  std::string name, meaning;
  Range range;
  std::variant<bool*, int64_t*, double*, std::string*, std::vector<int64_t>*, std::vector<double>*, std::vector<std::string>*,
               ChoiceField, std::shared_ptr<Fields>, ListField>
      value;
};

// The fields of one struct, in order of description.
class Fields {
 public:
  template <class T>
  void operator()(const char* name, T& member, const char* meaning, Range range = {});

  // A key of earlier versions: whoever still writes it is told the new name.
  void renamed(const char* old_name, const char* name) { old_names[old_name] = name; }

  std::vector<Field> list;
  std::map<std::string, std::string> old_names;  // to the names that replaced them
  std::function<void()> check;                   // the struct's own check(), if it has one
};

template <Described C>
Fields fields_of(C& config);

// Reading. `origin` names the text in messages (file:line:column). Unknown and doubled keys, wrong types and values out
// of range are Errors with place, known keys and the nearest one. `sets` are "a.b=c" overrides, applied last.
void read_fields(Fields& fields, const std::string& yaml, const std::string& origin, const std::vector<std::string>& sets);
std::string dump_fields(const Fields& fields);
struct KeyDescription {
  std::string key, type, range, value, meaning;
};  // value: the default
std::vector<KeyDescription> explain_fields(const Fields& fields, const std::string& prefix = "");

template <Described C>
C parse_config(const std::string& yaml, const std::string& origin, const std::vector<std::string>& sets = {}) {
  C config;
  Fields fields = fields_of(config);
  read_fields(fields, yaml, origin, sets);
  return config;
}
template <Described C>
C read_config(const std::filesystem::path& path, const std::vector<std::string>& sets = {});
template <Described C>
std::string dump_config(C config) {
  return dump_fields(fields_of(config));
}

// Lines "key: a -> b" for every leaf that differs between two dumps.
std::vector<std::string> config_difference(const std::string& dump_a, const std::string& dump_b);

std::string read_config_text(const std::filesystem::path& path);  // throws Error with advice when missing

// ---- templates ----

template <NamedEnum E>
std::string name_of(E value) {
  for (const auto& [entry, name] : EnumNames<E>::table())
    if (entry == value) return name;
  return "?";
}

template <Described C>
C read_config(const std::filesystem::path& path, const std::vector<std::string>& sets) {
  return parse_config<C>(read_config_text(path), path.string(), sets);
}

template <Described C>
Fields fields_of(C& config) {
  Fields fields;
  config.describe(fields);
  if constexpr (requires { config.check(); }) fields.check = [&config] { config.check(); };
  return fields;
}

namespace config_detail {
template <class T>
struct is_described_list : std::false_type {};
template <Described C>
struct is_described_list<std::vector<C>> : std::true_type {};
}  // namespace config_detail

template <class T>
void Fields::operator()(const char* name, T& member, const char* meaning, Range range) {
  Field field{name, meaning, range, static_cast<bool*>(nullptr)};
  if constexpr (NamedEnum<T>) {
    ChoiceField choice;
    for (const auto& [value, word] : EnumNames<T>::table()) choice.names.push_back(word);
    choice.get = [&member] { return name_of(member); };
    choice.set = [&member](size_t index) { member = EnumNames<T>::table()[index].first; };
    field.value = std::move(choice);
  } else if constexpr (Described<T>) {
    field.value = std::make_shared<Fields>(fields_of(member));
  } else if constexpr (config_detail::is_described_list<T>::value) {
    field.value = ListField{[&member] { return member.size(); }, [&member](size_t size) { member.resize(size); },
                            [&member](size_t index) { return fields_of(member[index]); }};
  } else {
    field.value = &member;
  }
  list.push_back(std::move(field));
}

}  // namespace interprior
