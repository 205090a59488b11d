// 2D joints by image.
#include "interprior/infer/keypoints/keypoints.h"

#include <torch/types.h>

#include "memory_file.h"

namespace {

// A minimal hand of joints only: the procedural hand model needs more memory than an input may use.
const interprior::HandModel& small_hand() {
  static const interprior::HandModel hand = [] {
    interprior::ManoModel model;
    model.v_template = torch::arange(63, torch::kFloat64).view({21, 3}).remainder(7);
    model.shapedirs = torch::zeros({21, 3, 10}, torch::kFloat64);
    model.J_regressor = torch::eye(16, 21, torch::kFloat64);
    model.tips = torch::arange(16, 21);
    return interprior::HandModel{{model, model}, "procedural", ""};
  }();
  return hand;
}

}  // namespace

int fuzz_keypoints(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::MemoryFile memory(data, size);
    interprior::read_keypoints(memory.path(), &small_hand());
  });
}
