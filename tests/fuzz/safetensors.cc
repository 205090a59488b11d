// A safetensors file: its header, and every tensor.
#include "interprior/base/files/safetensors.h"

#include "memory_file.h"

int fuzz_safetensors(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    const interprior::Safetensors file(memory.path());
    for (const std::string& name : file.names()) file.tensor(name);
  });
}
