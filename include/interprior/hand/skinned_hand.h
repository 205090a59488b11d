#pragma once
#include <array>
#include <vector>

#include "interprior/hand/posed_hand.h"

namespace interprior {

// ManoLayer for a single hand in plain numbers: linear blend skinning without tensors, for data loader threads.
class SkinnedHand {
 public:
  using Vertices = std::vector<std::array<float, 3>>;
  using Faces = std::vector<std::array<int32_t, 3>>;

  explicit SkinnedHand(const ManoModel& model);  // throws Error if the model is invalid

  // Vertices (V) and joints of the kinematic chain, tips from the vertices, m relative to the wrist; ignores hand.wrist.
  void pose(const PosedHand& hand, Vertices& vertices_about_wrist, HandJoints& joints_about_wrist) const;
  const RestJoints& rest() const { return rest_; }
  const Faces& faces() const { return faces_; }
  const Faces& closed_faces() const { return closed_; }  // with the open wrist closed

 private:
  struct Weight {
    int32_t joint;
    float share;
  };

  RestJoints rest_;
  std::vector<float> template_;                  // (V,3)
  std::vector<std::vector<float>> shape_basis_;  // (10) of (V,3)
  std::vector<std::vector<float>> pose_basis_;   // (135) of (V,3); empty if the model's posedirs are zero
  std::vector<Weight> weights_;                  // the non-zero weights, vertex by vertex
  std::vector<size_t> weight_end_;               // (V) end of each vertex's range in weights_
  Faces faces_, closed_;
  std::array<size_t, 5> tips_;
};

}  // namespace interprior
