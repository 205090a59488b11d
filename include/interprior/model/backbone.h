#pragma once
#include <torch/nn/module.h>
#include <torch/types.h>

#include <array>
#include <filesystem>
#include <memory>

namespace interprior {

// The backbone of figure (a): a normalised image (B,3,S,S) to four stages at strides 4, 8, 16 and 32.
class Backbone : public torch::nn::Module {
 public:
  virtual std::array<torch::Tensor, 4> forward(const torch::Tensor& image) = 0;
  virtual const std::array<int64_t, 4>& channels() const = 0;
  // Prepares for inference on a CPU in fp32 or bf16 (ConvNorm::fuse); by default nothing.
  virtual void fuse(torch::Dtype dtype) {}
};

// Any other backbone, written by `torch.jit.script(...).save(FILE)`: one tensor in, a tuple or list of the four stages out. Its
// parameters and buffers are registered under their own names, so training, EMA and checkpoints include them. A checkpoint holds
// the file's path, not the TorchScript code. Throws Error if the file is no TorchScript or its stages have other strides.
std::shared_ptr<Backbone> open_script_backbone(const std::filesystem::path& file);

}  // namespace interprior
