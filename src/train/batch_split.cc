#include "batch_split.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"

namespace interprior {

BatchSplit::BatchSplit(int64_t all, int64_t processes, int64_t micro_batches_each)
    : batch(all), ranks(processes), micro_batches(micro_batches_each), rows(all / (processes * micro_batches_each)) {
  require(rows * ranks * micro_batches == batch,
          c10::str("a batch of ", batch, " cannot be split into ", micro_batches, " micro-batch(es) on each of ", ranks,
                   " process(es)"),
          "loader.batch",
          c10::str("give a multiple of ", ranks * micro_batches, ": loader.batch is the total over all processes"));
}

void rethrow_out_of_memory(const BatchSplit& split) {
  throw Error(c10::str("the device has too little memory for a micro-batch of ", split.rows, " samples"), "loader.batch",
              c10::str("raise fit.accumulate to ", 2 * split.micro_batches,
                       " (the same batch in smaller micro-batches), set fit.precision=bf16, or lower ",
                       "loader.batch or model.image_size"));
}

}  // namespace interprior
