#pragma once
#include <stdexcept>
#include <string>

#include "flags.h"

namespace interprior {

// The commands of `interprior`, one file each. Results go to stdout, messages to stderr; problems that the user can fix are
// Errors.
struct Commands {
  void (*train)(const TrainFlags& flags);
  void (*evaluate)(const EvaluateFlags& flags);
  void (*predict)(const PredictFlags& flags);
  void (*fit)(const FitFlags& flags);
  void (*sample)(const SampleFlags& flags);
  void (*synthesize_images)(const SynthesizeImagesFlags& flags);
  void (*synthesize_patterns)(const SynthesizePatternsFlags& flags);
  void (*prepare_hand)(const PrepareHandFlags& flags);
  void (*prepare_interhand)(const PrepareInterHandFlags& flags);
  void (*prepare_two_hand)(const PrepareTwoHandFlags& flags);
  void (*prepare_weights)(const PrepareWeightsFlags& flags);
  void (*sweep)(const SweepFlags& flags);
  void (*report)(const ReportFlags& flags);
  void (*figure)(const FigureFlags& flags);
  void (*inspect)(const InspectFlags& flags);
  // Reports the exception that is being handled to stderr; returns the exit code.
  int (*report_exception)();
};

// An error that the user can fix, before any library of ours is loaded.
class FrontError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// The library of the commands cannot be loaded: what the dynamic loader says, and what to do.
class CannotLoad : public FrontError {
 public:
  CannotLoad(const std::string& reason, const std::string& advice) : FrontError(reason + ": " + advice) {}
};

// The commands lie in a shared library with LibTorch, loaded at the first call: with LibTorch's CUDA kernels if `device` names
// CUDA, or if it is empty and this machine has a CUDA device. --help, --version and errors of arguments need none of it. Throws
// CannotLoad.
const Commands& commands_on(const std::string& device);
// The same for commands without a device.
inline const Commands& commands() { return commands_on("cpu"); }

}  // namespace interprior
