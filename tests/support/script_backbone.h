#pragma once
#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <filesystem>
#include <string>

namespace interprior {

// A TorchScript backbone of four strided averages, each with one trainable factor.
inline std::filesystem::path write_script(const std::filesystem::path& file, const std::string& result = "(a, b, c, d)") {
  torch::jit::Module inner("Stem"), script("Backbone");
  inner.register_parameter("scale", torch::full({1}, 2.0f), /*is_buffer=*/false);
  script.register_module("stem", inner);
  script.register_buffer("offset", torch::full({1}, 0.25f));
  script.define(R"(
def forward(self, x):
    a = torch.avg_pool2d(x, [4, 4]) * self.stem.scale + self.offset
    b = torch.avg_pool2d(a, [2, 2])
    c = torch.avg_pool2d(b, [2, 2])
    d = torch.avg_pool2d(c, [2, 2])
    return )" + result +
                "\n");
  script.save(file.string());
  return file;
}

}  // namespace interprior
