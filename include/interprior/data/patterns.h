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

// Two-hand patterns as patterns.h5 holds them (docs/formats.md). Index 0 of a pair is the right hand.
struct Patterns {
  torch::Tensor pose;         // (N,2,48) axis-angle rad, absolute (hands_mean already added)
  torch::Tensor shape;        // (N,2,10)
  torch::Tensor translation;  // (N,2,3) m, MANO's: wrist = J0(shape) + translation
  torch::Tensor source;       // (N) int64 into `sources`
  torch::Tensor modality;     // (N) int64 into `modalities`
  torch::Tensor split;        // (N) int64: 0 train, 1 val, 2 test
  torch::Tensor seed;         // (N) int64
  std::vector<std::string> sources{}, modalities{};
  // What a rebuilt set knows besides; undefined or empty elsewhere.
  torch::Tensor penetration{};     // (N) m: how deep the hands' deepest vertex lies in the other hand
  torch::Tensor meant_to_touch{};  // (N) int64, 0 or 1: whether the hands touched in the interaction they were placed after
  std::map<std::string, int64_t> rejected{};  // candidates that were left out while the set was made, by reason
  // Rows of the file that are not here, by reason (not_finite), and the first of them.
  std::map<std::string, int64_t> left_out{};
  std::string first_left_out{};
  int64_t size() const { return pose.defined() ? pose.size(0) : 0; }
};

inline constexpr const char* kSplitNames[] = {"train", "val", "test"};

// Validates shapes, dtypes and codes; rows that hold a number that is not finite are left out and counted. Throws Error, also
// where no row remains. Writing refuses such rows, naming the first.
Patterns read_patterns(const std::filesystem::path& path);
void write_patterns(const std::filesystem::path& path, const Patterns& patterns);
// All patterns, one part after another; names are joined, what a rebuilt set knows besides is kept where every part knows it.
Patterns merged(const std::vector<Patterns>& parts);
// The rows of a split ("train", "val", "test" or "all"). Throws Error on another name or when none is left.
Patterns of_split(const Patterns& patterns, const std::string& split);
// The rows of these modalities; all where the list is empty. Throws Error, with the known ones, on an unknown name or when none
// is left.
Patterns of_modalities(const Patterns& patterns, const std::vector<std::string>& names);
// The modalities that a patterns.h5 names, read without its patterns. Throws Error.
std::vector<std::string> read_modalities(const std::filesystem::path& path);
// Throws Error unless a patterns.h5 holds patterns of this split (train, val, test or all); none is read.
void require_split(const std::filesystem::path& path, const std::string& split);
// Throws Error, with the known ones, unless every name is a known modality.
void require_modalities(const std::vector<std::string>& names, const std::vector<std::string>& known,
                        const std::string& where = "");
// At most `limit` patterns from the first on.
Patterns first(const Patterns& patterns, int64_t limit);
// At most `limit` patterns, evenly spread over all of them: sources and modalities stand one after another in a file.
Patterns thinned(const Patterns& patterns, int64_t limit);

// B rows on one device.
struct PatternBatch {
  torch::Tensor pose;         // (B,2,48)
  torch::Tensor shape;        // (B,2,10)
  torch::Tensor translation;  // (B,2,3)
  void for_each_tensor(const std::function<void(torch::Tensor&)>& visit);
  PatternBatch to(torch::Device device) const;
};

// The interaction (right wrist's frame, wrist anchor) of a batch of patterns.
Interaction interaction_from(const PatternBatch& batch, const TwoHands& hands);
// The pose in frame root (axes as the pattern has them).
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
