#include <c10/util/StringUtil.h>

#include "config_text.h"
#include "interprior/base/config/config.h"

namespace interprior {
namespace {

struct TypeAndValue {
  std::string type, value;
};

const char* type_name(bool) { return "boolean"; }
const char* type_name(int64_t) { return "integer"; }
const char* type_name(double) { return "number"; }
const char* type_name(const std::string&) { return "string"; }
const char* type_name(const std::vector<int64_t>&) { return "list of integers"; }
const char* type_name(const std::vector<double>&) { return "list of numbers"; }
const char* type_name(const std::vector<std::string>&) { return "list of strings"; }

TypeAndValue describe(const Field& field) {
  const auto leaf = [](const auto* value) { return TypeAndValue{type_name(*value), yaml_text(*value)}; };
  const auto choice = [](const ChoiceField& value) { return TypeAndValue{"one of " + joined(value.names, "|"), value.get()}; };
  const auto section = [](const std::shared_ptr<Fields>&) { return TypeAndValue{"section", ""}; };
  const auto list = [](const ListField& value) {
    return TypeAndValue{"list of sections", value.size() == 0 ? "[]" : c10::str(value.size(), " sections")};
  };
  return std::visit(Overloaded{leaf, choice, section, list}, field.value);
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
