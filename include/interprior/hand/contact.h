#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/pose.h"

namespace interprior {

// A hand as 20 capsules, one a bone (joint i and its parent), for contact and penetration between two hands. The tips are points
// of the skin, so the last capsule of a finger ends with its cap there, not with its axis.
inline constexpr int64_t kBones = 20;
inline constexpr double kContactDistance = 0.005;  // m, hands nearer than this touch

// (20) m; bone i ends at joint i + 1.
torch::Tensor bone_radii(torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

// Signed distance between the surfaces of every right and every left capsule (B,20,20) m, negative where they overlap.
// joints (B,21,3) of both hands in one frame. Differentiable.
torch::Tensor capsule_distances(const PerHand<torch::Tensor>& joints);

// Mean over the batch of the summed squared overlap of the capsules, m^2; zero for separated hands. Shape as above.
torch::Tensor capsule_overlap(const PerHand<torch::Tensor>& joints);

// Mean over the batch of the summed squared depth (m^2) of each hand's vertices in the other hand: how far a vertex lies behind
// its nearest vertex of the other hand, along the normal there; a vertex farther than 2 cm from it, or nearest to the open rim of
// the wrist, is outside. Zero for separated hands. The tangent plane at a vertex stands up to half a millimetre above the mesh
// between vertices, so hands that touch may count that much. Differentiable; meshes of one frame, made by `hands`.
torch::Tensor surface_overlap(const PerHand<HandMesh>& mesh, const TwoHands& hands);

// How two posed hands meet, measured between their surfaces: each vertex against the triangles around the other hand's nearest
// vertex. Of edges that pass through each other between vertices nothing is seen. No gradient.
struct SurfaceContact {
  torch::Tensor depth;     // (B) m: how deep the deepest vertex of either hand lies in the other; 0 for separated hands
  torch::Tensor distance;  // (B) m between the surfaces: 0 where one reaches into the other, infinite beyond 2 cm
};
SurfaceContact surface_contact(const PerHand<HandMesh>& mesh, const TwoHands& hands);

// What it takes to bring hands into contact and out of each other, sample by sample; depths as in surface_overlap,
// differentiable.
struct SurfaceTension {
  torch::Tensor overlap;  // (B) m^2: summed squares of what each vertex lies deeper than `allowed_depth`
  torch::Tensor gap;      // (B) m: how far the vertex nearest to the other hand stands before its nearest's plane; negative
                          // behind it; 0 where no vertex lies within 2 cm
};
SurfaceTension surface_tension(const PerHand<HandMesh>& mesh, const TwoHands& hands, double allowed_depth);

// What interpenetration costs: both of the above, m^2.
torch::Tensor penetration_loss(const PerHand<HandMesh>& mesh, const TwoHands& hands);

}  // namespace interprior
