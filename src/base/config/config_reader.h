#pragma once
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "interprior/base/config/config.h"

namespace interprior {

// Reads YAML nodes into fields, strictly; every message names key and position.
class ConfigReader {
 public:
  // all_keys: suggestions for an unknown key. with_marks: positions in messages are origin:line:column, otherwise origin only.
  ConfigReader(std::vector<std::string> all_keys, std::string origin, bool with_marks, OldNames old_names = OldNames::refuse)
      : all_keys_(std::move(all_keys)), origin_(std::move(origin)), with_marks_(with_marks), old_names_(old_names) {}

  void read_section(Fields& fields, const YAML::Node& node, const std::string& key) const;
  void read_value(Field& field, const YAML::Node& node, const std::string& key) const;

  // The field of this name. Throws Error on an unknown key.
  Field& field(Fields& fields, const std::string& name, const std::string& prefix, const std::string& place) const;

  std::string place(const YAML::Node& node) const;

 private:
  std::vector<std::string> all_keys_;
  std::string origin_;
  bool with_marks_;
  OldNames old_names_;
};

// Applies one override "a.b=c" to the fields.
void apply_set(Fields& fields, const std::string& set, const std::vector<std::string>& all_keys);

// Calls every check(), inner sections first.
void check_fields(const Fields& fields, const std::string& origin, const std::string& key = "");

}  // namespace interprior
