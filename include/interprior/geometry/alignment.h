#pragma once
#include <torch/types.h>

namespace interprior {

struct Similarity {
  torch::Tensor scale;                                     // (B)
  torch::Tensor rotation;                                  // (B,3,3)
  torch::Tensor translation;                               // (B,3)
  torch::Tensor apply(const torch::Tensor& points) const;  // (B,N,3)
};

// Least-squares similarity transform target = s R source + t per batch element (Umeyama 1991); never a reflection.
// source, target (B,N,3). Degenerate input (all points of one of them equal) gives scale 1, identity and the difference of means.
Similarity procrustes(const torch::Tensor& source, const torch::Tensor& target);

}  // namespace interprior
