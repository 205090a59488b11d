// Writes tensors and metadata to a safetensors file, which Python's safetensors reads too, and reads them back.
// Run: ./safetensors_file FILE.safetensors
#include <torch/types.h>

#include <iostream>

#include "interprior/base/files/safetensors.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const torch::Tensor joints = torch::arange(126, torch::kFloat32).view({2, 21, 3});
  interprior::write_safetensors(argv[1], {{"joints", joints}, {"seen", joints > 3}}, {{"unit", "m"}});

  const interprior::Safetensors file(argv[1]);
  for (const std::string& name : file.names()) std::cout << name << " " << file.tensor(name).sizes() << "\n";
  std::cout << "unit " << file.metadata().at("unit") << ", equal: " << torch::equal(file.tensor("joints"), joints) << "\n";
  return 0;
}
