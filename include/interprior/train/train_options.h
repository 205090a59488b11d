#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "interprior/distributed/communicator.h"

namespace interprior {

// How a call that trains ended.
struct TrainEnd {
  int64_t step = 0, steps = 0;                // done of the run; the config's
  bool stopped = false, interrupted = false;  // before its end, by a signal; that signal was Ctrl-C's
  std::string stage = {};                     // of several
};
// "stopped at 108 of 1500; --resume continues", with the stage where there are several.
std::string stop_text(const TrainEnd& end);

// Where and on what a training run happens; what it is lies in its config.
struct TrainOptions {
  std::filesystem::path run;
  bool resume = false;
  int64_t stop_after = 0;  // ends this call after so many steps of the run, to be resumed later; 0: at the config's end
  c10::Device device = c10::Device(c10::kCPU);
  std::shared_ptr<Communicator> together = std::make_shared<Communicator>();  // of the processes that train it
  std::vector<std::string> accept = {};  // findings about the data that do not keep it from being used
  std::string job = {};                  // who would start this run anew after a failure, recorded in the run; empty: nobody
  std::filesystem::path replay = {};     // a batch that a run stopped at: looked at instead of training
  std::string* replayed = nullptr;       // what was seen, as a table

  // Whether the run starts from its own state, so that weights to begin with are not read.
  bool goes_on() const;
};

}  // namespace interprior
