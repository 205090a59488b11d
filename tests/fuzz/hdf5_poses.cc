// poses.h5.
#include "interprior/data/poses.h"
#include "memory_file.h"

int fuzz_hdf5_poses(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_poses(memory.path());
  });
}
