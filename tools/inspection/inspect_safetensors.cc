#include <algorithm>

#include "inspection.h"
#include "interprior/base/error.h"
#include "interprior/base/files/safetensors_header.h"
#include "interprior/experiment/stage_list.h"
#include "interprior/model/checkpoint_info.h"

namespace interprior {
namespace {

bool is_stage(const std::string& kind) {
  return std::any_of(kStageList.begin(), kStageList.end(), [&](const StageListing& stage) { return kind == stage.name; });
}

Json numbers_from(const std::map<std::string, std::string>& texts) {
  Json json = Json::object();
  for (const auto& [name, text] : texts) {
    const Json value = Json::parse(text, nullptr, false);
    json[name] = value.is_number() ? value : Json(text);
  }
  return json;
}

}  // namespace

void require_present(const std::filesystem::path& path) {
  std::error_code failure;
  const bool present = std::filesystem::exists(path, failure);
  require(!failure, "cannot look for this file or folder", path.string(), failure.message());
  require(present, "there is no such file or folder", path.string(), "check the path");
}

Json inspect_safetensors(const std::filesystem::path& path) {
  const SafetensorsHeader file = read_safetensors_header(path);
  int64_t tensors = 0, numbers = 0, averaged = 0;
  for (const SafetensorsEntry& entry : file.entries) {
    const bool average = entry.name.starts_with("averaged.");
    (average ? averaged : tensors) += 1;
    if (!average) numbers += entry.numel();
  }
  const auto found = file.metadata.find("kind");
  const std::string kind = found == file.metadata.end() ? "safetensors" : found->second;
  if (!is_stage(kind)) return {{"kind", kind}, {"tensors", tensors}, {"numbers", numbers}};
  const CheckpointInfo info = read_checkpoint_info(file);
  Json json = {{"kind", "checkpoint"},
               {"network", info.kind},
               {"format", info.format},
               {"step", info.step},
               {"tensors", tensors},
               {"numbers", numbers},
               {"averaged_weights", averaged > 0},
               {"trained_on_splits", info.splits},
               {"hand", {{"file", info.hand_file}, {"source", info.hand_source}, {"hash", info.hand_hash}}},
               {"metrics", numbers_from(info.metrics)},
               {"config", info.config}};
  if (!info.cues.empty()) json["cues"] = info.cues;
  return json;
}

}  // namespace interprior
