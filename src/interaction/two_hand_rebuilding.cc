#include "interprior/interaction/two_hand_rebuilding.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <mutex>
#include <string_view>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/parallel.h"
#include "interprior/base/progress.h"
#include "pattern_rebuilder.h"
#include "rebuild_folder.h"

namespace interprior {
namespace {

constexpr int64_t kMaxPatterns = 20000000;
constexpr const char* kMethod = "1";  // increase it when the same sources and seed give other patterns

// Rows whose joints are in the right order; logs the number of others per source.
Poses usable(const Poses& poses, const TwoHands& hands) {
  const torch::Tensor reversed = joints_reversed(poses, hands);
  if (!reversed.any().item<bool>()) return poses;
  for (size_t source = 0; source < poses.sources.size(); ++source) {
    const torch::Tensor own = reversed & poses.source.eq(static_cast<int64_t>(source));
    if (const int64_t count = own.sum().item<int64_t>(); count > 0)
      log_warning(
          c10::str(poses.sources[source], ": left out ", count,
                   " hands whose joints are ordered from tip to base (joints_reversed), a known defect of a released file"));
  }
  return rows(poses, reversed.logical_not().nonzero().squeeze(1));
}

std::string hash_of(const std::vector<torch::Tensor>& tensors) {
  std::string hashes;
  for (const torch::Tensor& tensor : tensors) {
    const torch::Tensor plain = tensor.contiguous();
    hashes += text_hash({static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
  }
  return text_hash(hashes);
}

RebuildFolder::Settings settings_of(const Patterns& interactions, const Poses& poses, const HandModel& hand,
                                    const RebuildConfig& config) {
  std::vector<torch::Tensor> all = {interactions.pose, interactions.shape, interactions.translation, interactions.split};
  for (const torch::Tensor& column : {poses.pose, poses.shape, poses.side, poses.split, poses.source, poses.modality})
    all.push_back(column);
  std::string names;
  for (const auto* list : {&poses.sources, &poses.modalities})
    for (const std::string& name : *list) names += name + ",";
  std::vector<torch::Tensor> model;
  for (const Side side : kSides)
    for (const torch::Tensor& part : {hand.hand[side].v_template, hand.hand[side].shapedirs, hand.hand[side].posedirs,
                                      hand.hand[side].J_regressor, hand.hand[side].weights, hand.hand[side].faces})
      model.push_back(part);
  return {{"count", std::to_string(config.count)},
          {"seed", std::to_string(config.seed)},
          {"hand", hash_of(model)},
          {"sources", text_hash(hash_of(all) + names)},
          {"device", config.device.is_cpu() ? "cpu" : "cuda"},
          {"method", kMethod}};
}

// Removes names that do not occur and renumbers the codes.
void drop_unused(torch::Tensor& codes, std::vector<std::string>& names) {
  std::vector<std::string> used;
  torch::Tensor renamed = torch::empty_like(codes);
  for (size_t code = 0; code < names.size(); ++code) {
    const torch::Tensor own = codes.eq(static_cast<int64_t>(code));
    if (!own.any().item<bool>()) continue;
    renamed.masked_fill_(own, static_cast<int64_t>(used.size()));
    used.push_back(names[code]);
  }
  codes = renamed;
  names = used;
}

void check_sources(const Placements& placements, const HandPool& pool) {
  for (int64_t row = 0; row < placements.size(); ++row)
    if (pool.can_pair(placements.split(row))) return;
  throw Error("no split has both a two-hand interaction and single hands of two entries", "",
              "add sources so that one split has both");
}

void check_request(int64_t count, const Patterns& interactions) {
  require(count > 0, "the number of patterns to rebuild must be above 0", "", "pass --rebuild N with N of 1 or more");
  require(count <= kMaxPatterns, c10::str("a set of more than ", kMaxPatterns, " patterns does not fit in memory"), "",
          "rebuild several sets with different seeds and merge them");
  require(interactions.size() > 0, "no source has two-hand interactions, which define how hands are placed", "",
          "add a patterns.h5 or an InterHand2.6M root, or make one with `interprior synthesize patterns`");
}

}  // namespace

Patterns rebuild_two_hand(const std::filesystem::path& out, const Patterns& interactions, const std::vector<Poses>& poses,
                          const HandModel& hand, const RebuildConfig& config) {
  check_request(config.count, interactions);
  const TwoHands hands(hand);
  std::vector<Poses> parts = {single_hands(interactions)};
  for (const Poses& part : poses) parts.push_back(usable(part, hands));
  const HandPool pool(merged(parts), interactions.size());
  const PerHand<HandChain> chains = {HandChain(hand.hand.right, Side::right), HandChain(hand.hand.left, Side::left)};
  const Placements placements(interactions, chains, hands);
  check_sources(placements, pool);
  const PerHand<JointLimits> limits = joint_limits(pool.poses());
  RebuildFolder folder(out, settings_of(interactions, pool.poses(), hand, config));

  const auto on_device = [&](const JointLimits& own) {
    return JointLimits{own.low.to(config.device), own.high.to(config.device), own.stddev.to(config.device)};
  };
  const PerHand<JointLimits> device_limits = {on_device(limits.right), on_device(limits.left)};
  const TwoHands device_hands(hand, config.device);
  const CandidateSources sources{pool, placements, chains, limits};
  const Seed seed = Seed{static_cast<uint64_t>(config.seed)}.derive("rebuilt two hands");
  const PatternRebuilder rebuilder(sources, hands, device_hands, device_limits, seed);

  const int64_t chunks = (config.count + PatternRebuilder::kChunk - 1) / PatternRebuilder::kChunk;
  std::vector<Patterns> done(static_cast<size_t>(chunks));
  constexpr int64_t kChunk = PatternRebuilder::kChunk;
  const auto size_of = [&](int64_t chunk) { return std::min(kChunk, config.count - chunk * kChunk); };
  std::vector<int64_t> left;
  int64_t finished = 0;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (auto known = folder.chunk(chunk)) {
      require(known->size() == size_of(chunk), "a finished chunk has the wrong number of patterns", c10::str("chunk ", chunk),
              "remove the folder " + out.string() + ".partial");
      finished += known->size();
      done[static_cast<size_t>(chunk)] = std::move(*known);
    } else {
      left.push_back(chunk);
    }
  }
  if (finished > 0) log_info(c10::str("resuming after ", finished, " of ", config.count, " patterns"));
  {
    std::mutex mutex;
    Progress progress("rebuilding", config.count, finished);
    progress.resumable_by("the same command resumes");
    for_each_index(static_cast<int64_t>(left.size()), config.threads, [&](int64_t i) {
      const int64_t chunk = left[static_cast<size_t>(i)];
      Patterns made = rebuilder.chunk(chunk, size_of(chunk));
      folder.write_chunk(chunk, made);
      const std::lock_guard lock(mutex);
      finished += made.size();
      done[static_cast<size_t>(chunk)] = std::move(made);
      progress.update(finished);
    });
  }
  Patterns all = merged(done);
  drop_unused(all.source, all.sources);
  drop_unused(all.modality, all.modalities);
  write_patterns(out, all);
  folder.remove();
  return all;
}

}  // namespace interprior
