#pragma once
#include <array>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

namespace interprior {

// A hand pose in plain numbers: absolute rotations (hands_mean added), wrist first, in the axes of the viewing camera.
struct PlainPose {
  std::array<Matrix3, kManoJoints> rotations{};
  std::array<double, 10> shape{};
};

// ManoLayer for a single hand in plain numbers: linear blend skinning without tensors, for data loader threads.
class SkinnedHand {
 public:
  using Vertices = std::vector<std::array<float, 3>>;
  using Faces = std::vector<std::array<int32_t, 3>>;

  explicit SkinnedHand(const ManoModel& model);  // throws Error if the model is invalid

  // Vertices (V) and joints of the kinematic chain, tips from the vertices, m relative to the wrist.
  void pose(const PlainPose& hand, Vertices& vertices_about_wrist, std::array<Vector3, kJoints>& joints_about_wrist) const;
  // J0: the rest wrist of a shape, in MANO's own frame.
  Vector3 rest_wrist(const std::array<double, 10>& shape) const;
  const Faces& faces() const { return faces_; }
  const Faces& closed_faces() const { return closed_; }  // with the open wrist closed

 private:
  struct Weight {
    int32_t joint;
    float share;
  };
  std::array<Vector3, kManoJoints> rest_joints(const std::array<double, 10>& shape) const;

  std::vector<float> template_;                  // (V,3)
  std::vector<std::vector<float>> shape_basis_;  // (10) of (V,3)
  std::vector<std::vector<float>> pose_basis_;   // (135) of (V,3); empty if the model's posedirs are zero
  std::array<Vector3, kManoJoints> joint_template_;
  std::array<std::array<Vector3, kManoJoints>, 10> joint_basis_;
  std::vector<Weight> weights_;     // the non-zero weights, vertex by vertex
  std::vector<size_t> weight_end_;  // (V) end of each vertex's range in weights_
  Faces faces_, closed_;
  std::array<size_t, 5> tips_;
};

// A rotation matrix from its axis-angle vector, rad (Rodrigues' formula; for tensors see geometry/rotation.h).
Matrix3 plain_rotation(const Vector3& axis_angle);

}  // namespace interprior
