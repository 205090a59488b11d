#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/files/safetensors_header.h"
#include "interprior/experiment/stages.h"
#include "interprior/model/checkpoint_info.h"
#include "run_commands.h"

namespace interprior {
namespace {

void evaluate_checkpoint(const EvaluateFlags& flags) {
  const std::string kind = read_checkpoint_info(read_safetensors_header(flags.checkpoint)).kind;
  if (!stage_named(kind, flags.checkpoint).evaluated_on_images) {
    require(flags.protocols.empty(), "protocols apply to samplers, but this is a prior", flags.checkpoint,
            "leave --protocol out");
    require(flags.annotations.empty(), "annotation ids select images, but a prior is evaluated on patterns", "--annotations",
            "leave --annotations out");
    run_prior_evaluation(flags);
  } else {
    run_sampler_evaluation(flags);
  }
}

}  // namespace

void evaluate(const EvaluateFlags& flags) {
  if (flags.merge) return run_merge(flags);
  if (!flags.predictions.empty()) return run_file_evaluation(flags);
  evaluate_checkpoint(flags);
}

}  // namespace interprior
