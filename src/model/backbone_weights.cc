#include "interprior/model/backbone_weights.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/listed.h"
#include "interprior/base/log.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr size_t kNamed = 8;  // names listed per message
constexpr const char* kPlace = "extraction.trunk.";

bool optional(const std::string& name) { return name.ends_with("num_batches_tracked"); }

}  // namespace

BackboneWeights read_backbone_weights(const std::filesystem::path& path, const torch::nn::Module& backbone) {
  const Safetensors file(path);
  const std::string prefix = wrapping_prefix(file.names());
  if (!prefix.empty()) log_info(c10::str(path.string(), ": removing prefix `", prefix, "` from tensor names"));
  BackboneWeights weights;
  std::vector<std::string> missing, misshapen;
  std::set<std::string> known;
  const auto take = [&](const std::string& name, const torch::Tensor& target) {
    known.insert(prefix + name);
    if (!file.has(prefix + name)) {
      if (!optional(name)) missing.push_back(name);
      return;
    }
    const torch::Tensor source = file.tensor(prefix + name);
    if (source.sizes() != target.sizes())
      misshapen.push_back(c10::str(name, " ", shape_text(source), " instead of ", shape_text(target)));
    else
      weights.tensors.emplace_back(name, source.to(target.scalar_type()));
  };
  for (const auto& item : backbone.named_parameters()) take(item.key(), item.value());
  for (const auto& item : backbone.named_buffers()) take(item.key(), item.value());
  for (const std::string& name : file.names())
    if (known.count(name) == 0) weights.unused.push_back(name);
  std::string faults;
  if (!missing.empty()) faults += "missing: " + listed(missing, kNamed);
  if (!misshapen.empty()) faults += (faults.empty() ? "" : "; ") + std::string("shape mismatch: ") + listed(misshapen, kNamed);
  if (faults.empty()) return weights;
  if (!weights.unused.empty()) faults += "; unexpected: " + listed(weights.unused, kNamed);
  throw Error("these are not the weights of this backbone: " + faults, path.string(),
              "give the state dict of the same network and width (torchvision's: width 64), as "
              "data_scripts/torchvision_weights.py writes it");
}

void load_backbone_weights(torch::nn::Module& sampler, const BackboneWeights& weights) {
  torch::NoGradGuard no_grad;
  auto parameters = sampler.named_parameters();
  auto buffers = sampler.named_buffers();
  for (const auto& [name, tensor] : weights.tensors) {
    const std::string full = kPlace + name;
    torch::Tensor* target = parameters.find(full);
    if (target == nullptr) target = buffers.find(full);
    if (target == nullptr) throw Error("the network has no " + full, "", "give it the backbone that the weights belong to");
    target->copy_(tensor);
  }
}

}  // namespace interprior
