#include "interprior/model/checkpoint.h"

#include <torch/types.h>

#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/listed.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr size_t kNamed = 8;  // tensors listed per message
constexpr const char* kEmaPrefix = "averaged.";

std::map<std::string, torch::Tensor> tensors_of(const torch::nn::Module& network) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : network.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : network.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

// Whether files of an old format lack a tensor; it then keeps its initial value.
bool unknown_to(int64_t format, const std::string& name) {
  if (format < 2 && (name.ends_with("aggregate_mean") || name.ends_with("aggregate_factor"))) return true;
  if (format < 3 && (name.ends_with("state_factor") || name.ends_with("temperature"))) return true;
  return format < 4 && (name.ends_with("flow.mean") || name.ends_with("flow.factor"));
}

// Derives a tensor that the file lacks: state_factor becomes diagonal, from the states' standard deviations.
void complete(const std::map<std::string, torch::Tensor>& tensors, const std::string& lacking) {
  const std::string factor = "state_factor";
  if (!lacking.ends_with(factor)) return;
  const torch::Tensor stddev = tensors.at(lacking.substr(0, lacking.size() - factor.size()) + "state_deviation");
  const torch::Tensor order = stddev.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  tensors.at(lacking).copy_(stddev.diag().index_select(1, order));
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const torch::nn::Module& network, const CheckpointInfo& info,
                      const std::map<std::string, torch::Tensor>& ema_weights) {
  NamedTensors tensors;
  for (const auto& [name, tensor] : tensors_of(network)) tensors.emplace_back(name, tensor.detach());
  for (const auto& [name, tensor] : ema_weights) tensors.emplace_back(kEmaPrefix + name, tensor.detach());
  write_checkpoint(path, tensors, info);
}

void write_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const CheckpointInfo& info) {
  write_safetensors(path, tensors, metadata_of(info));
}

void load_weights(torch::nn::Module& network, const Safetensors& file, bool prefer_ema) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> missing, unexpected, misshapen, lacking;
  std::set<std::string> surplus;
  for (const std::string& name : file.names())
    if (name.rfind(kEmaPrefix, 0) != 0) surplus.insert(name);
  const int64_t format = checkpoint_format(file.header());
  const std::map<std::string, torch::Tensor> targets = tensors_of(network);
  for (const auto& [name, target] : targets) {
    surplus.erase(name);
    const std::string source_name = prefer_ema && file.has(kEmaPrefix + name) ? kEmaPrefix + name : name;
    if (!file.has(source_name)) {
      (unknown_to(format, name) ? lacking : missing).push_back(name);
      continue;
    }
    const torch::Tensor source = file.tensor(source_name);
    if (source.sizes() != target.sizes())
      misshapen.push_back(name + " " + shape_text(source) + " instead of " + shape_text(target));
    else
      target.copy_(source);
  }
  for (const std::string& name : lacking) complete(targets, name);
  unexpected.assign(surplus.begin(), surplus.end());
  std::string problem;
  if (!missing.empty()) problem += "missing: " + listed(missing, kNamed) + "; ";
  if (!unexpected.empty()) problem += "unexpected: " + listed(unexpected, kNamed) + "; ";
  if (!misshapen.empty()) problem += "shape mismatch: " + listed(misshapen, kNamed) + "; ";
  if (problem.empty()) return;
  throw Error("the weights do not fit the network: " + problem.substr(0, problem.size() - 2), file.path().string(),
              "the checkpoint belongs to another model config");
}

PartialLoad load_matching_weights(torch::nn::Module& network, const Safetensors& file) {
  torch::NoGradGuard no_grad;
  const std::string wrapping = wrapping_prefix(file.names());
  const std::string prefix = file.has(wrapping + "conv1.weight") ? "extraction.trunk." : "";
  auto targets = tensors_of(network);
  PartialLoad result;
  for (const std::string& name : file.names()) {
    const auto target = targets.find(prefix + name.substr(name.starts_with(wrapping) ? wrapping.size() : 0));
    const std::string better = kEmaPrefix + name;
    if (name.rfind(kEmaPrefix, 0) == 0) continue;
    const torch::Tensor source = file.tensor(file.has(better) ? better : name);
    if (target == targets.end() || target->second.sizes() != source.sizes()) {
      result.unused.push_back(name);
      continue;
    }
    target->second.copy_(source);
    ++result.loaded;
  }
  result.kept = static_cast<int64_t>(targets.size()) - result.loaded;
  return result;
}

namespace {

template <class Config>
Config model_config(const std::string& yaml, const Safetensors& file, const char* part) {
  return parse_stored_config<Config>(yaml, file.path().string() + ":" + part);
}

InteractionPriorConfig prior_config(const CheckpointInfo& info, const Safetensors& file) {
  InteractionPriorConfig config = model_config<InteractionPriorConfig>(info.prior_model, file, "prior_model");
  if (info.format < 3) config.density = Density::gaussian;  // regardless of the current default
  return config;
}

}  // namespace

InteractionPrior load_prior(const std::filesystem::path& path, CheckpointInfo* info) {
  const Safetensors file(path);
  const CheckpointInfo read = read_checkpoint_info(file.header(), "prior");
  InteractionPrior prior(prior_config(read, file));
  load_weights(*prior, file);
  prior->eval();
  if (info) *info = read;
  return prior;
}

namespace {

Sampler sampler_of(const Safetensors& file, const CheckpointInfo& read, CheckpointInfo* info) {
  Sampler sampler(model_config<SamplerConfig>(read.sampler_model, file, "sampler_model"), prior_config(read, file));
  load_weights(*sampler, file);
  sampler->eval();
  if (info) *info = read;
  return sampler;
}

}  // namespace

Sampler load_sampler(const std::filesystem::path& path, CheckpointInfo* info) {
  const Safetensors file(path);
  return sampler_of(file, read_checkpoint_info(file.header(), "sampler"), info);
}

Sampler load_sampler_or_cues(const std::filesystem::path& path, CheckpointInfo* info) {
  const Safetensors file(path);
  const CheckpointInfo read = read_checkpoint_info(file.header());
  require(read.kind == "cues" || read.kind == "sampler",
          "this is a checkpoint of kind " + read.kind + "; one of kind cues or sampler is required", path.string(),
          "pass the checkpoint of an `interprior train sampler` or `interprior train cues` run");
  return sampler_of(file, read, info);
}

}  // namespace interprior
