#include "interprior/experiment/checkpoint_evaluation.h"

#include <c10/util/StringUtil.h>

#include <memory>

#include "checkpoint_files.h"
#include "interprior/base/error.h"
#include "interprior/evaluation/evaluation_folder.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_prior.h"
#include "sampler_evaluation.h"

namespace interprior {

std::vector<Evaluation> evaluate_sampler_checkpoint(const CheckpointInput& input, const SamplerEvaluationOptions& options) {
  const SamplerEvaluation sampler(input, options);
  if (options.folder.empty()) {
    const TemporaryPath scratch = temporary_evaluation_folder();
    return sampler.measure(scratch.path(), nullptr);
  }
  EvaluationFolder folder(options.folder);
  folder.begin();
  const std::vector<Evaluation> evaluations = sampler.measure(folder.path(), &folder);
  folder.finish(evaluation_json(evaluations), sampler.origin(), evaluations);
  return evaluations;
}

std::string write_sampler_part(const std::filesystem::path& folder, const EvaluationPart& part, const CheckpointInput& input,
                               const SamplerEvaluationOptions& options) {
  const SamplerEvaluation sampler(input, options);
  sampler.write_part(folder, part);
  return sampler.hand_file();
}

PriorEvaluation evaluate_prior_checkpoint(const CheckpointInput& input, const PriorEvaluationOptions& options) {
  CheckpointInfo info;
  InteractionPrior prior = load_prior(input.checkpoint, &info);
  require(
      !saw_split(info.splits, input.split),
      c10::str("this prior was trained on patterns of split ", info.splits, ", so it is not evaluated on split ", input.split),
      input.checkpoint, "choose another --split, or train a prior without it");
  const PriorDataConfig data = parse_stored_config<PriorTrainConfig>(info.config, input.checkpoint + " (its config)").data;
  const std::string recorded = data.validation.path.empty() ? data.train.path : data.validation.path;
  const CheckpointFiles files = checkpoint_files(input, info, recorded, "patterns.h5");
  const Patterns patterns = of_split(read_patterns(files.data), input.split);
  const TwoHands hands(files.hand, input.device);
  std::unique_ptr<EvaluationFolder> folder;
  if (!options.folder.empty()) folder = std::make_unique<EvaluationFolder>(options.folder);

  prior->to(input.device);
  prior->eval();
  PriorEvaluation evaluation = evaluate_prior(prior, hands, patterns, input.device, options.samples);
  if (!folder) return evaluation;
  folder->begin();
  if (options.look) options.look({prior, hands, patterns});
  folder->finish(prior_evaluation_json(evaluation), origin_of(input, info, files));
  return evaluation;
}

}  // namespace interprior
