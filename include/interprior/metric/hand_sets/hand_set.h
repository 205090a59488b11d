#pragma once
#include <torch/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "interprior/hand/mano_layer.h"

namespace interprior {

// Predictions or ground truth of N images (hands.h5, docs/formats.md), camera frame, index 0 the right hand. All on the CPU.
// A set has vertices, or parameters, or both; a set for a joints-only protocol may have joints alone.
struct HandSet {
  std::vector<std::string> sample;         // (N) split/file_name, unique
  std::vector<std::string> group;          // (N) sequence, may be empty
  torch::Tensor vertices;                  // (N,2,V,3) m, or undefined
  torch::Tensor pose, shape, translation;  // (N,2,48) axis-angle absolute, (N,2,10), (N,2,3) MANO's; or undefined
  torch::Tensor joints;                    // (N,2,21,3) m annotated or predicted independently of the mesh, or undefined
  torch::Tensor joint_valid;               // (N,2,21) bool, or undefined: all
  torch::Tensor hand_valid;                // (N,2) bool, the hand is in the image, or undefined: all
  torch::Tensor mesh_valid;                // (N,2) bool, the hand's mesh is known, or undefined: wherever hand_valid
  torch::Tensor camera, box;               // (N,4) fx fy cx cy px, (N,4) x y width height px, or undefined
  torch::Tensor hypotheses_pose, hypotheses_shape, hypotheses_translation;  // (N,K,2,...) or undefined

  int64_t size() const { return static_cast<int64_t>(sample.size()); }
  bool has_parameters() const { return pose.defined(); }
  bool has_mesh() const { return vertices.defined() || has_parameters(); }
  int64_t hypotheses() const { return hypotheses_pose.defined() ? hypotheses_pose.size(1) : 0; }
};

// Every tensor of a set under its name in the file.
inline const std::array<std::pair<const char*, torch::Tensor HandSet::*>, 13> kHandSetTensors = {{
    {"vertices", &HandSet::vertices},
    {"pose", &HandSet::pose},
    {"shape", &HandSet::shape},
    {"translation", &HandSet::translation},
    {"joints", &HandSet::joints},
    {"joint_valid", &HandSet::joint_valid},
    {"hand_valid", &HandSet::hand_valid},
    {"mesh_valid", &HandSet::mesh_valid},
    {"camera", &HandSet::camera},
    {"box", &HandSet::box},
    {"hypotheses/pose", &HandSet::hypotheses_pose},
    {"hypotheses/shape", &HandSet::hypotheses_shape},
    {"hypotheses/translation", &HandSet::hypotheses_translation},
}};

// Throws Error, with `where` and the first bad sample, on bad shapes, dtypes, duplicate ids and non-finite values of valid hands.
void check_hand_set(const HandSet& set, const std::string& where);

// Reads and checks. Vertices are float32, other numbers float64; non-finite values of invalid hands become 0. Throws Error.
HandSet read_hand_set(const std::filesystem::path& path);
void write_hand_set(const std::filesystem::path& path, const HandSet& set);  // checks first

// Validity with the defaults filled in: (N,2) and (N,2,21) bool. A mesh or joint is valid only if its hand is.
torch::Tensor valid_hands(const HandSet& set);
torch::Tensor valid_meshes(const HandSet& set);
torch::Tensor valid_joints(const HandSet& set);

// Vertices (N,2,V,3), computed from parameters if the set has none. Throws Error if it has neither, or another V than the hand
// file.
torch::Tensor vertices_of(const HandSet& set, const TwoHands& hands);
// Joints of the kinematic chain (N,2,21,3) from parameters; they differ from those regressed from the mesh. Throws Error without
// parameters.
torch::Tensor chain_joints_of(const HandSet& set, const TwoHands& hands);

// Selects rows by index (n) int64 or range; concatenates sets (all with the same tensors). Throws Error.
HandSet rows(const HandSet& set, const torch::Tensor& index);
HandSet rows(const HandSet& set, int64_t begin, int64_t end);
HandSet concatenated(const std::vector<HandSet>& sets);

// Rows of `predictions` in the order of `truth`, joined by id. Throws Error naming the first missing, duplicate or surplus id.
HandSet joined(const HandSet& predictions, const HandSet& truth);

}  // namespace interprior
