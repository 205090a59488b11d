#pragma once
#include "interprior/base/tensor.h"
#include "interprior/hand/pose.h"

// The outputs of the networks for B crops.
namespace interprior {

// Output of figure (a). G = S / 4: 64 for the paper's 256-pixel crops.
struct Features {
  torch::Tensor map;         // F (B,256,G,G); undefined for computed cues, which have no image
  torch::Tensor iah;         // H (B,42,G,G), channel = 21 * side + joint
  torch::Tensor mask;        // M (B,2,G,G), probabilities
  torch::Tensor mask_logit;  // M before the sigmoid
  torch::Tensor tau;         // (B,3) m: left wrist - right wrist, axes of the crop's camera
};

// A Gaussian of the code z.
struct Latent {
  torch::Tensor mean, log_variance;  // (B,Z)
};

// Camera-dependent predictions (docs/conventions.md). s in 1/m; tx, ty in half crops.
struct View {
  torch::Tensor rotation;               // right wrist in the camera (B,3,3)
  torch::Tensor rotation_log_variance;  // log-variance of its error in the tangent space (B,3)
  torch::Tensor camera;                 // s, tx, ty (B,3)
  torch::Tensor left_rotation;          // left wrist in the camera (B,3,3), predicted from the image alone
  torch::Tensor rot6d;                  // both wrists' 6D before orthonormalisation (B,2,6), right then left
};

// Output of figure (c).
struct Conditional {
  Latent z;
  View view;
};

// Output of one forward pass of a sampler.
struct Reconstruction {
  Features features;        // F, H, M, tau
  torch::Tensor tokens;     // X (B,N,D)
  Conditional conditional;  // Gaussian of z, view
  Interaction interaction;  // decoded from the mean of z
  PerHand<HandPose> pose;   // composed, frame root of the crop's camera
};
// The outputs for one crop (B = 1), sharing memory.
Reconstruction row_of(const Reconstruction& all, int64_t row);
Reconstruction clone_of(const Reconstruction& all);  // in memory of its own

}  // namespace interprior
