// Metadata of a checkpoint.
#include "interprior/model/checkpoint.h"

#include "interprior/base/files/safetensors_header.h"
#include "memory_file.h"

int fuzz_checkpoint(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_checkpoint_info(interprior::read_safetensors_header(memory.path()));
  });
}
