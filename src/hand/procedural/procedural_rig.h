#pragma once
#include <torch/types.h>

#include "procedural_mesh.h"

// What makes a skin a blend model. All tensors float64, MANO's order of joints.
namespace interprior {

// (16,3) joints of the anatomy, wrist at the origin.
torch::Tensor procedural_joints(const HandAnatomy& anatomy);

// (V,16): each digit follows its own three bones and the palm, never a neighbour; rows sum to 1.
torch::Tensor procedural_weights(const HandAnatomy& anatomy, const ProceduralMesh& mesh);

// (16,V): affine weights of least norm over the skin around each joint that give the joint exactly; rows sum to 1.
torch::Tensor procedural_regressor(const torch::Tensor& joints, const ProceduralMesh& mesh);

// (V,3,10) mutually orthogonal directions, m per unit: size, finger length, palm width, thickness, proximal against distal,
// index against little finger, thumb length, arch of the knuckles, taper, thick joints.
torch::Tensor procedural_shapes(const HandAnatomy& anatomy, const ProceduralMesh& mesh, const torch::Tensor& weights);

// (45) axis-angle of a slight curl. Flexion turns about dorsal x direction of the digit: +z for a right finger
// along -x, which curls the tip towards -y, the palm.
torch::Tensor procedural_mean_pose(const HandAnatomy& anatomy);

}  // namespace interprior
