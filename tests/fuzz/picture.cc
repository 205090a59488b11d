// A JPEG, a PNG or another kind of picture.
#include "interprior/data/picture.h"

#include "fuzz/memory_file.h"

int fuzz_picture(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    interprior::picture_facts(bytes, "memory");
    interprior::decode_picture(bytes, "memory");
    interprior::decode_reduced(bytes, "memory", 4);
  });
}
