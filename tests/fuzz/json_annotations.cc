// InterHand2.6M: images and annotations.
#include "data/interhand/interhand_annotations.h"
#include "memory_file.h"

int fuzz_json_annotations(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::JsonStream stream(memory.path());
    stream.members([&](const std::string& key) {
      interprior::JsonFault fault;
      if (key == "images") stream.elements([&](const auto& element, size_t) { interprior::interhand_image(element, fault); });
      if (key == "annotations")
        stream.elements([&](const auto& element, size_t) { interprior::interhand_annotation(element, fault); });
    });
    stream.finish();
  });
}
