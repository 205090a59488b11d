#include <c10/util/StringUtil.h>

#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/hand/mano_files/mano_files.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/backbone_weights.h"
#include "interprior/model/extraction.h"
#include "run_commands.h"

namespace interprior {
namespace {

constexpr int64_t kTorchvisionWidth = 64;

long long count_of(int64_t value) { return static_cast<long long>(value); }

}  // namespace

void prepare_hand(const PrepareHandFlags& flags) {
  const HandModel hand = flags.procedural ? procedural_hand() : read_mano_files(flags.mano, flags.tips);
  write_hand_model(flags.out, hand);
  std::printf("%s, %lld vertices, in %s\n", flags.procedural ? "procedural hand" : "MANO's hand",
              count_of(hand.hand.right.v_template.size(0)), flags.out.c_str());
}

void prepare_weights(const PrepareWeightsFlags& flags) {
  std::vector<std::string> names;
  for (const auto& [kind, name] : EnumNames<BackboneKind>::table()) {
    if (kind == BackboneKind::torchscript) continue;  // has its own weights
    names.push_back(name);
    if (name != flags.trunk) continue;
    ExtractionConfig config;
    config.trunk = kind;
    config.width = kTorchvisionWidth;
    const BackboneWeights weights = read_backbone_weights(flags.input, *make_backbone(config));
    write_safetensors(flags.out, weights.tensors, {{"trunk", name}});
    if (!weights.unused.empty()) log_info(c10::str("left out: ", c10::Join(", ", weights.unused)));
    std::printf("%s: all %zu tensors of the backbone, in %s\n", name.c_str(), weights.tensors.size(), flags.out.c_str());
    return;
  }
  throw Error(c10::str("there is no backbone '", flags.trunk, "'"), "--trunk", c10::str("choose ", c10::Join(", ", names)));
}

}  // namespace interprior
