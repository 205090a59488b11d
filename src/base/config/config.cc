#include "interprior/base/config/config.h"

#include <c10/util/StringUtil.h>

#include "config_reader.h"
#include "config_text.h"
#include "config_yaml.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {

void check_fields(const Fields& fields, const std::string& origin, const std::string& key) {
  for (const Field& field : fields.list) {
    const std::string below = key_below(key, field.name);
    if (const auto* section = std::get_if<std::shared_ptr<Fields>>(&field.value)) check_fields(**section, origin, below);
    if (const auto* list = std::get_if<ListField>(&field.value))
      for (size_t i = 0; i < list->size(); ++i) check_fields(list->at(i), origin, c10::str(below, ".", i));
  }
  if (!fields.check) return;
  try {
    fields.check();
  } catch (const Error& error) {
    const std::string title = key.empty() ? "" : "section " + key;
    throw Error(error.what(), origin.empty() || title.empty() ? origin + title : origin + ", " + title);
  }
}

void read_fields(Fields& fields, const std::string& yaml, const std::string& origin, const std::vector<std::string>& sets,
                 OldNames old_names) {
  std::vector<std::string> all_keys;
  for (const KeyDescription& description : explain_fields(fields)) all_keys.push_back(description.key);
  const YAML::Node root = parse_yaml(yaml, origin);
  const ConfigReader reader(all_keys, origin, true, old_names);
  if (!root.IsNull()) reader.read_section(fields, root, "");
  for (const std::string& set : sets) apply_set(fields, set, all_keys);
  check_fields(fields, origin);
}

std::string read_config_text(const std::filesystem::path& path) {
  std::error_code ignored;
  require(std::filesystem::exists(path, ignored), "there is no config file", path.string(),
          "check the path; ready-made configs are in the folder configs of the project");
  return read_file(path);
}

}  // namespace interprior
