#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/sampling.h"

namespace interprior {

// Additive correction of one refinement step (docs/method.md, Refinement).
struct Correction {
  torch::Tensor z;       // to the mean of z (B,Z)
  torch::Tensor rot6d;   // to both wrists' 6D (B,2,6)
  torch::Tensor camera;  // to log s, tx, ty (B,3)
  torch::Tensor tau;     // (B,3) m
};

// One step of `refine`: S is sampled at the projections of the decoded joints, and a small head predicts the correction, which is
// zero at initialisation. Projection is the view camera's scaled orthography, within 2 px of the pinhole at 256 px.
class RefinementImpl : public torch::nn::Module {
 public:
  RefinementImpl(int64_t channels, int64_t width, int64_t latent);
  // stack: S (B,C,G,G); joints_in_root (B,42,3) m.
  Correction forward(const torch::Tensor& stack, const torch::Tensor& joints_in_root, const Conditional& now,
                     const torch::Tensor& tau);
  // Zeroes the weights of F, the first channels of S.
  void start_without_features(int64_t feature_channels);

 private:
  int64_t latent_;
  torch::nn::Linear reduce_, hidden_, correction_;
};
TORCH_MODULE(Refinement);

}  // namespace interprior
