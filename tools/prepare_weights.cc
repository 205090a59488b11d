#include <c10/util/StringUtil.h>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "prepare_sources.h"

namespace interprior {
namespace {

constexpr int64_t kTorchvisionWidth = 64;
constexpr size_t kNamed = 8;  // names that one message lists

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kNamed; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kNamed ? c10::str(text, " and ", names.size() - kNamed, " more") : text;
}

bool optional(const std::string& name) { return name.find("num_batches_tracked") != std::string::npos; }

}  // namespace

TrunkWeights trunk_weights(const std::filesystem::path& path, TrunkKind kind) {
  const Safetensors file(path);
  const ResNet trunk(kind, kTorchvisionWidth);
  TrunkWeights weights;
  std::vector<std::string> missing, misshapen;
  std::set<std::string> known;
  const auto take = [&](const std::string& name, const torch::Tensor& ours) {
    known.insert(name);
    if (!file.has(name)) {
      if (!optional(name)) missing.push_back(name);
      return;
    }
    const torch::Tensor theirs = file.tensor(name);
    if (theirs.sizes() != ours.sizes())
      misshapen.push_back(c10::str(name, " ", shape_text(theirs), " instead of ", shape_text(ours)));
    else weights.tensors.emplace_back(name, theirs.to(ours.scalar_type()));
  };
  for (const auto& item : trunk->named_parameters()) take(item.key(), item.value());
  for (const auto& item : trunk->named_buffers()) take(item.key(), item.value());
  for (const std::string& name : file.names())
    if (known.count(name) == 0) weights.unused.push_back(name);
  std::string faults;
  if (!missing.empty()) faults += "missing: " + listed(missing);
  if (!misshapen.empty()) faults += (faults.empty() ? "" : "; ") + std::string("misshapen: ") + listed(misshapen);
  if (!faults.empty() && !weights.unused.empty()) faults += "; unexpected: " + listed(weights.unused);
  require(faults.empty(), c10::str("these are not the weights of torchvision's ", name_of(kind), ": ", faults), path.string(),
          "export the state dict of that network with safetensors, and name it with --trunk");
  return weights;
}

}  // namespace interprior
