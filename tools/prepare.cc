#include <c10/util/StringUtil.h>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/image_index_file.h"
#include "interprior/data/interhand.h"
#include "interprior/hand/procedural_hand.h"
#include "prepare_sources.h"

namespace interprior {
namespace {

struct PrepareFlags {
  std::string input, out, hand, mano, trunk = "resnet50";
  std::vector<std::string> sources;
  bool procedural = false;
};

long long count_of(int64_t value) { return static_cast<long long>(value); }

void prepare_hand(const PrepareFlags& flags) {
  require(flags.mano.empty(), "MANO's own files are Python pickles, which this program does not open", flags.mano,
          "run: python data_scripts/mano_to_hand.py " + flags.mano + " " + flags.out);
  const HandModel hand = procedural_hand();
  write_hand_model(flags.out, hand);
  std::printf("procedural hand, %lld vertices, in %s\n", count_of(hand.hand.right.v_template.size(0)), flags.out.c_str());
}

void prepare_interhand(const PrepareFlags& flags) {
  UsableRule everything;
  everything.interacting_only = false;
  everything.need_mano = false;
  const ImageIndex index = read_interhand(flags.input, "all", everything);
  require(!index.usable.empty(), "no picture of this root can be used", flags.input, "see `interprior inspect` for the reasons");
  write_image_index(flags.out, index);
  for (const auto& [reason, count] : index.skipped) log_warning(c10::str("skipped, ", reason, ": ", count));
  std::printf("%zu of %lld pictures in %s\n", index.usable.size(), count_of(index.images), flags.out.c_str());
}

void prepare_two_hand(const PrepareFlags& flags) {
  const Patterns patterns = merged_patterns(flags.sources, flags.hand);
  write_patterns(flags.out, patterns);
  for (size_t source = 0; source < patterns.sources.size(); ++source)
    std::printf("%-24s %lld\n", patterns.sources[source].c_str(),
                count_of((patterns.source == static_cast<int64_t>(source)).sum().item<int64_t>()));
  std::printf("%lld patterns in %s\n", count_of(patterns.size()), flags.out.c_str());
}

void prepare_weights(const PrepareFlags& flags) {
  std::vector<std::string> names;
  for (const auto& [kind, name] : EnumNames<TrunkKind>::table()) {
    if (kind == TrunkKind::torchscript) continue;  // brings its weights along
    names.push_back(name);
    if (name != flags.trunk) continue;
    const TrunkWeights weights = trunk_weights(flags.input, kind);
    write_safetensors(flags.out, weights.tensors, {{"trunk", name}});
    if (!weights.unused.empty()) log_info(c10::str("left out: ", c10::Join(", ", weights.unused)));
    std::printf("%s: all %zu tensors of the trunk are there, in %s\n", name.c_str(), weights.tensors.size(), flags.out.c_str());
    return;
  }
  throw Error(c10::str("there is no trunk '", flags.trunk, "'"), "--trunk", c10::str("choose ", c10::Join(", ", names)));
}

CLI::App* add_step(CLI::App& command, PrepareFlags& flags, const char* name, const char* description) {
  CLI::App* step = command.add_subcommand(name, description);
  step->add_option("--out", flags.out, "the file to write")->required()->type_name("FILE");
  return step;
}

}  // namespace

void add_prepare(CLI::App& app) {
  const auto flags = std::make_shared<PrepareFlags>();
  CLI::App* command = app.add_subcommand("prepare", "Turn hand models, data sets and weights into this program's files");
  command->require_subcommand(1);

  CLI::App* hand = add_step(*command, *flags, "hand", "hand.h5, from formulas or from the MANO files");
  CLI::Option_group* source = hand->add_option_group("source");
  source->add_flag("--procedural", flags->procedural, "the hand made by formulas: no licence, MANO's schema");
  source->add_option("--mano", flags->mano, "folder with MANO_RIGHT.pkl and MANO_LEFT.pkl")->type_name("DIR");
  source->require_option(1);
  hand->callback([flags] { prepare_hand(*flags); });

  CLI::App* interhand = add_step(*command, *flags, "interhand", "images.h5, the index of a raw InterHand2.6M root");
  interhand->add_option("ROOT", flags->input, "the data set as downloaded")->required();
  interhand->callback([flags] { prepare_interhand(*flags); });

  CLI::App* two_hand = add_step(*command, *flags, "two-hand", "patterns.h5, merged from several sources");
  two_hand->add_option("SOURCE", flags->sources, "patterns.h5 files and InterHand2.6M roots with MANO annotations")->required();
  two_hand->add_option("--hand", flags->hand, "hand.h5, needed for InterHand2.6M roots")->type_name("FILE");
  two_hand->callback([flags] { prepare_two_hand(*flags); });

  CLI::App* weights = add_step(*command, *flags, "weights", "a checked copy of torchvision's trunk weights");
  weights->add_option("FILE", flags->input, "torchvision state dict as safetensors")->required();
  weights->add_option("--trunk", flags->trunk, "resnet18, resnet34 or resnet50")->capture_default_str()->type_name("NAME");
  weights->callback([flags] { prepare_weights(*flags); });
}

}  // namespace interprior
