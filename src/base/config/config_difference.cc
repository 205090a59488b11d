#include <c10/util/StringUtil.h>

#include <map>

#include "config_text.h"
#include "config_yaml.h"
#include "interprior/base/config/config.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr int kDeepest = 50;  // deeper than any config; a dump may come from an untrusted checkpoint
constexpr size_t kMaxLeaves = 100'000;

struct Leaves {
  std::vector<std::string> order;
  std::map<std::string, std::string> values;

  void add(const std::string& key, const std::string& value) {
    require(order.size() < kMaxLeaves, "this config has too many values to compare");
    if (values.emplace(key, value).second) order.push_back(key);
  }
};

std::string scalar_text(const YAML::Node& node) {
  if (node.IsNull()) return "null";
  return is_unquoted(node) ? node.Scalar() : yaml_text(node.Scalar());
}

void collect(const YAML::Node& node, const std::string& key, int depth, Leaves& leaves) {
  require(depth < kDeepest, "this config is nested too deeply to compare");
  if (node.IsMap()) {
    if (node.size() == 0) leaves.add(key, "{}");
    for (const auto& pair : node) {
      require(pair.first.IsScalar(), "a key of this config is not a scalar", key);
      collect(pair.second, key_below(key, pair.first.Scalar()), depth + 1, leaves);
    }
    return;
  }
  if (!node.IsSequence()) return leaves.add(key, scalar_text(node));
  bool flat = true;
  std::vector<std::string> words;
  for (const auto& element : node) {
    flat = flat && (element.IsScalar() || element.IsNull());
    words.push_back(flat ? scalar_text(element) : "");
  }
  if (flat) return leaves.add(key, c10::str("[", joined(words), "]"));
  size_t index = 0;
  for (const auto& element : node) collect(element, c10::str(key, ".", index++), depth + 1, leaves);
}

Leaves leaves_of(const std::string& dump, const std::string& origin) {
  Leaves leaves;
  const YAML::Node root = parse_yaml(dump, origin);
  if (!root.IsNull()) collect(root, "", 0, leaves);
  return leaves;
}

}  // namespace

std::vector<std::string> config_difference(const std::string& dump_a, const std::string& dump_b) {
  const Leaves a = leaves_of(dump_a, "first config"), b = leaves_of(dump_b, "second config");
  std::vector<std::string> lines;
  for (const std::string& key : a.order) {
    const auto other = b.values.find(key);
    const std::string& before = a.values.at(key);
    if (other == b.values.end())
      lines.push_back(key + ": " + before + " -> (none)");
    else if (other->second != before)
      lines.push_back(key + ": " + before + " -> " + other->second);
  }
  for (const std::string& key : b.order)
    if (a.values.count(key) == 0) lines.push_back(key + ": (none) -> " + b.values.at(key));
  return lines;
}

}  // namespace interprior
