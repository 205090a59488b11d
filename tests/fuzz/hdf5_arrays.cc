// Any HDF5 file: arrays of every type, whole and by rows, as image features and evaluation parts are read.
#include <torch/types.h>

#include "interprior/base/files/tensor_file.h"
#include "memory_file.h"

int fuzz_hdf5_arrays(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    const interprior::TensorFileReader file(memory.path(), "interprior.test", 3);
    for (const char* name : {"a", "b", "c", "d", "e", "f", "group/a", "group/b", "linked"}) {
      interprior::fuzzed([&] {
        if (!file.has(name)) return;
        const std::vector<int64_t> sizes = file.shape(name);
        interprior::fuzzed([&] { file.read(name, torch::kFloat32); });
        interprior::fuzzed([&] { file.read(name, torch::kInt64); });
        interprior::fuzzed([&] { file.read_strings(name); });
        if (!sizes.empty() && sizes[0] > 2) interprior::fuzzed([&] { file.read_rows(name, torch::kFloat64, 1, 3); });
      });
    }
    interprior::fuzzed([&] { file.attribute("text"); });
  });
}
