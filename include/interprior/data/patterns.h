#pragma once
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "interprior/data/dataset.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// Two-hand patterns, as stored in patterns.h5 (docs/formats.md). Index 0 of a pair is the right hand.
struct Patterns {
  torch::Tensor pose;         // (N,2,48) axis-angle rad, absolute (hands_mean already added)
  torch::Tensor shape;        // (N,2,10)
  torch::Tensor translation;  // (N,2,3) m, MANO's translation: wrist = J0(shape) + translation
  torch::Tensor source;       // (N) int64 into `sources`
  torch::Tensor modality;     // (N) int64 into `modalities`
  torch::Tensor split;        // (N) int64: 0 train, 1 val, 2 test
  torch::Tensor seed;         // (N) int64
  std::vector<std::string> sources{}, modalities{};
  // Only in rebuilt sets; undefined or empty elsewhere.
  torch::Tensor penetration{};     // (N) m: largest depth of a vertex of one hand inside the other
  torch::Tensor meant_to_touch{};  // (N) int64, 0 or 1: whether the hands touch in the interaction that the placement copies
  std::map<std::string, int64_t> rejected{};  // candidates rejected while the set was generated, by reason
  // Rows of the file that were left out while reading, by reason (not_finite), and the first of them.
  std::map<std::string, int64_t> left_out{};
  std::string first_left_out{};
  int64_t size() const { return pose.defined() ? pose.size(0) : 0; }
};

inline constexpr const char* kSplitNames[] = {"train", "val", "test"};

// Validates shapes, dtypes and codes. Rows with NaN or infinity are left out and counted. Throws Error, also when no row
// remains. Writing such a row throws Error that names the first one.
Patterns read_patterns(const std::filesystem::path& path);
void write_patterns(const std::filesystem::path& path, const Patterns& patterns);
// Concatenates the parts and merges their names. penetration and meant_to_touch are kept if every part has them.
Patterns merged(const std::vector<Patterns>& parts);
// The rows of a split ("train", "val", "test" or "all"). Throws Error on another name or when no row remains.
Patterns of_split(const Patterns& patterns, const std::string& split);
// The rows of these modalities; all rows if the list is empty. Throws Error that lists the known modalities on an unknown name or
// when no row remains.
Patterns of_modalities(const Patterns& patterns, const std::vector<std::string>& names);
// The modalities named in a patterns.h5; the patterns are not read. Throws Error.
std::vector<std::string> read_modalities(const std::filesystem::path& path);
// Throws Error unless a patterns.h5 has patterns of this split (train, val, test or all); the patterns are not read.
void require_split(const std::filesystem::path& path, const std::string& split);
// Throws Error that lists the known modalities unless every name is one of them.
void require_modalities(const std::vector<std::string>& names, const std::vector<std::string>& known,
                        const std::string& where = "");
// The first `limit` patterns at most.
Patterns first(const Patterns& patterns, int64_t limit);
// At most `limit` patterns, evenly spaced over the set, because a file is ordered by source and modality.
Patterns subsample(const Patterns& patterns, int64_t limit);

// B patterns on one device.
struct PatternBatch {
  torch::Tensor pose;         // (B,2,48)
  torch::Tensor shape;        // (B,2,10)
  torch::Tensor translation;  // (B,2,3)
  void for_each_tensor(const std::function<void(torch::Tensor&)>& visit);
  PatternBatch to(torch::Device device) const;
};

// The interaction (frame of the right wrist, wrist anchor) of a batch of patterns.
Interaction interaction_from(const PatternBatch& batch, const TwoHands& hands);
// The pose in frame root, with the axes of the pattern.
PerHand<HandPose> pose_from(const PatternBatch& batch, const TwoHands& hands);
// The pattern of a pose in frame root (translation = wrist - J0).
PatternBatch pattern_from(const PerHand<HandPose>& pose, const TwoHands& hands);

class PatternDataset : public Dataset<PatternBatch> {
 public:
  explicit PatternDataset(Patterns patterns);
  int64_t size() const override;
  PatternBatch allocate(int64_t rows) const override;
  void fill(int64_t index, Seed seed, PatternBatch& slot, int64_t row) const override;
  const Patterns& patterns() const { return patterns_; }

 private:
  Patterns patterns_;
};

}  // namespace interprior
