#include "interprior/train/fit.h"

#include <cstdlib>
#include <thread>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr const char* kResumeKind = "interprior.resume";

std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4f", value);
  return buffer;
}

}  // namespace

void save_run(const RunFolder& run, const torch::nn::Module& network, const Optimiser& optimiser, CheckpointInfo info,
              int64_t step, const Measurement& measurement) {
  info.step = step;
  for (const auto& [name, value] : measurement.values) info.metrics[name] = text(value);
  write_checkpoint(run.last(), network, info, optimiser.averaged());
  write_safetensors(run.resume_file(), optimiser.state(), {{"kind", kResumeKind}, {"step", std::to_string(step)}});
}

int64_t resume_run(const RunFolder& run, Optimiser& optimiser) {
  const Safetensors file(run.resume_file());
  const auto kind = file.metadata().find("kind"), step = file.metadata().find("step");
  require(kind != file.metadata().end() && kind->second == kResumeKind && step != file.metadata().end() &&
              !step->second.empty() && step->second.size() < 18 &&
              step->second.find_first_not_of("0123456789") == std::string::npos,
          "this is not the state of a run", file.path().string(), "start the run anew without --resume, in another folder");
  optimiser.load(file);
  return std::stoll(step->second);
}

void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options) {
  if (init.empty() || options.resume) return;
  const PartialLoad loaded = load_matching_weights(network, Safetensors(init));
  require(loaded.loaded > 0, "none of its tensors fits this network by name and shape", init,
          "give a checkpoint or trunk of this model");
  log_info(c10::str("started from ", init, ": ", loaded.loaded, " tensors loaded, ", loaded.kept, " kept, ", loaded.unused.size(),
                    " of the file unused"));
}

void share_cores(torch::Device device, int64_t workers) {
  if (!device.is_cpu() || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, cores - workers)));
}

void log_measurement(RunFolder& run, int64_t step, const Measurement& measurement) {
  run.log(step, "validation", measurement.values);
  std::string line = c10::str("step ", step, ", ", measurement.samples, " held-out samples:");
  for (const auto& [name, value] : measurement.values) line += " " + name + " " + text(value);
  log_info(line);
}

}  // namespace interprior
