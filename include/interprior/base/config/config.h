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
// The list serves reading (strict YAML), --set, the resolved dump, `explain` and the comparison of two configs.
namespace interprior {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// The name table of an enum. Specialise it with `static std::vector<std::pair<E, std::string>> table()`; if names were renamed,
// also with `static std::map<std::string, std::string> old_names()` (old name to new name).
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

// An enum field, type-erased.
struct ChoiceField {
  std::vector<std::string> names;
  std::map<std::string, std::string> old_names;  // names of earlier versions -> current names
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

// The fields of one struct, in the order of describe().
class Fields {
 public:
  template <class T>
  void operator()(const char* name, T& member, const char* meaning, Range range = {});

  // Registers a key of earlier versions; the error for it names the new key.
  void renamed(const char* old_name, const char* name) { old_names[old_name] = name; }

  std::vector<Field> list;
  std::map<std::string, std::string> old_names;  // old keys -> current keys
  std::function<void()> check;                   // the struct's own check(), if it has one
};

template <Described C>
Fields fields_of(C& config);

// Reads YAML into the fields. `origin` names the text in messages (file:line:column). `sets` are "a.b=c" overrides, applied last.
// Throws Error on unknown and duplicate keys, wrong types and values out of range, with position, known keys and the nearest key.
// Old names of keys and choices: OldNames::refuse throws Error with the new name; OldNames::accept is for stored configs.
enum class OldNames { refuse, accept };
void read_fields(Fields& fields, const std::string& yaml, const std::string& origin, const std::vector<std::string>& sets,
                 OldNames old_names = OldNames::refuse);
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
// Parses a config stored in a checkpoint or run folder; old names of earlier versions are accepted.
template <Described C>
C parse_stored_config(const std::string& yaml, const std::string& origin) {
  C config;
  Fields fields = fields_of(config);
  read_fields(fields, yaml, origin, {}, OldNames::accept);
  return config;
}
template <Described C>
C read_config(const std::filesystem::path& path, const std::vector<std::string>& sets = {});
template <Described C>
std::string dump_config(C config) {
  return dump_fields(fields_of(config));
}

// One line "key: a -> b" for each leaf that differs between two dumps.
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
    if constexpr (requires { EnumNames<T>::old_names(); }) choice.old_names = EnumNames<T>::old_names();
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
