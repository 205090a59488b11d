// InterHand2.6M: the cameras.
#include "data/interhand/interhand_annotations.h"
#include "memory_file.h"

int fuzz_json_cameras(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_interhand_cameras(
        memory.path(), [](interprior::CameraEntry) {}, [](const auto&, const auto&) {});
  });
}
