#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/residual_mlp.h"

namespace interprior {

// Affine coupling layer (Dinh et al., "Density estimation using Real NVP", ICLR 2017): y = kept x + (1 - kept) (x exp(s) + t).
// s (bounded) and t are functions of the kept entries.
class CouplingLayerImpl : public torch::nn::Module {
 public:
  CouplingLayerImpl(const torch::Tensor& kept, int64_t width);
  torch::Tensor forward(const torch::Tensor& x);  // (N,Z)
  WithTangents with_tangents(const WithTangents& x);
  struct Inverse {
    torch::Tensor x, log_scale;  // (N,Z); (N): log-determinant of dy/dx
  };
  Inverse undo(const torch::Tensor& y);  // inverse
  void reset_weights();                  // resets to the identity

 private:
  std::pair<torch::Tensor, torch::Tensor> change(const torch::Tensor& kept_numbers);  // s, t, both zero where kept
  torch::Tensor kept_;                                                                // (Z) 0 or 1
  ResidualMlp change_;
};
TORCH_MODULE(CouplingLayer);

// A normalising flow between standard normal noise (N,Z) and codes (N,Z): coupling layers, then an affine map. Initialised to the
// identity. Its parameters require gradients only while they are fitted (train/flow_fit.h), so that no other training changes
// them.
class CodeFlowImpl : public torch::nn::Module {
 public:
  CodeFlowImpl(int64_t size, int64_t layers, int64_t width);
  torch::Tensor forward(const torch::Tensor& noise);
  WithTangents with_tangents(WithTangents noise);
  // Affine map of the layers' output x: code = mean + factor x; mean (Z), factor (Z,Z) lower triangular.
  void set_affine(const torch::Tensor& mean, const torch::Tensor& factor);
  void reset_affine();  // to the identity
  struct Origin {
    torch::Tensor noise, log_scale;  // (N,Z); (N): log-determinant of d code / d noise
  };
  Origin origin(const torch::Tensor& code);              // inverse
  torch::Tensor log_density(const torch::Tensor& code);  // (N), of codes
  void reset_weights();                                  // resets to the identity; other weights are kept where finite

 private:
  torch::nn::ModuleList layers_;
  torch::Tensor mean_, factor_;
};
TORCH_MODULE(CodeFlow);

// Log-density (N) of noise (N,Z) under N(0, I).
torch::Tensor normal_log_density(const torch::Tensor& noise);

}  // namespace interprior
