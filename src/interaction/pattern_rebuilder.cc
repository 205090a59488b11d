#include "pattern_rebuilder.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <array>
#include <optional>

#include "interprior/base/error.h"
#include "interprior/hand/contact.h"
#include "pair_resolving.h"

namespace interprior {

// A pattern whose poses are sampled until a candidate is accepted.
struct SampledPattern {
  int64_t split = 0, attempt = 0;
  Seed seed;
  std::array<int64_t, kRejectionNames.size()> rejected{};
  // The accepted candidate, resolved, on the CPU.
  Candidate candidate;
  Interaction interaction;  // one row
  float depth = 0;          // m
};

namespace {

constexpr int64_t kMaxAttempts = 600;

torch::Tensor tensor_of(const Matrix3& matrix) {
  torch::Tensor tensor = torch::empty({3, 3});
  for (int i = 0; i < 9; ++i) tensor.data_ptr<float>()[i] = static_cast<float>(matrix(i / 3, i % 3));
  return tensor;
}

torch::Tensor tensor_of(const Vector3& vector) {
  return torch::tensor({static_cast<float>(vector[0]), static_cast<float>(vector[1]), static_cast<float>(vector[2])});
}

torch::Tensor tensor_of(const ShapeNumbers& shape) { return torch::tensor(std::vector<float>(shape.begin(), shape.end())); }

PairBatch batch_of(const std::vector<Candidate>& candidates, torch::Device device) {
  std::vector<torch::Tensor> right, left, shape, rotation, knuckle;
  torch::Tensor touching = torch::empty({static_cast<int64_t>(candidates.size())}, torch::kBool);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& one = candidates[i];
    right.push_back(one.fingers.right);
    left.push_back(one.fingers.left);
    shape.push_back(tensor_of(one.shape));
    rotation.push_back(tensor_of(one.placement.left_from_right));
    knuckle.push_back(tensor_of(one.placement.knuckle_in_right));
    touching.data_ptr<bool>()[i] = one.touching;
  }
  const auto all = [&](const std::vector<torch::Tensor>& rows) { return torch::stack(rows).to(device); };
  return {{all(right), all(left)}, all(shape), all(rotation), all(knuckle), touching.to(device)};
}

// Candidates whose hands were moved out of each other and, if meant to, into contact; on the CPU.
struct ResolvedPairs {
  Interaction interaction;
  torch::Tensor depth, distance;   // (B) m: deepest penetration, shortest distance of the two surfaces
  torch::Tensor knuckle_in_right;  // (B,3) m
};

ResolvedPairs resolve(const std::vector<Candidate>& candidates, const PerHand<JointLimits>& limits, const TwoHands& hands) {
  const PairBatch pairs = resolved(batch_of(candidates, limits.right.low.device()), limits, hands);
  const torch::NoGradGuard no_grad;
  const Interaction interaction = interaction_from(pairs, hands);
  const torch::Tensor upright = torch::eye(3, pairs.shape.options()).expand({pairs.shape.size(0), 3, 3});
  const SurfaceContact contact = surface_contact(hands(pose_from(interaction, upright)), hands);
  return {to(interaction, torch::kCPU), contact.depth.cpu(), contact.distance.cpu(), pairs.knuckle_in_right.cpu()};
}

// Why a resolved candidate is rejected; nothing if it is accepted.
std::optional<Rejection> fault_of(const Candidate& candidate, const ResolvedPairs& pairs, int64_t row) {
  if (pairs.depth.const_data_ptr<float>()[row] > kMaxDepth) return Rejection::too_deep;
  if (candidate.touching && pairs.distance.const_data_ptr<float>()[row] >= kContactDistance) return Rejection::no_contact;
  const float* knuckle = pairs.knuckle_in_right.const_data_ptr<float>() + 3 * row;
  if ((Vector3(knuckle[0], knuckle[1], knuckle[2]) - candidate.sampled_knuckle).norm() > kMaxMove) return Rejection::moved_away;
  return std::nullopt;
}

Interaction row_of(const Interaction& all, int64_t row) {
  const auto one = [&](const torch::Tensor& column) { return column.slice(0, row, row + 1); };
  return {{one(all.fingers.right), one(all.fingers.left)},
          {one(all.shape.right), one(all.shape.left)},
          one(all.left_from_right),
          one(all.left_in_right)};
}

[[noreturn]] void give_up(int64_t index, const SampledPattern& sampled) {
  const auto most = std::max_element(sampled.rejected.begin(), sampled.rejected.end());
  throw Error(c10::str("no plausible pair was found for pattern ", index, " in ", kMaxAttempts, " attempts; most failed by ",
                       kRejectionNames[static_cast<size_t>(most - sampled.rejected.begin())]),
              "", "check the sources with `interprior inspect` and its option --hand");
}

// The next plausible candidate of a pattern. Throws Error after kMaxAttempts attempts.
Candidate next_candidate(const CandidateSources& sources, int64_t index, SampledPattern& sampled) {
  while (sampled.attempt < kMaxAttempts) {
    Attempt attempt = attempt_pair(sources, sampled.split, sampled.seed, sampled.attempt++);
    if (attempt.candidate) return *attempt.candidate;
    ++sampled.rejected[static_cast<size_t>(attempt.rejection)];
  }
  give_up(index, sampled);
}

}  // namespace

