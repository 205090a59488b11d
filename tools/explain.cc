#include <c10/util/StringUtil.h>

#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/base/table.h"
#include "interprior/experiment/stages.h"
#include "interprior/experiment/sweep.h"
#include "run_commands.h"

namespace interprior {
namespace {

template <Described Config>
std::vector<KeyDescription> keys_of() {
  Config config;
  return explain_fields(fields_of(config));
}

struct ConfigKind {
  const char* name;
  std::vector<KeyDescription> keys;
};

std::vector<ConfigKind> kinds_named(const std::string& name) {
  std::vector<ConfigKind> all;
  for (const Stage& stage : stages()) all.push_back({stage.name, stage.keys()});
  all.push_back({"sweep", keys_of<SweepConfig>()});
  if (name.empty()) return all;
  std::vector<std::string> names;
  for (const ConfigKind& kind : all) names.push_back(kind.name);
  for (ConfigKind& kind : all)
    if (name == kind.name) return {kind};
  const std::string nearest = nearest_word(name, names);
  throw Error(c10::str("there is no kind of config '", name, "'"), "--kind",
              nearest.empty() ? c10::str("choose one of: ", c10::Join(", ", names)) : "did you mean " + nearest + "?");
}

// Whether a key equals `asked` or is in this group: "fit.steps" is in "fit".
bool within(const std::string& key, const std::string& asked) {
  return asked.empty() || key == asked || key.rfind(asked + ".", 0) == 0 || key.rfind(asked + "[", 0) == 0;
}

std::string text_of(const KeyDescription& key) {
  std::string text = key.key + "\n    " + key.meaning + "\n    " + key.type;
  if (!key.range.empty()) text += ", " + key.range;
  return text + ", default " + (key.value.empty() ? "none" : key.value) + "\n";
}

}  // namespace

void explain(const ExplainFlags& flags) {
  const std::string& asked = flags.key;
  std::vector<std::string> known;
  std::string text;
  for (const ConfigKind& kind : kinds_named(flags.kind)) {
    std::string part;
    for (const KeyDescription& key : kind.keys) {
      known.push_back(key.key);
      if (within(key.key, asked)) part += text_of(key);
    }
    if (!part.empty()) text += (text.empty() ? "" : "\n") + std::string("# ") + kind.name + "\n" + part;
  }
  const std::string nearest = nearest_word(asked, known);
  require(!text.empty(), c10::str("there is no key '", asked, "'"), "explain",
          nearest.empty() ? "`interprior explain` lists every key" : c10::str("did you mean ", nearest, "?"));
  std::fputs(text.c_str(), stdout);
}

}  // namespace interprior
