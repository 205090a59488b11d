#include <c10/util/StringUtil.h>

#include <filesystem>
#include <functional>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/experiment/checkpoint_evaluation.h"
#include "interprior/report/pattern_image.h"
#include "interprior/report/sample_image.h"
#include "interprior/train/device.h"

namespace interprior {
namespace {

CheckpointInput input_of(const EvaluateFlags& flags) {
  return {flags.checkpoint, flags.data, flags.split, flags.hand, device_named(flags.device)};
}

}  // namespace

void run_sampler_evaluation(const EvaluateFlags& flags) {
  SamplerEvaluationOptions options;
  options.protocols = protocols_of(flags);
  const std::optional<EvaluationPart> part = part_of(flags);
  require(flags.box != "file", "a network needs boxes of the data set", "--box", "choose oracle or annotation");
  if (!flags.box.empty()) options.box = flags.box == "oracle" ? BoxSource::oracle : BoxSource::annotation;
  options.annotations = flags.annotations;
  options.batch = flags.batch;
  options.workers = flags.workers;
  options.hypotheses = flags.hypotheses;
  options.temperature = flags.temperature;
  options.measure = measure_of(flags);
  options.accepted = flags.accept;
  PhaseProgress progress;
  options.progress = std::ref(progress);
  const CheckpointInput input = input_of(flags);
  if (part) return log_info(part_hint(flags, write_sampler_part(flags.out, *part, input, options)));
  options.folder = flags.out;
  if (!flags.out.empty()) options.look = [&](const EvaluatedImages& evaluated) { write_sample_images(flags.out, evaluated); };
  finish(flags, evaluate_sampler_checkpoint(input, options), std::filesystem::path(flags.checkpoint).stem().string(),
         flags.checkpoint);
}

void run_prior_evaluation(const EvaluateFlags& flags) {
  require(flags.part.empty() && flags.against.empty(), "the evaluation of a prior has no parts and no comparison", "--part",
          "leave --part and --against out");
  const CheckpointInput input = input_of(flags);
  PriorEvaluationOptions options;
  options.samples = flags.samples;
  options.folder = flags.out;
  options.look = [&](const EvaluatedPatterns& evaluated) { write_prior_images(flags.out, evaluated); };
  const PriorEvaluation evaluation = evaluate_prior_checkpoint(input, options);
  report_of(flags);
  print(flags.json ? prior_evaluation_json(evaluation) : prior_evaluation_table(evaluation));
  require(evaluation.implausible_samples + evaluation.sampled.implausible == 0,
          c10::str("left out, with implausible coordinates: ", evaluation.implausible_samples, " reconstructed patterns; ",
                   evaluation.sampled.implausible, " samples"),
          flags.checkpoint, "this prior is not trained enough; the metrics are of the remaining ones");
}

}  // namespace interprior
