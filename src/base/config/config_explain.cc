#include "config_text.h"
#include "interprior/base/config/config.h"

namespace interprior {
namespace {

struct TypeAndValue {
  std::string type, value;
};

TypeAndValue describe(const Field& field) {
  return std::visit(
      Overloaded{[](const bool* value) {
                   return TypeAndValue{"boolean", yaml_text(*value)};
                 },
                 [](const int64_t* value) {
                   return TypeAndValue{"integer", yaml_text(*value)};
                 },
                 [](const double* value) {
                   return TypeAndValue{"number", yaml_text(*value)};
                 },
                 [](const std::string* value) {
                   return TypeAndValue{"string", yaml_text(*value)};
                 },
                 [](const std::vector<int64_t>* value) {
                   return TypeAndValue{"list of integers", yaml_text(*value)};
                 },
                 [](const std::vector<double>* value) {
                   return TypeAndValue{"list of numbers", yaml_text(*value)};
                 },
                 [](const std::vector<std::string>* value) {
                   return TypeAndValue{"list of strings", yaml_text(*value)};
                 },
                 [](const ChoiceField& value) {
                   return TypeAndValue{"one of " + joined(value.names, "|"), value.get()};
                 },
                 [](const std::shared_ptr<Fields>&) {
                   return TypeAndValue{"section", ""};
                 },
                 [](const ListField& list) {
                   return TypeAndValue{"list of sections", list.size() == 0 ? "[]" : c10::str(list.size(), " sections")};
                 }},
      field.value);
}

void append(std::vector<KeyDescription>& all, const std::vector<KeyDescription>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// The keys of one element of a list of sections, from a temporary element appended to the list.
std::vector<KeyDescription> explain_element(const ListField& list, const std::string& key) {
  const size_t size = list.size();
  list.resize(size + 1);
  std::vector<KeyDescription> descriptions = explain_fields(list.at(size), key + ".0");
  list.resize(size);
  return descriptions;
}

}  // namespace

std::vector<KeyDescription> explain_fields(const Fields& fields, const std::string& prefix) {
  std::vector<KeyDescription> all;
  for (const Field& field : fields.list) {
    const std::string key = key_below(prefix, field.name);
    if (const auto* section = std::get_if<std::shared_ptr<Fields>>(&field.value)) {
      append(all, explain_fields(**section, key));
      continue;
    }
    auto [type, value] = describe(field);
    all.push_back({key, type, range_text(field.range), value, field.meaning});
    if (const auto* list = std::get_if<ListField>(&field.value)) append(all, explain_element(*list, key));
  }
  return all;
}

}  // namespace interprior
