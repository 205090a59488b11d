#include "mesh_poser.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "interprior/base/error.h"
#include "interprior/base/wide_loops.h"
#include "interprior/geometry/mesh.h"

namespace interprior {
namespace {

// SIMD vector of four doubles.
using Four [[gnu::vector_size(32)]] = double;
constexpr size_t kBlendTile = 8;      // coordinates of a mesh whose sums stay in registers
constexpr size_t kHandsPerBlend = 4;  // hands that share one load of the directions
constexpr size_t kShapes = 10;

// sum[h][i] += factor[h][k] * direction[k][i], in ascending order of k.
INTERPRIOR_WIDE void blend(const double* direction, size_t count, const std::array<const double*, kHandsPerBlend>& factor,
                           const std::array<double*, kHandsPerBlend>& sum) {
  const double *f0 = factor[0], *f1 = factor[1], *f2 = factor[2], *f3 = factor[3];
  Four own[8], low, high;
  for (size_t h = 0; h < kHandsPerBlend; ++h) std::memcpy(own + 2 * h, sum[h], sizeof(Four) * 2);
  for (size_t k = 0; k < count; ++k, direction += kBlendTile) {
    std::memcpy(&low, direction, sizeof low);
    std::memcpy(&high, direction + 4, sizeof high);
    own[0] += f0[k] * low;
    own[1] += f0[k] * high;
    own[2] += f1[k] * low;
    own[3] += f1[k] * high;
    own[4] += f2[k] * low;
    own[5] += f2[k] * high;
    own[6] += f3[k] * low;
    own[7] += f3[k] * high;
  }
  for (size_t h = 0; h < kHandsPerBlend; ++h) std::memcpy(sum[h], own + 2 * h, sizeof(Four) * 2);
}

const double* row_of(const torch::Tensor& tensor, int64_t row) {
  return tensor.const_data_ptr<double>() + row * (tensor.numel() / tensor.size(0));
}

// A tensor as contiguous float64; an undefined tensor stays undefined.
torch::Tensor numbers(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor.to(torch::kCPU, torch::kFloat64).contiguous() : tensor;
}

const ManoModel& checked(const ManoModel& model) {
  check_model(model, "hand");
  return model;
}

}  // namespace

// Inputs, intermediate values and outputs of posing one hand.
struct MeshPoser::Pose {
  PosedHand hand;
  bool as_before = false;           // fingers and shape equal those of the previous hand
  std::vector<double> coefficient;  // of the directions
  std::vector<double> shaped;       // (tiles, kBlendTile): the mesh before skinning
  Points* vertices = nullptr;
  JointPoints* chain = nullptr;
};

MeshPoser::Hand::Hand(const ManoModel& model) : rest_joints(model) {
  const auto flat = [](const torch::Tensor& tensor) {
    const torch::Tensor values = numbers(tensor);
    return std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  };
  vertex_count = static_cast<size_t>(model.v_template.size(0));
  rest = flat(model.v_template);
  torch::Tensor directions = numbers(model.shapedirs);
  if (model.posedirs.ne(0).any().item<bool>()) directions = torch::cat({directions, numbers(model.posedirs)}, 2);
  basis_count = static_cast<size_t>(directions.size(2));
  const int64_t tile = static_cast<int64_t>(kBlendTile), tiles = (3 * model.v_template.size(0) + tile - 1) / tile;
  torch::Tensor padded = torch::zeros({directions.size(2), tiles * tile}, torch::kFloat64);
  padded.slice(1, 0, 3 * model.v_template.size(0)).copy_(directions.permute({2, 0, 1}).flatten(1));
  basis = flat(padded.view({directions.size(2), tiles, tile}).transpose(0, 1));
  rest.resize(static_cast<size_t>(tiles * tile), 0.0);
  const auto sparse = [](const torch::Tensor& rows, std::vector<Weight>& list, std::vector<size_t>& end) {
    const double* value = rows.const_data_ptr<double>();
    for (int64_t row = 0; row < rows.size(0); ++row) {
      for (int32_t column = 0; column < rows.size(1); ++column, ++value)
        if (*value != 0) list.push_back({column, *value});
      end.push_back(list.size());
    }
  };
  sparse(numbers(model.weights), skin, skin_end);
  sparse(numbers(model.J_regressor), regressor, regressor_end);
  const torch::Tensor tip_vertices = model.tips.to(torch::kInt64).contiguous();
  for (size_t i = 0; i < tips.size(); ++i) tips[i] = static_cast<int32_t>(tip_vertices.const_data_ptr<int64_t>()[i]);
  closed_faces = interprior::closed_faces(mesh_from(model.v_template, model.faces).faces);
}

MeshPoser::MeshPoser(const HandModel& model) : hand_{Hand(checked(model.hand.right)), Hand(checked(model.hand.left))} {}

// Skins a hand with the wrist at the origin and identity global orientation; `chain` gets the joints of the kinematic chain.
void MeshPoser::skin(const Hand& hand, const Pose& pose, const std::vector<double>& shaped, Points& vertices,
                     JointPoints& chain) {
  const ManoJoints rest = hand.rest_joints.joints(pose.hand.shape);
  Rotations rotations = pose.hand.rotations;
  rotations[0].setIdentity();
  const auto wrist_from_joint = wrist_from_joints(rest, rotations);
  std::array<Eigen::Matrix<double, 3, 4>, kManoJoints> transform;
  for (size_t joint = 0; joint < transform.size(); ++joint) {
    const auto& [rotation, place] = wrist_from_joint[joint];
    transform[joint].leftCols<3>() = rotation;
    transform[joint].col(3) = place - rotation * rest[joint];
  }
  vertices.resize(3, static_cast<Eigen::Index>(hand.vertex_count));
  size_t next = 0;
  for (size_t vertex = 0; vertex < hand.vertex_count; ++vertex) {
    Eigen::Matrix<double, 3, 4> blended = Eigen::Matrix<double, 3, 4>::Zero();
    for (; next < hand.skin_end[vertex]; ++next)
      blended += hand.skin[next].share * transform[static_cast<size_t>(hand.skin[next].index)];
    const double* p = shaped.data() + 3 * vertex;
    vertices.col(static_cast<Eigen::Index>(vertex)) =
        blended.col(0) * p[0] + blended.col(1) * p[1] + blended.col(2) * p[2] + blended.col(3);
  }
  for (int joint = 0; joint < int{kJoints}; ++joint) {
    const int native = static_cast<int>(kFromMano[static_cast<size_t>(joint)]);
    chain.col(joint) = native < int{kManoJoints}
                           ? wrist_from_joint[static_cast<size_t>(native)].translation
                           : Vector3(vertices.col(hand.tips[static_cast<size_t>(native - int{kManoJoints})]));
  }
}

void MeshPoser::pose(Side side, std::vector<Pose>& poses) const {
  const Hand& hand = hand_[side];
  std::vector<Pose*> blended;
  for (size_t i = 0; i < poses.size(); ++i) {
    Pose& pose = poses[i];
    pose.as_before =
        i > 0 && pose.hand.shape == poses[i - 1].hand.shape &&
        std::equal(pose.hand.rotations.begin() + 1, pose.hand.rotations.end(), poses[i - 1].hand.rotations.begin() + 1);
    if (pose.as_before) continue;
    pose.coefficient.assign(pose.hand.shape.begin(), pose.hand.shape.end());
    for (size_t joint = 1; joint < pose.hand.rotations.size() && hand.basis_count > kShapes; ++joint)
      for (int entry = 0; entry < 9; ++entry)
        pose.coefficient.push_back(pose.hand.rotations[joint].data()[entry] - (entry % 4 == 0 ? 1 : 0));
    pose.shaped = hand.rest;
    blended.push_back(&pose);
  }
  std::array<double, kBlendTile> spare{};  // output of unused slots in the last group
  for (size_t begin = 0; begin < hand.rest.size(); begin += kBlendTile)
    for (size_t first = 0; first < blended.size(); first += kHandsPerBlend) {
      std::array<const double*, kHandsPerBlend> factor;
      std::array<double*, kHandsPerBlend> sum;
      for (size_t h = 0; h < kHandsPerBlend; ++h) {
        const bool there = first + h < blended.size();
        factor[h] = blended[there ? first + h : first]->coefficient.data();
        sum[h] = there ? blended[first + h]->shaped.data() + begin : spare.data();
      }
      blend(hand.basis.data() + begin * hand.basis_count, hand.basis_count, factor, sum);
    }

  // Hands with the same fingers and shape differ by a rigid motion only.
  Points about_wrist;
  JointPoints chain;
  for (Pose& pose : poses) {
    if (!pose.as_before) skin(hand, pose, pose.shaped, about_wrist, chain);
    *pose.vertices = (pose.hand.rotations[0] * about_wrist).colwise() + pose.hand.wrist;
    *pose.chain = (pose.hand.rotations[0] * chain).colwise() + pose.hand.wrist;
  }
}

JointPoints MeshPoser::regressed(const Points& vertices, Side side) const {
  const Hand& hand = hand_[side];
  Eigen::Matrix<double, 3, int{kManoJoints}> native = Eigen::Matrix<double, 3, int{kManoJoints}>::Zero();
  size_t next = 0;
  for (int joint = 0; joint < int{kManoJoints}; ++joint)
    for (; next < hand.regressor_end[static_cast<size_t>(joint)]; ++next)
      native.col(joint) += hand.regressor[next].share * vertices.col(hand.regressor[next].index);
  JointPoints joints;
  for (int joint = 0; joint < int{kJoints}; ++joint) {
    const auto from = static_cast<int>(kFromMano[static_cast<size_t>(joint)]);
    joints.col(joint) = from < int{kManoJoints} ? Vector3(native.col(from))
                                                : Vector3(vertices.col(hand.tips[static_cast<size_t>(from - int{kManoJoints})]));
  }
  return joints;
}

std::vector<SamplePoints> MeshPoser::points(const HandSet& set, int64_t begin, int64_t end, int64_t hypothesis) const {
  std::vector<SamplePoints> samples(static_cast<size_t>(end - begin));
  for (SamplePoints& sample : samples)
    for (const Side side : kSides) {
      sample.mesh_joints[side].setConstant(std::numeric_limits<double>::quiet_NaN());
      sample.chain_joints[side].setConstant(std::numeric_limits<double>::quiet_NaN());
      sample.wrist_rotation[side].setConstant(std::numeric_limits<double>::quiet_NaN());
    }
  const bool hypothetical = hypothesis >= 0, parameters = hypothetical || set.has_parameters();
  const auto some = [&](const torch::Tensor& own, const torch::Tensor& hypotheses) {
    const torch::Tensor whole = hypothetical ? hypotheses.select(1, hypothesis) : own;
    return whole.defined() ? numbers(whole.slice(0, begin, end)) : whole;
  };
  const torch::Tensor meshes = hypothetical ? torch::Tensor() : some(set.vertices, {});
  if (meshes.defined())
    require(meshes.size(2) == static_cast<int64_t>(vertex_count()),
            c10::str("meshes of ", meshes.size(2), " vertices, the hand file has ", vertex_count()), "vertices",
            "pass the hand file that the meshes were made with");
  const torch::Tensor pose_numbers = parameters ? some(set.pose, set.hypotheses_pose) : torch::Tensor(),
                      shape = parameters ? some(set.shape, set.hypotheses_shape) : torch::Tensor(),
                      translation = parameters ? some(set.translation, set.hypotheses_translation) : torch::Tensor();
  for (const Side side : kSides) {
    const int64_t hand = static_cast<int64_t>(side);
    if (parameters) {
      std::vector<Pose> poses(samples.size());
      for (size_t i = 0; i < samples.size(); ++i) {
        const int64_t row = 2 * static_cast<int64_t>(i) + hand;
        PosedHand& own = poses[i].hand;
        own.rotations = rotations_from_axis_angles(pose_numbers.const_data_ptr<double>() + 48 * row);
        std::copy_n(shape.const_data_ptr<double>() + 10 * row, own.shape.size(), own.shape.begin());
        own.wrist = hand_[side].rest_joints.wrist(own.shape) + Vector3(translation.const_data_ptr<double>() + 3 * row);
        samples[i].wrist_rotation[side] = own.rotations[0];
        poses[i].vertices = &samples[i].vertices[side];
        poses[i].chain = &samples[i].chain_joints[side];
      }
      pose(side, poses);
    }
    if (meshes.defined())
      for (size_t i = 0; i < samples.size(); ++i)
        samples[i].vertices[side] =
            Eigen::Map<const Points>(row_of(meshes, static_cast<int64_t>(i)) + 3 * meshes.size(2) * hand, 3, meshes.size(2));
    if (parameters || meshes.defined())
      for (SamplePoints& sample : samples) sample.mesh_joints[side] = regressed(sample.vertices[side], side);
  }
  return samples;
}

}  // namespace interprior
