#pragma once
#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// Single-hand poses, as stored in poses.h5 (docs/formats.md): the input of a rebuilt two-hand set.
struct Poses {
  torch::Tensor pose;      // (N,48) axis-angle rad, absolute (hands_mean already added)
  torch::Tensor shape;     // (N,10)
  torch::Tensor side;      // (N) int64: 0 right, 1 left
  torch::Tensor split;     // (N) int64: 0 train, 1 val, 2 test
  torch::Tensor source;    // (N) int64 into `sources`
  torch::Tensor modality;  // (N) int64 into `modalities`
  torch::Tensor joints{};  // (N,21,3) m in any frame, order of hand/skeleton.h; undefined if the source has none
  std::vector<std::string> sources{}, modalities{};
  // Rows of the file that were left out while reading, by reason (not_finite), and the first of them.
  std::map<std::string, int64_t> left_out{};
  std::string first_left_out{};
  int64_t size() const { return pose.defined() ? pose.size(0) : 0; }
};

// Validates shapes, dtypes and codes. Rows with NaN or infinity are left out and counted. Throws Error, also when no row
// remains. Writing such a row throws Error that names the first one.
Poses read_poses(const std::filesystem::path& path);
void write_poses(const std::filesystem::path& path, const Poses& poses);

// The single hands of N patterns: the right hand of pattern i is row i, the left hand row N + i.
Poses single_hands(const Patterns& patterns);
// Concatenates the parts and merges their source and modality names. Joints are kept if every part has them.
Poses merged(const std::vector<Poses>& parts);
Poses rows(const Poses& poses, const torch::Tensor& index);

// (N) bool: rows whose joints are ordered from tip to base within each finger, a known defect of a released two-hand file. Bone
// lengths decide: the stored joints' differ from the posed hand's, and match once the order within every finger is reversed.
// False if there are no joints. Throws Error unless the layers are on the CPU.
torch::Tensor joints_reversed(const Poses& poses, const TwoHands& hands);

}  // namespace interprior
