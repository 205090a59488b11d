#include "mesh_poser.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "interprior/base/error.h"
#include "interprior/geometry/mesh.h"

namespace interprior {
namespace {

constexpr size_t kBlendTile = 8;      // coordinates of a mesh whose sums stay in registers
constexpr size_t kHandsPerBlend = 6;  // hands that share one load of the directions; their sums fit into AVX2's registers
constexpr size_t kShapes = 10;

// sum[h][i] += factor[h][k] * direction[k][i], in ascending order of k.
INTERPRIOR_WIDEST void blend(const double* direction, size_t count, const std::array<const double*, kHandsPerBlend>& factor,
                             const std::array<double*, kHandsPerBlend>& sum) {
  static_assert(sizeof(Double8) == kBlendTile * sizeof(double));
  std::array<const double*, kHandsPerBlend> f = factor;
  Double8 own[kHandsPerBlend], tile;
  for (size_t h = 0; h < kHandsPerBlend; ++h) std::memcpy(&own[h], sum[h], sizeof tile);
  for (size_t k = 0; k < count; ++k, direction += kBlendTile) {
    std::memcpy(&tile, direction, sizeof tile);
    for (size_t h = 0; h < kHandsPerBlend; ++h) {
      const Double8 product = f[h][k] * tile;
      own[h] += product;
    }
  }
  for (size_t h = 0; h < kHandsPerBlend; ++h) std::memcpy(sum[h], &own[h], sizeof tile);
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
  const auto sparse = [](const torch::Tensor& rows, std::vector<VertexWeight>& list, std::vector<size_t>& end) {
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

// `transform`: 4 columns of (x, y, z, 0) for each joint. `shaped`: (V,3). `vertices`: (3,V).
INTERPRIOR_WIDE void MeshPoser::skin_vertices(const Hand& hand, const std::array<Double4, 4 * kManoJoints>& transform,
                                              const double* shaped, double* vertices) {
  const VertexWeight* weight = hand.skin.data();
  const size_t count = hand.vertex_count;
  for (size_t vertex = 0; vertex < count; ++vertex, shaped += 3) {
    Double4 blended[4]{};
    for (const VertexWeight* end = hand.skin.data() + hand.skin_end[vertex]; weight != end; ++weight) {
      const Double4* column = &transform[4 * static_cast<size_t>(weight->index)];
      for (int k = 0; k < 4; ++k) blended[k] += weight->share * column[k];
    }
    const Double4 place = blended[0] * shaped[0] + blended[1] * shaped[1] + blended[2] * shaped[2] + blended[3];
    for (size_t k = 0; k < 3; ++k) vertices[k * count + vertex] = place[k];
  }
}

// Skins a hand with the wrist at the origin and identity global orientation; `chain` gets the joints of the kinematic chain.
void MeshPoser::skin(const Hand& hand, const Pose& pose, Points& vertices, JointPoints& chain) {
  const ManoJoints rest = hand.rest_joints.joints(pose.hand.shape);
  Rotations rotations = pose.hand.rotations;
  rotations[0].setIdentity();
  const auto wrist_from_joint = wrist_from_joints(rest, rotations);
  std::array<Double4, 4 * kManoJoints> transform;
  for (size_t joint = 0; joint < kManoJoints; ++joint) {
    const auto& [rotation, place] = wrist_from_joint[joint];
    const Vector3 shift = place - rotation * rest[joint];
    for (int k = 0; k < 3; ++k)
      transform[4 * joint + static_cast<size_t>(k)] = {rotation(0, k), rotation(1, k), rotation(2, k), 0};
    transform[4 * joint + 3] = {shift[0], shift[1], shift[2], 0};
  }
  vertices.resize(3, static_cast<Eigen::Index>(hand.vertex_count));
  skin_vertices(hand, transform, pose.shaped.data(), vertices.data());
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
    if (!pose.as_before) skin(hand, pose, about_wrist, chain);
    *pose.vertices = Similarity{1, pose.hand.rotations[0], pose.hand.wrist} * about_wrist;
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

namespace {

// Parameters of a set's samples begin .. end-1, or of their hypothesis; undefined where there are none.
struct Parameters {
  torch::Tensor pose, shape, translation;

  Parameters(const HandSet& set, int64_t begin, int64_t end, int64_t hypothesis) {
    const auto some = [&](const torch::Tensor& own, const torch::Tensor& hypotheses) {
      const torch::Tensor whole = hypothesis >= 0 ? hypotheses.select(1, hypothesis) : own;
      return whole.defined() ? numbers(whole.slice(0, begin, end)) : whole;
    };
    if (hypothesis < 0 && !set.has_parameters()) return;
    pose = some(set.pose, set.hypotheses_pose);
    shape = some(set.shape, set.hypotheses_shape);
    translation = some(set.translation, set.hypotheses_translation);
  }
};

void forget_all(SamplePoints& sample) {
  for (const Side side : kSides) {
    sample.mesh_joints[side].setConstant(std::numeric_limits<double>::quiet_NaN());
    sample.chain_joints[side].setConstant(std::numeric_limits<double>::quiet_NaN());
    sample.wrist_rotation[side].setConstant(std::numeric_limits<double>::quiet_NaN());
  }
}

}  // namespace

std::vector<std::vector<SamplePoints>> MeshPoser::points(const std::vector<const HandSet*>& sets, int64_t begin, int64_t end,
                                                         int64_t hypothesis) const {
  const auto count = static_cast<size_t>(end - begin);
  std::vector<std::vector<SamplePoints>> points(sets.size(), std::vector<SamplePoints>(count));
  std::vector<Parameters> parameters;
  std::vector<torch::Tensor> meshes;
  for (const HandSet* set : sets) {
    parameters.emplace_back(*set, begin, end, hypothesis);
    meshes.push_back(hypothesis < 0 && set->vertices.defined() ? numbers(set->vertices.slice(0, begin, end)) : torch::Tensor());
    if (meshes.back().defined())
      require(meshes.back().size(2) == static_cast<int64_t>(vertex_count()),
              c10::str("meshes of ", meshes.back().size(2), " vertices, the hand file has ", vertex_count()), "vertices",
              "pass the hand file that the meshes were made with");
  }
  for (std::vector<SamplePoints>& samples : points) std::for_each(samples.begin(), samples.end(), forget_all);
  for (const Side side : kSides) {
    const auto hand = static_cast<int64_t>(side);
    std::vector<Pose> poses;
    for (size_t set = 0; set < sets.size(); ++set)
      for (size_t i = 0; i < count && parameters[set].pose.defined(); ++i) {
        const int64_t row = 2 * static_cast<int64_t>(i) + hand;
        SamplePoints& sample = points[set][i];
        Pose& pose = poses.emplace_back();
        PosedHand& own = pose.hand;
        own.rotations = rotations_from_axis_angles(parameters[set].pose.const_data_ptr<double>() + 48 * row);
        std::copy_n(parameters[set].shape.const_data_ptr<double>() + 10 * row, own.shape.size(), own.shape.begin());
        own.wrist =
            hand_[side].rest_joints.wrist(own.shape) + Vector3(parameters[set].translation.const_data_ptr<double>() + 3 * row);
        sample.wrist_rotation[side] = own.rotations[0];
        pose.vertices = &sample.vertices[side];
        pose.chain = &sample.chain_joints[side];
      }
    pose(side, poses);
    for (size_t set = 0; set < sets.size(); ++set)
      for (size_t i = 0; i < count; ++i) {
        SamplePoints& sample = points[set][i];
        if (const torch::Tensor& given = meshes[set]; given.defined())
          sample.vertices[side] = Eigen::Map<const Eigen::Matrix3Xd>(
              row_of(given, static_cast<int64_t>(i)) + 3 * given.size(2) * hand, 3, given.size(2));
        if (sample.vertices[side].cols() > 0) sample.mesh_joints[side] = regressed(sample.vertices[side], side);
      }
  }
  return points;
}

std::vector<SamplePoints> MeshPoser::points(const HandSet& set, int64_t begin, int64_t end, int64_t hypothesis) const {
  return std::move(points(std::vector<const HandSet*>{&set}, begin, end, hypothesis).front());
}

}  // namespace interprior
