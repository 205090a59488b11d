#pragma once
#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/autocast.h"
#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/data/dataset.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/task.h"

namespace interprior {

// A micro-batch of a step as a file: batch, network weights, step index and noise seed.
struct ReplayFile {
  NamedTensors tensors;  // "batch.0", ..., "network.NAME"
  int64_t step = 0, first_row = 0;
  uint64_t seed = 0;
  std::vector<std::string> samples;
};
void write_replay(const std::filesystem::path& path, const ReplayFile& replay);
ReplayFile read_replay(const std::filesystem::path& path);  // throws Error
void take_network(torch::nn::Module& network, const ReplayFile& replay, const std::filesystem::path& path);

// Report of a step as text: loss terms with their values, and non-finite parameters, gradients and buffers.
std::string replay_text(const ReplayFile& replay, const Terms& terms, const torch::nn::Module& network);

template <class Batch>
ReplayFile replay_of(Batch batch, const torch::nn::Module& network, const Step& step, std::vector<std::string> samples) {
  ReplayFile replay;
  int64_t number = 0;
  batch.for_each_tensor(
      [&](torch::Tensor& tensor) { replay.tensors.emplace_back("batch." + std::to_string(number++), tensor.cpu()); });
  for (const auto& item : network.named_parameters()) replay.tensors.emplace_back("network." + item.key(), item.value().detach());
  for (const auto& item : network.named_buffers()) replay.tensors.emplace_back("network." + item.key(), item.value().detach());
  replay.step = step.index;
  replay.first_row = step.seed.first;
  replay.seed = step.seed.seed.value;
  replay.samples = std::move(samples);
  return replay;
}

// Repeats forward and backward pass on the saved batch.
template <class Batch>
std::string replay(Task<Batch>& task, const Dataset<Batch>& data, const FitConfig& config, const std::filesystem::path& path,
                   torch::Device device) {
  const ReplayFile file = read_replay(path);
  take_network(task.network(), file, path);
  Batch batch = data.allocate(static_cast<int64_t>(file.samples.size()));
  int64_t number = 0;
  batch.for_each_tensor([&](torch::Tensor& tensor) {
    const std::string name = "batch." + std::to_string(number++);
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(), [&](const auto& one) { return one.first == name; });
    require(found != file.tensors.end() && found->second.sizes() == tensor.sizes(),
            "the batch does not match this config: " + name, path.string(),
            "give the config that the run was trained with: RUN/config.yaml");
    tensor = found->second;
  });
  task.network().train();
  set_norms(task.network(), config.norm);
  Terms terms;
  {
    const Autocast autocast(config.precision == Precision::bf16, device.type());
    const auto done = torch::full({}, static_cast<double>(file.step) / static_cast<double>(config.steps), device);
    terms = task.losses(batch.to(device), {file.step, done, RowSeed{Seed{file.seed}, file.first_row}});
  }
  terms.total().backward();
  return replay_text(file, terms, task.network());
}

}  // namespace interprior
