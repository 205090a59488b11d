// InterHand2.6M: pictures and annotations.
#include "data/interhand_annotations.h"

#include "fuzz/memory_file.h"

int fuzz_json_annotations(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::JsonStream stream(memory.path());
    stream.members([&](const std::string& key) {
      if (key == "images") stream.elements([](const simdjson::dom::element& element, size_t) { interprior::interhand_image(element); });
      if (key == "annotations")
        stream.elements([](const simdjson::dom::element& element, size_t) { interprior::interhand_annotation(element); });
    });
    stream.finish();
  });
}
