#pragma once
#include <array>
#include <vector>

#include "interprior/base/wide_loops.h"
#include "interprior/geometry/alignment.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/posed_hand.h"
#include "interprior/metric/hand_sets/hand_set.h"

// Meshes of a set's samples as float64 Eigen matrices, for the evaluation threads.
namespace interprior {

using JointPoints = Eigen::Matrix<double, 3, int{kJoints}>;  // order of hand/skeleton.h

// One sample's hands; missing vertices have no columns, missing joints and rotations are NaN.
struct SamplePoints {
  PerHand<Points> vertices;
  PerHand<JointPoints> mesh_joints;   // regressed from the vertices
  PerHand<JointPoints> chain_joints;  // of the kinematic chain, where the set has parameters
  PerHand<Matrix3> wrist_rotation;    // global orientation, where the set has parameters
};

// Linear blend skinning as in ManoLayer, in tiles of samples. A sample's result does not depend on the other samples.
class MeshPoser {
 public:
  explicit MeshPoser(const HandModel& model);

  // Samples begin .. end-1 of a set, or of its hypothesis of this number if it is not negative.
  std::vector<SamplePoints> points(const HandSet& set, int64_t begin, int64_t end, int64_t hypothesis = -1) const;
  // The same of several sets, posed together, which is faster.
  std::vector<std::vector<SamplePoints>> points(const std::vector<const HandSet*>& sets, int64_t begin, int64_t end,
                                                int64_t hypothesis = -1) const;
  JointPoints regressed(const Points& vertices, Side side) const;
  size_t vertex_count() const { return hand_.right.vertex_count; }
  const std::vector<std::array<int32_t, 3>>& closed_faces(Side side) const { return hand_[side].closed_faces; }

 private:
  struct VertexWeight {
    int32_t index;  // of a joint, or of a vertex for the regressor
    double share;
  };
  struct Hand {
    explicit Hand(const ManoModel& model);

    size_t vertex_count = 0;
    std::vector<double> rest;  // (3V)
    // 10 shape directions, and 135 pose directions unless all are zero, in tiles: (tiles, B, kBlendTile), zero-padded.
    std::vector<double> basis;
    size_t basis_count = 0;
    RestJoints rest_joints;
    std::vector<VertexWeight> skin, regressor;  // non-zero weights, row by row
    std::vector<size_t> skin_end, regressor_end;
    std::array<int32_t, 5> tips{};
    std::vector<std::array<int32_t, 3>> closed_faces;
  };
  struct Pose;
  static void skin_vertices(const Hand& hand, const std::array<Double4, 4 * kManoJoints>& transform, const double* shaped,
                            double* vertices);
  static void skin(const Hand& hand, const Pose& pose, Points& vertices, JointPoints& chain);
  void pose(Side side, std::vector<Pose>& poses) const;

  PerHand<Hand> hand_;
};

}  // namespace interprior
