#include <c10/util/StringUtil.h>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/evaluation/prior_evaluation.h"
#include "interprior/infer/hand_file.h"
#include "interprior/report/pattern_image.h"
#include "interprior/train/device.h"
#include "interprior/train/train_prior.h"

namespace interprior {
namespace {

// A prior is not evaluated on a split it was trained on.
void require_held_out(const CheckpointInfo& info, const EvaluateFlags& flags) {
  require(
      !saw_split(info.splits, flags.split),
      c10::str("this prior was trained on patterns of split ", info.splits, ", so it is not evaluated on split ", flags.split),
      flags.checkpoint, "choose another --split, or train a prior without it");
}

std::string data_of(const EvaluateFlags& flags, const PriorTrainConfig& config) {
  if (!flags.data.empty()) return flags.data;
  const std::string recorded = config.data.validation.path.empty() ? config.data.train.path : config.data.validation.path;
  require(!recorded.empty(), "the checkpoint records no data set", flags.checkpoint, "pass --data patterns.h5");
  return recorded;
}

}  // namespace

void evaluate_prior_checkpoint(const EvaluateFlags& flags) {
  const torch::Device device = device_named(flags.device);
  CheckpointInfo info;
  InteractionPrior prior = load_prior(flags.checkpoint, &info);
  require_held_out(info, flags);
  const auto config = parse_stored_config<PriorTrainConfig>(info.config, flags.checkpoint + " (its config)");
  const std::string data = data_of(flags, config),
                    hand_file = flags.hand.empty() ? hand_file_of(info, flags.checkpoint).string() : flags.hand;
  const HandModel hand = read_hand_model(hand_file);
  require_same_hand(info, hand, hand_file);
  const Patterns patterns = of_split(read_patterns(data), flags.split);
  const TwoHands hands(hand, device);
  std::unique_ptr<EvaluationFolder> folder;
  require(flags.part.empty() && flags.against.empty(), "the evaluation of a prior has no parts and no comparison", "--part",
          "leave --part and --against out");
  if (!flags.out.empty()) folder = std::make_unique<EvaluationFolder>(flags.out);

  prior->to(device);
  prior->eval();
  const PriorEvaluation evaluation = evaluate_prior(prior, hands, patterns, device, flags.samples);
  const std::string json = prior_evaluation_json(evaluation);
  if (folder) {
    folder->begin();
    write_prior_images(folder->path(), prior, hands, patterns, device);
    folder->finish(json, {{"checkpoint", flags.checkpoint},
                          {"step", std::to_string(info.step)},
                          {"data", data},
                          {"split", flags.split},
                          {"hand", hand_file}});
  }
  print(flags.json ? json : prior_evaluation_table(evaluation));
  require(evaluation.implausible_samples + evaluation.draws.implausible == 0,
          c10::str("left out, with implausible coordinates: ", evaluation.implausible_samples, " reconstructed patterns; ",
                   evaluation.draws.implausible, " samples"),
          flags.checkpoint, "this prior is not trained enough; the metrics are of the remaining ones");
}

}  // namespace interprior
