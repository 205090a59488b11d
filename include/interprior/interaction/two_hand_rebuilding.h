#pragma once
#include <torch/types.h>

#include <filesystem>
#include <vector>

#include "interprior/data/patterns.h"
#include "interprior/data/poses.h"

namespace interprior {

// Rebuilds a pattern set like Two-hand 500K (docs/data.md, Two-hand patterns) from the data sets a user has.
//
// Two single hands of different entries, of either side (mirrored if needed), are paired and given one person's shape. They are
// placed like the hands of a known interaction: relative wrist rotation and offset of the middle MCP joints, mirrored with
// probability 0.5. If that interaction's hands touch (< 5 mm), the pair is meant to touch. Contact and penetration are resolved
// first by translating capsule hands, then on the surfaces, for all candidates of a chunk in one batch, by small translations,
// rotations and finger bends within the joint limits of the sources. A candidate that is implausible, stays too deep, misses
// contact or moves too far is rejected and resampled. All sources of a pattern belong to one split, the pattern's.
//
// Pattern i is determined by (seed, i) and the sources; threads and count do not matter. CPU and CUDA results differ by rounding,
// which may change whether a candidate is accepted; two CUDA runs may differ in the same way.
struct RebuildConfig {
  int64_t count = 10000;
  int64_t seed = 0;
  int64_t threads = 0;  // 0: one per core
  torch::Device device = torch::kCPU;
};

inline constexpr double kMaxDepth = 0.002;  // m, deepest vertex of an accepted pattern

// Writes patterns.h5 at `out` with `penetration`, `meant_to_touch` and `rejected`, and returns the patterns. A pattern's source
// and modality are "A+B" of its two hands, in alphabetical order, or the single name if they are equal. Finished chunks are kept
// in OUT.partial/ until the end; the same call resumes from there. Throws Error if another process writes the same output, if
// OUT.partial/ has other settings, or if the sources have no two-hand interaction. Poses whose joints are ordered from tip to
// base are left out, with a warning per source.
Patterns rebuild_two_hand(const std::filesystem::path& out, const Patterns& interactions, const std::vector<Poses>& poses,
                          const HandModel& hand, const RebuildConfig& config);

}  // namespace interprior
