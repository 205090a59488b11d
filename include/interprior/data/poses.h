#pragma once
#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// Single hands as poses.h5 holds them (docs/formats.md): what data sets of one hand give to a rebuilt two-hand set.
struct Poses {
  torch::Tensor pose;      // (N,48) axis-angle rad, absolute (hands_mean already added)
  torch::Tensor shape;     // (N,10)
  torch::Tensor side;      // (N) int64: 0 right, 1 left
  torch::Tensor split;     // (N) int64: 0 train, 1 val, 2 test
  torch::Tensor source;    // (N) int64 into `sources`
  torch::Tensor modality;  // (N) int64 into `modalities`
  torch::Tensor joints{};  // (N,21,3) m in any frame, order of hand/skeleton.h; undefined where the source has none
  std::vector<std::string> sources{}, modalities{};
  // Rows of the file that are not here, by reason (not_finite), and the first of them.
  std::map<std::string, int64_t> left_out{};
  std::string first_left_out{};
  int64_t size() const { return pose.defined() ? pose.size(0) : 0; }
};

// Validates shapes, dtypes and codes; rows that hold a number that is not finite are left out and counted. Throws Error, also
// where no row remains. Writing refuses such rows, naming the first.
Poses read_poses(const std::filesystem::path& path);
void write_poses(const std::filesystem::path& path, const Poses& poses);

// The hands of patterns, each on its own: pattern i's right hand is row i, its left one row N + i.
Poses single_hands(const Patterns& patterns);
// All rows, one after another; names are joined. Joints are kept where every part has them.
Poses merged(const std::vector<Poses>& parts);
Poses rows(const Poses& poses, const torch::Tensor& index);

// (N) bool: rows whose joints run from tip to base within each finger, a known defect of a released two-hand file. The lengths
// of the bones decide: those of the stored joints are unlike the posed hand's, and like them once every finger is turned round.
// False where there are no joints. Throws Error where the layers are not on the CPU.
torch::Tensor joints_reversed(const Poses& poses, const TwoHands& hands);

}  // namespace interprior
