#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {
namespace {

// The mesh of one side in the camera: MANO's translation moves the rest wrist J0.
HandMesh mesh_of(const HandSet& set, const ManoLayer& layer) {
  const int64_t row = static_cast<int64_t>(layer.side());
  const torch::Tensor shape = set.shape.select(1, row);
  const torch::Tensor axis_angle = set.pose.select(1, row).reshape({set.size(), 16, 3});
  const torch::Tensor translation = set.translation.select(1, row);
  return layer({matrix_from_axis_angle(axis_angle), shape, layer.rest_wrist(shape).to(translation.scalar_type()) + translation});
}

}  // namespace

torch::Tensor vertices_of(const HandSet& set, const TwoHands& hands) {
  if (set.vertices.defined()) {
    const int64_t count = hands.layer.right.vertex_count();
    require(set.vertices.size(2) == count, c10::str("meshes of ", set.vertices.size(2), " vertices, the hand file has ", count),
            "vertices", "pass the hand file that the meshes were made with");
    return set.vertices;
  }
  require(set.has_parameters(), "the set has no meshes: neither vertices nor pose, shape and translation", "hands",
          "give them, or choose a protocol of joints alone (internet)");
  return torch::stack({mesh_of(set, hands.layer.right).vertices_in_root, mesh_of(set, hands.layer.left).vertices_in_root}, 1);
}

torch::Tensor chain_joints_of(const HandSet& set, const TwoHands& hands) {
  require(set.has_parameters(), "the set has no pose, shape and translation", "hands");
  return torch::stack({mesh_of(set, hands.layer.right).joints_in_root, mesh_of(set, hands.layer.left).joints_in_root}, 1);
}

}  // namespace interprior
