#include "inspections.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <set>

#include "health.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/patterns.h"
#include "interprior/data/poses.h"
#include "interprior/experiment/sweep.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/pattern_statistics.h"
#include "interprior/metric/hand_sets/hand_sets.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"

namespace interprior {
namespace {

constexpr int64_t kLookedAt = 500;  // number of images opened to count near-black ones

// Adds the filter with which a set without usable images of two hands has some.
void add_usable_otherwise(Json& json, const ImageIndex& index, const std::string& split) {
  ImageFilter filter;
  for (const auto& [key, member] :
       {std::pair{"without_mano", &ImageFilter::without_mano}, std::pair{"single_hands", &ImageFilter::single_hands}}) {
    filter.*member = true;
    const size_t usable = index_of(index.tables, split, UsableRule(filter)).usable.size();
    if (usable == 0) continue;
    json["usable_with"] = {{"filter", filter.single_hands ? "{without_mano: true, single_hands: true}" : "{without_mano: true}"},
                           {"usable", usable}};
    return;
  }
}

template <class Count>
Json counts(const std::map<std::string, Count>& numbers) {
  Json json = Json::object();
  for (const auto& [name, count] : numbers) json[name] = count;
  return json;
}

Json counts_of_codes(const torch::Tensor& codes, const std::vector<std::string>& names) {
  Json json = Json::object();
  for (size_t code = 0; code < names.size(); ++code)
    json[names[code]] = (codes == static_cast<int64_t>(code)).sum().item<int64_t>();
  return json;
}

Json last_values(const std::vector<LogLine>& log, const std::string& group) {
  Json json = Json::object();
  for (const LogLine& line : log)
    if (line.group == group) {
      json = {{"step", line.step}};
      for (const auto& [name, value] : line.values) json[name] = value;
    }
  return json;
}

}  // namespace

Json inspect_images(const std::filesystem::path& path, const std::string& split, const std::string& hand) {
  const ImageIndex index = read_images(path, split);
  const std::optional<HandModel> model = hand.empty() ? std::nullopt : std::optional(read_hand_model(hand));
  std::set<std::string> sequences;
  std::set<std::string> sizes;
  for (const ImageRecord& record : index.usable) {
    sequences.insert(record.sequence);
    sizes.insert(c10::str(record.camera.width, "x", record.camera.height));
  }
  Json json = {{"kind", index.kind},
               {"splits", index.splits},
               {"images", index.images},
               {"annotations", index.annotations},
               {"by_type", counts(index.by_type)},
               {"usable", index.usable.size()},
               {"skipped", counts(index.skipped)},
               {"examples", counts(index.examples)},
               {"usable_sequences", sequences.size()},
               {"usable_sizes", sizes}};
  Health health = examine_images(*index.tables, split, model ? &*model : nullptr);
  for (Finding& finding : findings_of_skips(index)) health.findings.push_back(std::move(finding));
  if (const NearBlack dark = count_near_black(index, kLookedAt); dark.looked_at > 0)
    json["near_black"] = {{"looked_at", dark.looked_at}, {"mean_below_10", dark.dark}};
  if (index.usable.empty()) add_usable_otherwise(json, index, split);
  add_health(json, health);
  return json;
}

Json inspect_hand(const std::filesystem::path& path) {
  const HandModel hand = read_hand_model(path);
  return {{"kind", "hand"},
          {"source", hand.source},
          {"vertices", hand.hand.right.v_template.size(0)},
          {"faces", hand.hand.right.faces.size(0)},
          {"tips", std::vector<int64_t>(hand.hand.right.tips.data_ptr<int64_t>(),
                                        hand.hand.right.tips.data_ptr<int64_t>() + hand.hand.right.tips.numel())},
          {"hash", hand.hash}};
}

Json inspect_patterns(const std::filesystem::path& path, const std::string& hand) {
  const Patterns patterns = read_patterns(path);
  Json json = {{"kind", "patterns"},
               {"patterns", patterns.size()},
               {"splits", counts_of_codes(patterns.split, {kSplitNames[0], kSplitNames[1], kSplitNames[2]})},
               {"sources", counts_of_codes(patterns.source, patterns.sources)},
               {"modalities", counts_of_codes(patterns.modality, patterns.modalities)}};
  if (!patterns.rejected.empty()) json["rejected_in_the_making"] = counts(patterns.rejected);
  const bool procedural = patterns.sources == std::vector<std::string>{"procedural"};
  const bool known = !hand.empty() || procedural;  // lengths need the hand model
  const std::optional<HandModel> model =
      !known ? std::nullopt : std::optional(hand.empty() ? procedural_hand() : read_hand_model(hand));
  add_health(json, examine_patterns(patterns, model ? &*model : nullptr));
  if (!known) return json;
  const TwoHands hands(*model);
  const PatternStatistics measured = pattern_statistics(patterns, hands), real = interhand_statistics();
  const char* beside = "reference: InterHand2.6M";
  json["knuckle_offset_m"] = {{"mean", measured.offset_mean},
                              {"deviation", measured.offset_deviation},
                              {beside, {{"mean", real.offset_mean}, {"deviation", real.offset_deviation}}}};
  json["shape_deviation"] = {{"measured", measured.shape_deviation}, {beside, "1.07, others 0.08-0.19"}};
  json["wrist_to_knuckle_m"] = {{"from_5_to_95_percent", {measured.bone_low, measured.bone_high}},
                                {beside, {real.bone_low, real.bone_high}}};
  json["wrist_to_wrist_m"] = {
      {"mean", measured.wrist_mean}, {"deviation", measured.wrist_deviation}, {c10::str(beside, ", two frames"), {0.080, 0.142}}};
  const ContactStatistics contact = contact_statistics(patterns, hands);
  json["contact"] = {{"measured", contact.measured}, {"share_within_5_mm", contact.contact}};
  if (contact.meant_to_touch > 0)
    json["contact"].update({{"meant_to_touch", contact.meant_to_touch}, {"of_them_within_5_mm", contact.contact_of_meant}});
  json["penetration"] = {{"median_mm", 1e3 * contact.depth_median},
                         {"95_percent_mm", 1e3 * contact.depth_95},
                         {"share_to_2_mm", contact.within_2mm}};
  return json;
}

Json inspect_poses(const std::filesystem::path& path, const std::string& hand) {
  const Poses poses = read_poses(path);
  Json json = {{"kind", "poses"},
               {"poses", poses.size()},
               {"sides", counts_of_codes(poses.side, {side_name(Side::right), side_name(Side::left)})},
               {"splits", counts_of_codes(poses.split, {kSplitNames[0], kSplitNames[1], kSplitNames[2]})},
               {"sources", counts_of_codes(poses.source, poses.sources)},
               {"modalities", counts_of_codes(poses.modality, poses.modalities)},
               {"joints", poses.joints.defined()}};
  const std::optional<HandModel> model = hand.empty() ? std::nullopt : std::optional(read_hand_model(hand));
  add_health(json, examine_poses(poses, model ? &*model : nullptr));
  if (!poses.joints.defined() || hand.empty()) return json;
  const torch::Tensor reversed = joints_reversed(poses, TwoHands(*model));
  json["joints_reversed"] = counts_of_codes(poses.source.masked_select(reversed), poses.sources);
  return json;
}

Json inspect_hands(const std::filesystem::path& path, const std::string& hand) {
  const HandSets sets(std::vector<std::filesystem::path>{path});
  const HandSet set = sets.rows(0, sets.size());
  const std::set<std::string> groups(set.group.begin(), set.group.end());
  Json holds = Json::array();
  for (const auto& [name, tensor] : {std::pair{"vertices", &set.vertices},
                                     {"pose", &set.pose},
                                     {"joints", &set.joints},
                                     {"joint_valid", &set.joint_valid},
                                     {"hand_valid", &set.hand_valid},
                                     {"hypotheses", &set.hypotheses_pose}})
    if (tensor->defined()) holds.push_back(name);
  Json json = {{"kind", "hands"}, {"samples", set.size()}, {"groups", groups.size()}, {"holds", holds}};
  Health health;
  try {
    IdRows ids(sets);
    health.findings = examine_hand_sets(sets, hand.empty() ? procedural_hand() : read_hand_model(hand));
  } catch (const Error& error) {  // a duplicate id, another hand file
    health.findings.push_back({"hands_refused", error.what(), "", "", true});
  }
  add_health(json, health);
  return json;
}

Json inspect_features(const std::filesystem::path& path) {
  const TensorFileReader file(path, "interprior.features", 1);
  Json shapes = Json::object();
  for (const char* name : {"F", "H", "M", "tau", "X", "z_mean", "z_log_variance"})
    if (file.has(name)) shapes[name] = file.shape(name);
  return {{"kind", "features"}, {"samples", file.read_strings("sample").size()}, {"shapes", shapes}};
}

Json inspect_run(const std::filesystem::path& path) {
  const std::vector<LogLine> log = read_log(path);
  return {{"kind", "run"},
          {"step", log.empty() ? 0 : log.back().step},
          {"log_lines", log.size()},
          {"checkpoint", std::filesystem::exists(path / "checkpoints" / "last.safetensors")},
          {"resumable", has_resume_state(path)},
          {"training", last_values(log, "train")},
          {"validation", last_values(log, "validation")}};
}

Json inspect_sweep(const std::filesystem::path& path) {
  const SweepConfig config = read_sweep_config(path);
  const SweepResult result = read_sweep(config, path);
  int64_t done = 0, failed = 0;
  for (const SweepResult::Run& run : result.runs) {
    done += run.done;
    failed += !run.done && !run.error.empty();
  }
  return {{"kind", "sweep"},
          {"claim", config.claim},
          {"cells", config.cells.size()},
          {"seeds", config.seeds.size()},
          {"runs", result.runs.size()},
          {"done", done},
          {"failed", failed}};
}

}  // namespace interprior
