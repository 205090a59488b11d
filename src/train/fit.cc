#include "interprior/train/fit.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "fit_loop.h"
#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image_dataset.h"
#include "interprior/data/patterns.h"
#include "interprior/model/checkpoint.h"
#include "step_log.h"

namespace interprior {

void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options) {
  if (init.empty() || options.resuming()) return;
  const PartialLoad loaded = load_matching_weights(network, Safetensors(init));
  require(loaded.loaded > 0, "none of its tensors fits this network by name and shape", init,
          "give a checkpoint or backbone of this model");
  log_info(c10::str("started from ", init, ": ", loaded.loaded, " tensors loaded, ", loaded.kept, " kept, ", loaded.unused.size(),
                    " of the file unused", loaded.unused.empty() ? "" : ": " + listed(loaded.unused)));
}

// Each batch type of the stages, once.
template TrainEnd fit(Task<PatternBatch>&, const Dataset<PatternBatch>&, const RunConfig&, const TrainOptions&);
template TrainEnd fit(Task<ImageBatch>&, const Dataset<ImageBatch>&, const RunConfig&, const TrainOptions&);

}  // namespace interprior
