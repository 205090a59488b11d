#include <c10/util/StringUtil.h>

#include <cstdio>
#include <memory>

#include "commands.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/hand/mano_files/mano_files.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/extraction.h"
#include "interprior/model/trunk_weights.h"
#include "prepare_sources.h"

namespace interprior {
namespace {

struct PrepareFlags {
  std::string input, out, mano, trunk = "resnet50";
  std::vector<int64_t> tips;
  bool procedural = false;
};

constexpr int64_t kTorchvisionWidth = 64;

long long count_of(int64_t value) { return static_cast<long long>(value); }

void prepare_hand(const PrepareFlags& flags) {
  const HandModel hand = flags.procedural ? procedural_hand() : read_mano_files(flags.mano, flags.tips);
  write_hand_model(flags.out, hand);
  std::printf("%s, %lld vertices, in %s\n", flags.procedural ? "procedural hand" : "MANO's hand",
              count_of(hand.hand.right.v_template.size(0)), flags.out.c_str());
}

void prepare_weights(const PrepareFlags& flags) {
  std::vector<std::string> names;
  for (const auto& [kind, name] : EnumNames<TrunkKind>::table()) {
    if (kind == TrunkKind::torchscript) continue;  // has its own weights
    names.push_back(name);
    if (name != flags.trunk) continue;
    ExtractionConfig config;
    config.trunk = kind;
    config.width = kTorchvisionWidth;
    const TrunkWeights weights = read_trunk_weights(flags.input, *make_trunk(config));
    write_safetensors(flags.out, weights.tensors, {{"trunk", name}});
    if (!weights.unused.empty()) log_info(c10::str("left out: ", c10::Join(", ", weights.unused)));
    std::printf("%s: all %zu tensors of the backbone, in %s\n", name.c_str(), weights.tensors.size(), flags.out.c_str());
    return;
  }
  throw Error(c10::str("there is no backbone '", flags.trunk, "'"), "--trunk", c10::str("choose ", c10::Join(", ", names)));
}

CLI::App* add_step(CLI::App& command, PrepareFlags& flags, const char* name, const char* description) {
  CLI::App* step = command.add_subcommand(name, description);
  step->add_option("--out", flags.out, "the file to write")->required()->type_name("FILE");
  return step;
}

}  // namespace

void add_prepare(CLI::App& app) {
  const auto flags = std::make_shared<PrepareFlags>();
  CLI::App* command = app.add_subcommand("prepare", "Convert hand models, data sets and weights to interprior's files");
  command->require_subcommand(1);

  CLI::App* hand = add_step(*command, *flags, "hand", "hand.h5: the procedural hand model, or from the MANO files");
  CLI::Option_group* source = hand->add_option_group("source");
  source->add_flag("--procedural", flags->procedural, "the procedural hand model: needs no licence, has MANO's schema");
  CLI::Option* mano = source->add_option("--mano", flags->mano, "folder with MANO_RIGHT.pkl and MANO_LEFT.pkl")->type_name("DIR");
  source->require_option(1);
  hand->add_option("--tips", flags->tips, "vertices of the finger tips, thumb to pinky; default: MANO's 745,317,444,556,673")
      ->delimiter(',')
      ->expected(1, 5)
      ->needs(mano)
      ->type_name("VERTICES");
  hand->callback([flags] { prepare_hand(*flags); });

  add_prepare_interhand(*command);

  add_prepare_two_hand(*command);

  CLI::App* weights = add_step(*command, *flags, "weights", "a checked copy of torchvision's backbone weights");
  weights->add_option("FILE", flags->input, "torchvision state dict as safetensors")->required();
  weights->add_option("--trunk", flags->trunk, "resnet18, resnet34 or resnet50")->capture_default_str()->type_name("NAME");
  weights->callback([flags] { prepare_weights(*flags); });
}

}  // namespace interprior
