#include "interprior/hand/procedural/procedural_hand.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/geometry/rotation.h"
#include "procedural_rig.h"

namespace interprior {
namespace {

ManoModel right_hand() {
  const torch::NoGradGuard no_grad;
  const HandAnatomy& anatomy = average_hand();
  const ProceduralMesh mesh = procedural_mesh(anatomy, HandSurface(anatomy));
  const torch::Tensor weights = procedural_weights(anatomy, mesh);
  ManoModel model;
  model.v_template = mesh.vertices;
  model.shapedirs = procedural_shapes(anatomy, mesh, weights);
  model.posedirs = torch::zeros({mesh.vertices.size(0), 3, 135}, torch::kFloat64);
  model.J_regressor = procedural_regressor(procedural_joints(anatomy), mesh);
  model.weights = weights;
  model.faces = mesh.faces;
  model.hands_mean = procedural_mean_pose(anatomy);
  model.tips = torch::tensor(std::vector<int64_t>(mesh.tips.begin(), mesh.tips.end()));
  return model;
}

// Mirrors at x = 0. Axis-angles are axial vectors and mirror with the opposite sign of points and directions.
ManoModel mirror_of(const ManoModel& right) {
  ManoModel left = right;
  left.v_template = mirror_vector(right.v_template);
  left.shapedirs = mirror_vector(right.shapedirs.transpose(1, 2)).transpose(1, 2).contiguous();
  left.posedirs = right.posedirs.clone();
  left.J_regressor = right.J_regressor.clone();
  left.weights = right.weights.clone();
  left.faces = right.faces.flip({1});
  left.hands_mean = -mirror_vector(right.hands_mean.view({-1, 3})).flatten();
  left.tips = right.tips.clone();
  return left;
}

}  // namespace

HandModel procedural_hand() {
  HandModel model;
  model.hand.right = right_hand();
  model.hand.left = mirror_of(model.hand.right);
  model.source = "procedural";
  return model;
}

}  // namespace interprior
