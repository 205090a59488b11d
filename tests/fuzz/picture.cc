// A JPEG, a PNG or another kind of picture.
#include "interprior/data/images/picture.h"

#include "interprior/render/image_files/image_file.h"
#include "memory_file.h"

int fuzz_picture(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    interprior::fuzzed([&] { interprior::decode_reduced(bytes, "memory", 4); });
    interprior::decode_image(bytes, "memory");
  });
}
