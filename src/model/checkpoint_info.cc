#include "interprior/model/checkpoint_info.h"

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors_header.h"

namespace interprior {
namespace {

constexpr const char* kMetric = "metric.";

std::string entry(const SafetensorsHeader& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), "the checkpoint's metadata lacks " + key, file.path.string(),
          "it was not written by interprior, or is damaged; train it again");
  return found->second;
}

int64_t integer_entry(const SafetensorsHeader& file, const std::string& key) {
  const std::string text = entry(file, key);
  int64_t value = 0;
  require(!text.empty() && text.size() < 18, "the checkpoint's " + key + " is not a number: " + text, file.path.string());
  for (const char digit : text) {
    require(digit >= '0' && digit <= '9', "the checkpoint's " + key + " is not a number: " + text, file.path.string());
    value = 10 * value + (digit - '0');
  }
  return value;
}

}  // namespace

bool saw_split(const std::string& splits, const std::string& split) {
  const std::string seen = "," + splits + ",";
  return !splits.empty() &&
         (split == "all" || seen.find("," + split + ",") != std::string::npos || seen.find(",all,") != std::string::npos);
}

int64_t checkpoint_format(const SafetensorsHeader& file) {
  return file.metadata.count("format") ? integer_entry(file, "format") : kCheckpointFormat;
}

CheckpointInfo read_checkpoint_info(const SafetensorsHeader& file, const std::string& kind) {
  const std::string where = file.path.string();
  require(file.metadata.count("program") && file.metadata.at("program") == "interprior",
          "this safetensors file is not a checkpoint of interprior", where, "pass RUN/checkpoints/last.safetensors");
  CheckpointInfo info;
  info.format = integer_entry(file, "format");
  require(info.format >= 1 && info.format <= kCheckpointFormat,
          "the checkpoint has format " + std::to_string(info.format) + ", this program reads up to " +
              std::to_string(kCheckpointFormat),
          where, "use a newer interprior");
  info.kind = entry(file, "kind");
  require(kind.empty() || info.kind == kind,
          "this is a checkpoint of kind " + info.kind + "; one of kind " + kind + " is required", where,
          "pass the checkpoint of an `interprior train " + kind + "` run");
  info.config = entry(file, "config");
  info.prior_model = entry(file, "prior_model");
  info.sampler_model = entry(file, "sampler_model");
  info.step = integer_entry(file, "step");
  info.hand_file = entry(file, "hand_file");
  info.hand_hash = entry(file, "hand_hash");
  info.hand_source = entry(file, "hand_source");
  info.splits = entry(file, "splits");
  if (const auto found = file.metadata.find("prior_splits"); found != file.metadata.end()) info.prior_splits = found->second;
  if (const auto found = file.metadata.find("cues"); found != file.metadata.end()) info.cues = found->second;
  const std::string prefix = kMetric;
  for (const auto& [key, value] : file.metadata)
    if (key.rfind(prefix, 0) == 0) info.metrics[key.substr(prefix.size())] = value;
  return info;
}

std::map<std::string, std::string> metadata_of(const CheckpointInfo& info) {
  std::map<std::string, std::string> metadata = {{"program", "interprior"},
                                                 {"format", std::to_string(info.format)},
                                                 {"kind", info.kind},
                                                 {"config", info.config},
                                                 {"prior_model", info.prior_model},
                                                 {"sampler_model", info.sampler_model},
                                                 {"step", std::to_string(info.step)},
                                                 {"hand_file", info.hand_file},
                                                 {"hand_hash", info.hand_hash},
                                                 {"hand_source", info.hand_source},
                                                 {"splits", info.splits},
                                                 {"prior_splits", info.prior_splits}};
  if (!info.cues.empty()) metadata["cues"] = info.cues;
  for (const auto& [name, value] : info.metrics) metadata[kMetric + name] = value;
  return metadata;
}

}  // namespace interprior
