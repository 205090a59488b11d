#include "config_text.h"
#include "interprior/base/config/config.h"

namespace interprior {
namespace {

using Lines = std::vector<std::string>;

Lines section_lines(const Fields& fields);

Lines indented(const Lines& lines, const std::string& first, const std::string& rest) {
  Lines out;
  for (const std::string& line : lines) out.push_back((out.empty() ? first : rest) + line);
  return out;
}

void append(Lines& lines, const Lines& more) { lines.insert(lines.end(), more.begin(), more.end()); }

Lines list_lines(const std::string& name, const ListField& list) {
  if (list.size() == 0) return {name + ": []"};
  Lines lines = {name + ":"};
  for (size_t i = 0; i < list.size(); ++i) {
    const Lines element = section_lines(list.at(i));
    append(lines, element.empty() ? Lines{"  - {}"} : indented(element, "  - ", "    "));
  }
  return lines;
}

Lines field_lines(const Field& field) {
  const auto leaf = [&](const auto* value) { return Lines{field.name + ": " + yaml_text(*value)}; };
  const auto choice = [&](const ChoiceField& value) { return Lines{field.name + ": " + yaml_text(value.get())}; };
  const auto section = [&](const std::shared_ptr<Fields>& inner) {
    Lines lines = {field.name + (inner->list.empty() ? ": {}" : ":")};
    append(lines, indented(section_lines(*inner), "  ", "  "));
    return lines;
  };
  const auto list = [&](const ListField& value) { return list_lines(field.name, value); };
  return std::visit(Overloaded{leaf, choice, section, list}, field.value);
}

Lines section_lines(const Fields& fields) {
  Lines lines;
  for (const Field& field : fields.list) append(lines, field_lines(field));
  return lines;
}

}  // namespace

std::string dump_fields(const Fields& fields) {
  std::string text;
  for (const std::string& line : section_lines(fields)) text += line + "\n";
  return text;
}

}  // namespace interprior
