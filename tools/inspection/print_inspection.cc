#include <algorithm>
#include <cstdio>

#include "inspection.h"

namespace interprior {
namespace {

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) return "none";
  if (value.is_number_float()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value.get<double>());
    return text;
  }
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& entry : value) text += (text.empty() ? "" : ", ") + value_text(entry);
  return text;
}

void print_object(const Json& object, int indent) {
  size_t width = 0;
  for (const auto& [key, value] : object.items()) width = std::max(width, key.size());
  for (const auto& [key, value] : object.items()) {
    if (key == "config" || key == "findings") continue;
    const bool lines_follow = value.is_object() && !value.empty();
    const int padding = lines_follow ? 0 : static_cast<int>(width);
    std::printf("%*s%-*s%s\n", indent, "", padding, key.c_str(), lines_follow ? "" : ("  " + value_text(value)).c_str());
    if (lines_follow) print_object(value, indent + 2);
  }
  if (object.contains("config")) std::printf("config\n%s", object["config"].get<std::string>().c_str());
}

}  // namespace

void print_inspection(const Json& object, bool json) {
  if (json)
    std::printf("%s\n", object.dump(2).c_str());
  else
    print_object(object, 0);
}

}  // namespace interprior
