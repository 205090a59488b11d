#pragma once
#include <torch/types.h>

#include "procedural_mesh.h"

// Joints, skinning weights, regressor and blend shapes of the procedural hand. All tensors float64, MANO's joint order.
namespace interprior {

// (16,3) joints of the anatomy, wrist at the origin.
torch::Tensor procedural_joints(const HandAnatomy& anatomy);

// (V,16): a digit has weights of its own three bones and the palm, never of a neighbouring digit; rows sum to 1.
torch::Tensor procedural_weights(const HandAnatomy& anatomy, const ProceduralMesh& mesh);

// (16,V): affine weights of least norm over the skin around each joint that reproduce the joint exactly; rows sum to 1.
torch::Tensor procedural_regressor(const torch::Tensor& joints, const ProceduralMesh& mesh);

// (V,3,10) mutually orthogonal directions, m per unit: size, finger length, palm width, thickness, proximal vs. distal length,
// index vs. little finger length, thumb length, arch of the knuckles, taper, thick joints.
torch::Tensor procedural_shapes(const HandAnatomy& anatomy, const ProceduralMesh& mesh, const torch::Tensor& weights);

// (45) axis-angle of a slight curl. The flexion axis is dorsal x direction (cross product) of the digit: +z for a right finger
// along -x, which curls the tip towards -y, the palm.
torch::Tensor procedural_mean_pose(const HandAnatomy& anatomy);

}  // namespace interprior
