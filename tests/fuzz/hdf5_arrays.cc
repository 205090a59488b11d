// Any HDF5 file: arrays of every kind, whole and by rows, as the features of pictures and the parts of an evaluation are read.
#include "interprior/base/tensor_file.h"

#include "fuzz/memory_file.h"

int fuzz_hdf5_arrays(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    const interprior::TensorFileReader file(memory.path(), "interprior.test", 3);
    for (const char* name : {"a", "b", "c", "d", "e", "f", "group/a", "group/b", "linked"}) {
      for (const auto dtype : {torch::kFloat32, torch::kFloat64, torch::kInt64, torch::kBool})
        interprior::fuzzed([&] { file.read(name, dtype); });
      interprior::fuzzed([&] { file.read_rows(name, torch::kFloat32, 1, 3); });
      interprior::fuzzed([&] { file.read_strings(name); });
    }
    interprior::fuzzed([&] { file.attribute("text"); });
  });
}
