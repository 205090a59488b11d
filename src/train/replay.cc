#include "replay.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/table.h"

namespace interprior {
namespace {

constexpr const char* kKind = "interprior.replay";
constexpr const char* kNetwork = "network.";

bool finite(const torch::Tensor& tensor) { return torch::isfinite(tensor).all().item<bool>(); }

}  // namespace

void write_replay(const std::filesystem::path& path, const ReplayFile& replay) {
  write_safetensors(path, replay.tensors,
                    {{"kind", kKind},
                     {"step", std::to_string(replay.step)},
                     {"seed", std::to_string(replay.seed)},
                     {"first_row", std::to_string(replay.first_row)},
                     {"samples", nlohmann::json(replay.samples).dump()}});
}

ReplayFile read_replay(const std::filesystem::path& path) {
  const Safetensors file(path);
  const auto text = [&](const char* key) {
    const auto found = file.metadata().find(key);
    require(found != file.metadata().end(), "this is not a saved batch of a run that stopped", path.string(),
            "give a file of RUN/faults/");
    return found->second;
  };
  require(text("kind") == kKind, "this is not a saved batch of a run that stopped", path.string(), "give a file of RUN/faults/");
  ReplayFile replay;
  for (const std::string& name : file.names()) replay.tensors.emplace_back(name, file.tensor(name));
  const nlohmann::json samples = nlohmann::json::parse(text("samples"), nullptr, false);
  const bool names =
      samples.is_array() && std::all_of(samples.begin(), samples.end(), [](const auto& one) { return one.is_string(); });
  require(names, "the names of its samples are damaged", path.string());
  replay.samples = samples.get<std::vector<std::string>>();
  try {
    replay.step = std::stoll(text("step"));
    replay.first_row = std::stoll(text("first_row"));
    replay.seed = std::stoull(text("seed"));
  } catch (const std::logic_error&) {
    throw Error("its step or seed is not a number", path.string());
  }
  return replay;
}

void take_network(torch::nn::Module& network, const ReplayFile& replay, const std::filesystem::path& path) {
  torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> known;
  for (const auto& [name, tensor] : replay.tensors)
    if (name.rfind(kNetwork, 0) == 0) known[name.substr(std::string(kNetwork).size())] = tensor;
  const auto take = [&](const std::string& name, torch::Tensor target) {
    const auto source = known.find(name);
    require(source != known.end() && source->second.sizes() == target.sizes(), "the network of this batch has another " + name,
            path.string(), "give the config that the run was trained with: RUN/config.yaml");
    target.copy_(source->second);
  };
  for (auto& item : network.named_parameters()) take(item.key(), item.value());
  for (auto& item : network.named_buffers()) take(item.key(), item.value());
}

std::string replay_text(const ReplayFile& replay, const Terms& terms, const torch::nn::Module& network) {
  std::string text = c10::str("step ", replay.step, ", samples: ", c10::Join(", ", replay.samples), "\n");
  Table table{"Loss terms", {{"", "value", "weight", "finite"}}};
  for (const Term& term : terms.list)
    table.rows.push_back(
        {term.name, number(term.value.item<double>(), 6), number(term.weight, 6), finite(term.value) ? "yes" : "NO"});
  text += text_table(table);
  for (const auto& item : network.named_parameters()) {
    if (!finite(item.value())) text += "not finite: parameter " + item.key() + "\n";
    if (item.value().grad().defined() && !finite(item.value().grad())) text += "not finite: gradient of " + item.key() + "\n";
  }
  for (const auto& item : network.named_buffers())
    if (item.value().is_floating_point() && !finite(item.value())) text += "not finite: buffer " + item.key() + "\n";
  return text;
}

}  // namespace interprior