PatternRebuilder::Name PatternRebuilder::pair_names(const std::vector<std::string>& single) {
  Name name;
  name.code.resize(single.size(), std::vector<int64_t>(single.size()));
  for (size_t a = 0; a < single.size(); ++a)
    for (size_t b = 0; b <= a; ++b) {
      name.code[a][b] = name.code[b][a] = static_cast<int64_t>(name.names.size());
      name.names.push_back(a == b ? single[a] : std::min(single[a], single[b]) + "+" + std::max(single[a], single[b]));
    }
  return name;
}

int64_t PatternRebuilder::Name::of(const torch::Tensor& codes, const PerHand<int64_t>& row) const {
  const auto of_row = codes.accessor<int64_t, 1>();
  return code[static_cast<size_t>(of_row[row.right])][static_cast<size_t>(of_row[row.left])];
}

PatternRebuilder::PatternRebuilder(const CandidateSources& sources, const TwoHands& hands, const TwoHands& hands_on_device,
                                   const PerHand<JointLimits>& limits_on_device, Seed seed)
    : sources_(sources),
      hands_(hands),
      device_hands_(hands_on_device),
      device_limits_(limits_on_device),
      seed_(seed),
      source_names_(pair_names(sources.pool.poses().sources)),
      modality_names_(pair_names(sources.pool.poses().modalities)) {}

Patterns PatternRebuilder::chunk(int64_t number, int64_t count) const {
  std::vector<SampledPattern> sampled(kChunk);
  std::vector<size_t> left;
  for (size_t i = 0; i < sampled.size(); ++i) {
    sampled[i].seed = seed_.derive(static_cast<uint64_t>(number * kChunk) + i);
    sampled[i].split = sample_split(sources_, sampled[i].seed);
    left.push_back(i);
  }
  while (!left.empty()) {
    std::vector<Candidate> candidates;
    for (const size_t i : left)
      candidates.push_back(next_candidate(sources_, number * kChunk + static_cast<int64_t>(i), sampled[i]));
    const ResolvedPairs pairs = resolve(candidates, device_limits_, device_hands_);
    std::vector<size_t> again;
    for (size_t k = 0; k < left.size(); ++k) {
      const auto row = static_cast<int64_t>(k);
      SampledPattern& one = sampled[left[k]];
      if (const std::optional<Rejection> fault = fault_of(candidates[k], pairs, row)) {
        ++one.rejected[static_cast<size_t>(*fault)];
        again.push_back(left[k]);
      } else {
        one.candidate = candidates[k];
        one.interaction = row_of(pairs.interaction, row);
        one.depth = pairs.depth.const_data_ptr<float>()[row];
      }
    }
    left = again;
  }
  sampled.resize(static_cast<size_t>(count));
  return columns(sampled);
}

Patterns PatternRebuilder::columns(const std::vector<SampledPattern>& sampled) const {
  const torch::NoGradGuard no_grad;
  const auto count = static_cast<int64_t>(sampled.size());
  std::vector<torch::Tensor> pose, shape, translation;
  Patterns patterns;
  patterns.sources = source_names_.names;
  patterns.modalities = modality_names_.names;
  for (torch::Tensor* column : {&patterns.source, &patterns.modality, &patterns.split, &patterns.seed, &patterns.meant_to_touch})
    *column = torch::empty({count}, torch::kInt64);
  patterns.penetration = torch::empty({count});
  const Poses& poses = sources_.pool.poses();
  for (int64_t i = 0; i < count; ++i) {
    const SampledPattern& one = sampled[static_cast<size_t>(i)];
    const torch::Tensor view = tensor_of(one.candidate.placement.right_rotation).unsqueeze(0);
    const PatternBatch batch = pattern_from(pose_from(one.interaction, view), hands_);
    pose.push_back(batch.pose);
    shape.push_back(batch.shape);
    translation.push_back(batch.translation);
    patterns.source.data_ptr<int64_t>()[i] = source_names_.of(poses.source, one.candidate.row);
    patterns.modality.data_ptr<int64_t>()[i] = modality_names_.of(poses.modality, one.candidate.row);
    patterns.split.data_ptr<int64_t>()[i] = one.split;
    patterns.seed.data_ptr<int64_t>()[i] = static_cast<int64_t>(one.seed.value);
    patterns.meant_to_touch.data_ptr<int64_t>()[i] = one.candidate.touching;
    patterns.penetration.data_ptr<float>()[i] = one.depth;
    for (size_t reason = 0; reason < kRejectionNames.size(); ++reason)
      patterns.rejected[kRejectionNames[reason]] += one.rejected[reason];
  }
  patterns.pose = torch::cat(pose);
  patterns.shape = torch::cat(shape);
  patterns.translation = torch::cat(translation);
  return patterns;
}

}  // namespace interprior
