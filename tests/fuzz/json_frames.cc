// InterHand2.6M: joints in 3D, and MANO parameters.
#include "data/interhand/interhand_annotations.h"
#include "memory_file.h"

int fuzz_json_frames(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_interhand_frames(memory.path(), [](const auto&, const auto&, const simdjson::dom::element& element) {
      interprior::JsonFault fault;
      interprior::interhand_joints(element, fault);
      for (const interprior::Side side : interprior::kSides) interprior::interhand_mano(element, side, fault);
    });
  });
}
