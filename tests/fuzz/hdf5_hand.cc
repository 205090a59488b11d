// hand.h5.
#include "interprior/hand/mano_model.h"
#include "memory_file.h"

int fuzz_hdf5_hand(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_hand_model(memory.path());
  });
}
