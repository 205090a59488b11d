// Image files: JPEG, PNG and other formats.
#include "interprior/data/images/image.h"

#include "interprior/render/image_files/image_file.h"
#include "memory_file.h"

int fuzz_image(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    interprior::fuzzed([&] { interprior::decode_reduced(bytes, "memory", 4); });
    interprior::decode_image(bytes, "memory");
  });
}
