#include "pattern_rebuilder.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/hand/contact.h"
#include "pair_resolving.h"

namespace interprior {
namespace {

constexpr int64_t kMaxAttempts = 600;

torch::Tensor tensor_of(const Matrix3d& matrix) {
  torch::Tensor tensor = torch::empty({3, 3});
  for (int i = 0; i < 9; ++i) tensor.data_ptr<float>()[i] = static_cast<float>(matrix(i / 3, i % 3));
  return tensor;
}

torch::Tensor tensor_of(const Vector3d& vector) {
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

// State of a pattern that has no accepted candidate yet.
struct Open {
  int64_t split = 0, attempt = 0;
  Seed seed;
  std::array<int64_t, kRejectionNames.size()> rejected{};
};

// An accepted candidate, resolved, on the CPU.
struct Done {
  Candidate candidate;
  Interaction interaction;  // one row
  float depth = 0;
};

Interaction row_of(const Interaction& all, int64_t row) {
  const auto one = [&](const torch::Tensor& column) { return column.slice(0, row, row + 1); };
  return {{one(all.fingers.right), one(all.fingers.left)},
          {one(all.shape.right), one(all.shape.left)},
          one(all.left_from_right),
          one(all.left_in_right)};
}

[[noreturn]] void give_up(int64_t index, const Open& open) {
  const auto most = std::max_element(open.rejected.begin(), open.rejected.end());
  throw Error(c10::str("no plausible pair was found for pattern ", index, " in ", kMaxAttempts, " attempts; most failed by ",
                       kRejectionNames[static_cast<size_t>(most - open.rejected.begin())]),
              "", "check the sources with `interprior inspect` and its option --hand");
}

// The next plausible candidate of a pattern. Throws Error after kMaxAttempts attempts.
Candidate next_candidate(const CandidateSources& sources, int64_t index, Open& open) {
  while (open.attempt < kMaxAttempts) {
    Attempt attempt = attempt_pair(sources, open.split, open.seed, open.attempt++);
    if (attempt.candidate) return *attempt.candidate;
    ++open.rejected[static_cast<size_t>(attempt.rejection)];
  }
  give_up(index, open);
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
  const torch::Device device = device_limits_.right.low.device();
  std::vector<Open> open(kChunk);
  std::vector<Done> done(kChunk);
  std::vector<size_t> left;
  for (size_t i = 0; i < open.size(); ++i) {
    open[i].seed = seed_.derive(static_cast<uint64_t>(number * kChunk) + i);
    open[i].split = draw_split(sources_, open[i].seed);
    left.push_back(i);
  }
  while (!left.empty()) {
    std::vector<Candidate> candidates;
    for (const size_t i : left)
      candidates.push_back(next_candidate(sources_, number * kChunk + static_cast<int64_t>(i), open[i]));
    const PairBatch pairs = resolved(batch_of(candidates, device), device_limits_, device_hands_);

    const torch::NoGradGuard no_grad;
    const Interaction interaction = interaction_from(pairs, device_hands_);
    const torch::Tensor upright = torch::eye(3, pairs.shape.options()).expand({pairs.shape.size(0), 3, 3});
    const SurfaceContact contact = surface_contact(device_hands_(pose_from(interaction, upright)), device_hands_);
    const torch::Tensor depth = contact.depth.cpu(), distance = contact.distance.cpu(), knuckle = pairs.knuckle_in_right.cpu();
    const Interaction here = to(interaction, torch::kCPU);
    std::vector<size_t> again;
    for (size_t k = 0; k < left.size(); ++k) {
      const auto row = static_cast<int64_t>(k);
      const float* place = knuckle.const_data_ptr<float>() + 3 * row;
      const bool deep = depth.const_data_ptr<float>()[row] > kMaxDepth;
      const bool apart = candidates[k].touching && distance.const_data_ptr<float>()[row] >= kContactDistance;
      const bool away = (Vector3d(place[0], place[1], place[2]) - candidates[k].sampled_knuckle).norm() > kMaxMove;
      if (!deep && !apart && !away) {
        done[left[k]] = {candidates[k], row_of(here, row), depth.const_data_ptr<float>()[row]};
        continue;
      }
      const Rejection reason = deep ? Rejection::too_deep : apart ? Rejection::no_contact : Rejection::moved_away;
      ++open[left[k]].rejected[static_cast<size_t>(reason)];
      again.push_back(left[k]);
    }
    left = again;
  }

  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> pose, shape, translation;
  Patterns patterns;
  patterns.sources = source_names_.names;
  patterns.modalities = modality_names_.names;
  for (torch::Tensor* column : {&patterns.source, &patterns.modality, &patterns.split, &patterns.seed, &patterns.meant_to_touch})
    *column = torch::empty({count}, torch::kInt64);
  patterns.penetration = torch::empty({count});
  const Poses& poses = sources_.pool.poses();
  const auto code = [](const Name& names, const torch::Tensor& of, const PerHand<int64_t>& row) {
    const auto codes = of.accessor<int64_t, 1>();
    return names.code[static_cast<size_t>(codes[row.right])][static_cast<size_t>(codes[row.left])];
  };
  for (int64_t i = 0; i < count; ++i) {
    const Done& one = done[static_cast<size_t>(i)];
    const Open& drawn = open[static_cast<size_t>(i)];
    const torch::Tensor view = tensor_of(one.candidate.placement.right_rotation).unsqueeze(0);
    const PatternBatch batch = pattern_from(pose_from(one.interaction, view), hands_);
    pose.push_back(batch.pose);
    shape.push_back(batch.shape);
    translation.push_back(batch.translation);
    patterns.source.data_ptr<int64_t>()[i] = code(source_names_, poses.source, one.candidate.row);
    patterns.modality.data_ptr<int64_t>()[i] = code(modality_names_, poses.modality, one.candidate.row);
    patterns.split.data_ptr<int64_t>()[i] = drawn.split;
    patterns.seed.data_ptr<int64_t>()[i] = static_cast<int64_t>(drawn.seed.value);
    patterns.meant_to_touch.data_ptr<int64_t>()[i] = one.candidate.touching;
    patterns.penetration.data_ptr<float>()[i] = one.depth;
    for (size_t reason = 0; reason < kRejectionNames.size(); ++reason)
      patterns.rejected[kRejectionNames[reason]] += drawn.rejected[reason];
  }
  patterns.pose = torch::cat(pose);
  patterns.shape = torch::cat(shape);
  patterns.translation = torch::cat(translation);
  return patterns;
}

}  // namespace interprior
