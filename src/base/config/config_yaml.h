#pragma once
#include <yaml-cpp/yaml.h>

#include <string>

namespace interprior {

// Parses one YAML document (null node for empty text). Throws Error with the position of a syntax error: origin:line:column,
// or origin only without marks.
YAML::Node parse_yaml(const std::string& text, const std::string& origin, bool with_marks = true);

// "origin:line:column", counted from 1.
std::string yaml_place(const YAML::Mark& mark, const std::string& origin);

// Whether a scalar was written without quotes, so that it may mean a number, true or null.
bool is_unquoted(const YAML::Node& node);

// "a list", "a section", "nothing" or the quoted scalar, for messages.
std::string found_text(const YAML::Node& node);

}  // namespace interprior
