#pragma once
#include <array>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

namespace interprior {

// What a hand does, as plain numbers: absolute rotations, the wrist's first, in the axes of whoever looks at it.
struct PlainPose {
  std::array<Matrix3, kManoJoints> rotations{};
  std::array<double, 10> shape{};
};

// ManoLayer for one hand at a time in plain numbers: linear blend skinning without a tensor, for threads that pose one hand after
// another.
class SkinnedHand {
 public:
  using Vertices = std::vector<std::array<float, 3>>;
  using Faces = std::vector<std::array<int32_t, 3>>;

  explicit SkinnedHand(const ManoModel& model);  // throws Error when the model is not a valid one

  // Vertices (V) and the chain's joints, tips from the vertices, m about the wrist.
  void pose(const PlainPose& hand, Vertices& vertices_about_wrist, std::array<Vector3, kJoints>& joints_about_wrist) const;
  // J0: the rest wrist of a shape, in MANO's own frame.
  Vector3 rest_wrist(const std::array<double, 10>& shape) const;
  const Faces& faces() const { return faces_; }
  const Faces& closed_faces() const { return closed_; }  // with the wrist's rim filled

 private:
  struct Weight {
    int32_t joint;
    float share;
  };
  std::array<Vector3, kManoJoints> rest_joints(const std::array<double, 10>& shape) const;

  std::vector<float> template_;                  // (V,3)
  std::vector<std::vector<float>> shape_basis_;  // (10) of (V,3)
  std::vector<std::vector<float>> pose_basis_;   // (135) of (V,3); none where the model has none
  std::array<Vector3, kManoJoints> joint_template_;
  std::array<std::array<Vector3, kManoJoints>, 10> joint_basis_;
  std::vector<Weight> weights_;     // those above 0, vertex by vertex
  std::vector<size_t> weight_end_;  // (V) where a vertex's weights end
  Faces faces_, closed_;
  std::array<size_t, 5> tips_;
};

// A rotation from its axis-angle vector, rad (Rodrigues' formula, as geometry/rotation.h has it for tensors).
Matrix3 plain_rotation(const Vector3& axis_angle);

}  // namespace interprior
