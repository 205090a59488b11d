#include "explain.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "commands.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

struct ConfigKey {
  const char *kind, *key, *meaning, *type, *range, *value;  // value: the default
};
constexpr ConfigKey kConfigKeys[] = {
#include "config_keys.inc"  // written by tools/config_keys
};

constexpr size_t kMostAlike = 5;

// Whether a key equals `asked` or is in this group: "fit.steps" is in "fit".
bool within(const std::string& key, const std::string& asked) {
  return asked.empty() || key == asked || key.rfind(asked + ".", 0) == 0 || key.rfind(asked + "[", 0) == 0;
}

std::string text_of(const ConfigKey& key) {
  std::string text = std::string(key.key) + "\n    " + key.meaning + "\n    " + key.type;
  if (*key.range != 0) text += std::string(", ") + key.range;
  return text + ", default " + (*key.value == 0 ? "none" : key.value) + "\n";
}

// "a, b or c": at most kMostAlike keys.
std::string listed(const std::vector<std::string>& keys) {
  std::string text;
  const size_t count = std::min(keys.size(), kMostAlike);
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : i + 1 == count ? " or " : ", ") + keys[i];
  return text;
}

[[noreturn]] void throw_unknown(const std::string& what, const std::string& where, const std::string& nearest,
                                const std::string& otherwise) {
  throw FrontError(Error(what, where, nearest.empty() ? otherwise : "did you mean " + nearest + "?").what());
}

void require_kind(const std::string& kind) {
  std::vector<std::string> names;
  std::string all;
  for (const ConfigKey& key : kConfigKeys) {
    if (!names.empty() && names.back() == key.kind) continue;
    names.emplace_back(key.kind);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  for (const std::string& name : names)
    if (kind.empty() || kind == name) return;
  throw_unknown("there is no kind of config '" + kind + "'", "--kind", nearest_word(kind, names), "choose one of: " + all);
}

}  // namespace

void explain(const ExplainFlags& flags) {
  require_kind(flags.kind);
  std::vector<std::string> known, alike;
  std::string text, heading;
  for (const ConfigKey& key : kConfigKeys) {
    if (!flags.kind.empty() && flags.kind != key.kind) continue;
    known.emplace_back(key.key);
    if (known.back().find(flags.key) != std::string::npos && std::find(alike.begin(), alike.end(), known.back()) == alike.end())
      alike.push_back(known.back());
    if (!within(key.key, flags.key)) continue;
    if (heading != key.kind) {
      heading = key.kind;
      text += (text.empty() ? "# " : "\n# ") + heading + "\n";
    }
    text += text_of(key);
  }
  if (text.empty())
    throw_unknown("there is no key '" + flags.key + "'", "explain",
                  alike.empty() ? nearest_word(flags.key, known) : listed(alike), "`interprior explain` lists every key");
  std::fputs(text.c_str(), stdout);
}

}  // namespace interprior
