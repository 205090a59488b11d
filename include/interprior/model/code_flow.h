#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/residual_mlp.h"

namespace interprior {

// x moved by what its kept numbers tell: y = kept x + (1 - kept) (x exp(s) + t), with s bounded. Affine coupling of Dinh et al.,
// "Density estimation using Real NVP", ICLR 2017.
class CouplingLayerImpl : public torch::nn::Module {
 public:
  CouplingLayerImpl(const torch::Tensor& kept, int64_t width);
  torch::Tensor forward(const torch::Tensor& x);  // (N,Z)
  WithTangents with_tangents(const WithTangents& x);
  struct Undone {
    torch::Tensor x, log_scale;  // (N,Z); (N): log of the determinant of y by x
  };
  Undone undo(const torch::Tensor& y);
  void start_anew();

 private:
  std::pair<torch::Tensor, torch::Tensor> change(const torch::Tensor& kept_numbers);  // s, t, both zero where kept
  torch::Tensor kept_;                                                                // (Z) 0 or 1
  ResidualMlp change_;
};
TORCH_MODULE(CouplingLayer);

// A normalising flow: standard normal noise (N,Z) to codes (N,Z) and back, by coupling layers and, after them, an affine map. A
// new one changes nothing. Its parameters need no gradient but while they are fitted (train/flow_fit.h): nothing else that learns
// moves them.
class CodeFlowImpl : public torch::nn::Module {
 public:
  CodeFlowImpl(int64_t size, int64_t layers, int64_t width);
  torch::Tensor forward(const torch::Tensor& noise);
  WithTangents with_tangents(WithTangents noise);
  // The affine map: codes of mean (Z) and lower triangular factor (Z,Z), of what the layers make.
  void set_affine(const torch::Tensor& mean, const torch::Tensor& factor);
  void reset_affine();  // to the identity
  struct Origin {
    torch::Tensor noise, log_scale;  // (N,Z); (N): log of the determinant of codes by noise
  };
  Origin origin(const torch::Tensor& code);
  torch::Tensor log_density(const torch::Tensor& code);  // (N), of codes
  void start_anew();                                     // as the identity, with other weights kept where they are finite

 private:
  torch::nn::ModuleList layers_;
  torch::Tensor mean_, factor_;
};
TORCH_MODULE(CodeFlow);

// (N) of standard normal numbers (N,Z).
torch::Tensor normal_log_density(const torch::Tensor& noise);

}  // namespace interprior
