#include "interprior/train/train_options.h"

#include <c10/util/StringUtil.h>

#include "interprior/run/run_checkpoints.h"

namespace interprior {

bool TrainOptions::resuming() const { return resume && has_resume_state(run); }

std::string stop_text(const TrainEnd& end) {
  const std::string stage = end.stage.empty() ? "" : "stage " + end.stage + ": ";
  return c10::str(stage, "stopped at ", end.step, " of ", end.steps, "; --resume continues");
}

}  // namespace interprior
