#pragma once
#include "interprior/base/tensor.h"
#include "interprior/hand/side.h"

// Hand poses and meshes, the interface types of all modules. Frames: `camera` = the (crop's) pinhole camera; `root` = origin at
// the right wrist, axes of the camera.
namespace interprior {

// MANO parameters of B hands in frame root.
struct HandPose {
  torch::Tensor rotations;      // theta (B,16,3,3), wrist first, MANO's joint order, absolute (hands_mean already added)
  torch::Tensor shape;          // beta (B,10)
  torch::Tensor wrist_in_root;  // (B,3) m: zero for the right hand, tau for the left
};

// The view-independent interaction of two hands, in the right wrist's frame: the 209 dimensions of the prior.
struct Interaction {
  PerHand<torch::Tensor> fingers;  // (B,15,3,3)
  PerHand<torch::Tensor> shape;    // (B,10)
  torch::Tensor left_from_right;   // R_rel (B,3,3): R_right^T R_left
  torch::Tensor left_in_right;     // t_rel (B,3) m: R_right^T (left wrist - right wrist)
};

// Surface and skeleton of B hands in frame root.
struct HandMesh {
  torch::Tensor vertices_in_root;  // V (B,V,3) m
  torch::Tensor joints_in_root;    // J (B,21,3) m, order of hand/skeleton.h
};

// The two hands of an interaction under a right-wrist rotation (B,3,3): R_left = R_right R_rel, left wrist = R_right t_rel.
PerHand<HandPose> pose_from(const Interaction& interaction, const torch::Tensor& right_rotation);
// The inverse of pose_from; the right wrist rotation is dropped.
Interaction interaction_from(const PerHand<HandPose>& pose);

// Swaps the hands by the mirror M = diag(-1,1,1): an exact symmetry of MANO.
Interaction mirrored(const Interaction& interaction);       // R_rel' = M R_rel^T M, t_rel' = -M R_rel^T t_rel
PerHand<HandPose> mirrored(const PerHand<HandPose>& pose);  // hands swapped, rotations M R M, tau' = -M tau

// Batch elements of a where the mask (B) bool is true, of b elsewhere.
Interaction select_where(const torch::Tensor& where, const Interaction& a, const Interaction& b);

HandPose rows(const HandPose& pose, const torch::Tensor& index);
HandPose to(const HandPose& pose, torch::Device device);
PerHand<HandPose> to(const PerHand<HandPose>& pose, torch::Device device);
Interaction to(const Interaction& interaction, torch::Device device);

}  // namespace interprior
