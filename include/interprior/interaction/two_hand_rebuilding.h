#pragma once
#include <torch/types.h>

#include <filesystem>
#include <vector>

#include "interprior/data/patterns.h"
#include "interprior/data/poses.h"

namespace interprior {

// A set of the kind of Two-hand 500K (docs/data.md, Two-hand patterns), rebuilt from what a user has.
//
// Single hands of different entries, of both sides (mirrored where need be), are paired, given one person's shape and placed as
// the hands of an interaction are: relative wrist rotation and offset of the middle knuckles, mirrored in half of the draws.
// Where that interaction's hands touch (< 5 mm) the pair is meant to touch. The pair is brought together and out of each other by
// moves of the capsule hands, then on the surfaces, all candidates of a chunk at once, by small moves, turns and finger bends
// within the joint limits of the sources. What stays deep, loses contact or its place, or was implausible from the start is
// rejected and drawn anew. All that makes a pattern is of one split, which is the pattern's.
//
// Pattern i follows from (seed, i) and the sources alone: neither threads nor the count matter. CPU and CUDA differ in last
// digits, which may decide about a candidate; on CUDA so may two runs.
struct RebuildConfig {
  int64_t count = 10000;
  int64_t seed = 0;
  int64_t threads = 0;  // 0: one a core
  torch::Device device = torch::kCPU;
};

inline constexpr double kMostDepth = 0.002;  // m, deepest vertex of an accepted pattern

// Writes patterns.h5 at `out` with `penetration`, `meant_to_touch` and `rejected`; a pattern's source and modality are "A+B" of
// its two hands', in alphabetical order, or the name itself where they are equal. While it works, finished chunks lie in
// OUT.partial/; the same call goes on from there, and another process at the same output, or other settings, are refused. Poses
// whose joints run from tip to base are left out, with a warning per source. Returns what it wrote. Throws Error, also when the
// sources hold no two-hand interaction.
Patterns rebuild_two_hand(const std::filesystem::path& out, const Patterns& interactions, const std::vector<Poses>& poses,
                          const HandModel& hand, const RebuildConfig& config);

}  // namespace interprior
