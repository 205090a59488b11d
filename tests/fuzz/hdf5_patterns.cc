// patterns.h5.
#include "interprior/data/patterns.h"
#include "memory_file.h"

int fuzz_hdf5_patterns(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_modalities(memory.path());
    interprior::read_patterns(memory.path());
  });
}
