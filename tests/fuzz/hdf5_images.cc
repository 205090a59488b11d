// images.h5 of both versions.
#include "interprior/data/images/image_index_file.h"
#include "memory_file.h"

int fuzz_hdf5_images(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_image_index(memory.path(), "all");
  });
}
