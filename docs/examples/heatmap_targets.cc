// Targets of the interaction adjacency heatmaps (IAH) of two hands whose index finger tips nearly touch in the image.
// Run: ./heatmap_targets
#include <iostream>

#include "interprior/hand/skeleton.h"
#include "interprior/objective/adjacency_heatmap.h"

int main() {
  constexpr int64_t kRightTip = 8, kLeftTip = interprior::kJoints + 8, kCrop = 256, kGrid = 64;
  interprior::HeatmapJoints joints;  // of one image: 21 of the right hand, 21 of the left
  const torch::Tensor place = torch::arange(42);
  joints.in_image = torch::stack({20 + 36 * (place % 7), 20 + 36 * place.floor_divide(7)}, 1).to(torch::kFloat32).unsqueeze(0);
  joints.in_image[0][kRightTip] = torch::tensor({129.5, 73.5});  // px of the crop: column 32, row 18 of the map
  joints.in_image[0][kLeftTip] = torch::tensor({137.5, 73.5});   // two cells of 4 px to the right
  joints.valid = torch::ones({1, 42}, torch::kBool);

  for (const auto& [kind, name] : interprior::EnumNames<interprior::HeatmapKind>::table()) {
    if (kind != interprior::HeatmapKind::iah && kind != interprior::HeatmapKind::joint) continue;
    interprior::HeatmapConfig config;
    config.kind = kind;
    const torch::Tensor maps = interprior::heatmap_target(config, joints, kCrop, kGrid).maps;  // (1,42,64,64)
    const torch::Tensor map = maps[0][kRightTip];                                              // rows, columns
    std::cout << name << ": " << map[18][32].item<double>() << " at the tip, " << map[18][34].item<double>()
              << " at the other hand's tip, " << map[32][18].item<double>() << " elsewhere\n";
  }
  return 0;
}
