#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "interprior/distributed/communicator.h"

namespace interprior {

// End of a training call.
struct TrainEnd {
  int64_t step = 0, steps = 0;                // steps done of the run; fit.steps
  bool stopped = false, interrupted = false;  // stopped before fit.steps by a signal; the signal was Ctrl-C
  std::string stage = {};                     // stage it ended in, when there are several
};
// "stopped at 108 of 1500; --resume continues", with the stage when there are several.
std::string stop_text(const TrainEnd& end);

// Folder, device and processes of a training run; everything else is in its config.
struct TrainOptions {
  std::filesystem::path run;
  bool resume = false;
  int64_t stop_after = 0;  // ends this call at this step of the run, to be resumed later; 0: at fit.steps
  c10::Device device = c10::Device(c10::kCPU);
  std::shared_ptr<Communicator> communicator = std::make_shared<Communicator>();  // connects the processes of the run
  std::vector<std::string> accept = {};                                           // names of data findings that are accepted
  std::string job = {};               // job that restarts this run after a failure, recorded in the run; empty: none
  std::filesystem::path replay = {};  // saved batch of a run that stopped: replayed instead of training
  std::string* replayed = nullptr;    // result of the replay, as a table

  // Whether the run resumes from its own checkpoint, so that initial weights are not read.
  bool resuming() const;
};

}  // namespace interprior
