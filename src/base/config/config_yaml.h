#pragma once
#include <yaml-cpp/yaml.h>

#include <string>

namespace interprior {

// The one document of a text (null where it is empty), or an Error with the place of what is no YAML: origin:line:column,
// or origin alone where marks would say nothing.
YAML::Node parse_yaml(const std::string& text, const std::string& origin, bool with_marks = true);

// "origin:line:column", counted from 1.
std::string yaml_place(const YAML::Mark& mark, const std::string& origin);

// Whether a scalar was written without quotes, so that it may mean a number, true or null.
bool is_unquoted(const YAML::Node& node);

// "a list", "a section", "nothing" or the scalar in quotes: for messages.
std::string found_text(const YAML::Node& node);

}  // namespace interprior
