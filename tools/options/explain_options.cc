#include <memory>

#include "explain.h"
#include "options.h"

namespace interprior {

void add_explain(CLI::App& app) {
  const auto flags = std::make_shared<ExplainFlags>();
  CLI::App* command = app.add_subcommand("explain", "Every config key: meaning, type, range, default");
  command->add_option("KEY", flags->key, "a key such as fit.steps, or a group such as loss; none: all");
  command->add_option("--kind", flags->kind, stages_text() + " or sweep; default: all")->type_name("KIND");
  command->callback([flags] { explain(*flags); });
}

}  // namespace interprior
