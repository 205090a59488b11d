#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/pose.h"

namespace interprior {

// A hand as 20 capsules, one per bone (joint i and its parent), for contact and penetration between two hands. Tips are points on
// the skin, so the last capsule of a finger ends at the tip with its cap, not with its axis.
inline constexpr int64_t kBones = 20;
inline constexpr double kContactDistance = 0.005;  // m, hands closer than this are in contact

// Capsule radii (20) m; bone i ends at joint i + 1.
torch::Tensor bone_radii(torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

// Signed distance between the surfaces of every right and every left capsule (B,20,20) m, negative where they overlap.
// joints (B,21,3) of both hands in one frame. Differentiable.
torch::Tensor capsule_distances(const PerHand<torch::Tensor>& joints);

// Mean over the batch of the summed squared overlap of the capsules, m^2; zero for separated hands. Shape as above.
torch::Tensor capsule_overlap(const PerHand<torch::Tensor>& joints);

// Mean over the batch of the summed squared depth (m^2) of each hand's vertices in the other hand. The depth of a vertex is its
// distance behind the nearest vertex of the other hand, along the normal there. A vertex more than 2 cm from the nearest vertex,
// or nearest to the open rim of the wrist, counts as outside. Zero for separated hands. The tangent plane at a vertex is up to
// 0.5 mm above the mesh between vertices, so touching hands may have a depth of that size. Differentiable; both meshes in one
// frame, computed by `hands`.
torch::Tensor surface_overlap(const PerHand<HandMesh>& mesh, const TwoHands& hands);

// Contact of two posed hands, measured from each vertex to the triangles around the other hand's nearest vertex. Edges that
// intersect between vertices are not detected. No gradient.
struct SurfaceContact {
  torch::Tensor depth;     // (B) m: maximum penetration depth of the vertices of either hand; 0 for separated hands
  torch::Tensor distance;  // (B) m between the surfaces: 0 if they intersect, infinite beyond 2 cm
};
SurfaceContact surface_contact(const PerHand<HandMesh>& mesh, const TwoHands& hands);

// Terms of an optimisation that brings hands into contact without penetration, per sample; depths as in surface_overlap,
// differentiable.
struct ContactTerms {
  torch::Tensor overlap;  // (B) m^2: sum over vertices of the squared depth beyond `allowed_depth`
  torch::Tensor gap;      // (B) m: signed distance of the closest vertex from the tangent plane at its nearest vertex, negative
                          // behind the plane; 0 if no vertex is within 2 cm
};
ContactTerms contact_terms(const PerHand<HandMesh>& mesh, const TwoHands& hands, double allowed_depth);

// Penetration loss: capsule_overlap + surface_overlap, m^2.
torch::Tensor penetration_loss(const PerHand<HandMesh>& mesh, const TwoHands& hands);

}  // namespace interprior
