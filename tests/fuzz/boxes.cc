// Boxes by image.
#include "interprior/infer/keypoints/boxes.h"

#include "memory_file.h"

int fuzz_boxes(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_boxes(memory.path());
  });
}
