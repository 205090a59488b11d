// hands.h5: predictions and ground truth.
#include "interprior/metric/hand_sets/hand_set.h"
#include "memory_file.h"

int fuzz_hdf5_hands(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_hand_set(memory.path());
  });
}
