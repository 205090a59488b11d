#include "interprior/report/draw_image.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"
#include "turnable.h"

namespace interprior {
namespace {

constexpr int64_t kShown = 40, kPerRow = 8, kMeshes = 24;

Interaction leading(const Interaction& of, int64_t count) {
  const auto some = [&](const torch::Tensor& part) { return part.slice(0, 0, count); };
  return {{some(of.fingers.right), some(of.fingers.left)},
          {some(of.shape.right), some(of.shape.left)},
          some(of.left_from_right),
          some(of.left_in_right)};
}

std::string mesh_name(int64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "draw_%04lld.glb", static_cast<long long>(number));
  return name;
}

}  // namespace

void write_samples(const std::filesystem::path& folder, const Interaction& interaction, const TwoHands& hands) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  require(!failure && std::filesystem::is_directory(folder), "this folder cannot be made: " + failure.message(), folder.string(),
          "choose another --draw");
  const torch::NoGradGuard no_grad;
  const int64_t count = std::min(kShown, interaction.left_in_right.size(0));
  const Interaction shown = leading(interaction, count);
  const torch::Tensor upright = torch::eye(3, shown.left_from_right.options()).expand({count, 3, 3});
  const PerHand<HandMesh> mesh = hands(pose_from(shown, upright));
  std::vector<cv::Mat> rows;
  std::vector<cv::Mat> panels;
  for (int64_t i = 0; i < count; ++i) {
    const HandSurfaces surfaces = surfaces_of(mesh, i, {0, 0, 0}, hands);
    panels.push_back(draw_framed(surfaces, 0, radius_of(surfaces)));
    if (i < kMeshes) write_glb(folder / mesh_name(i), named_meshes("", surfaces));
    if (static_cast<int64_t>(panels.size()) == kPerRow || i + 1 == count) {
      while (!rows.empty() && static_cast<int64_t>(panels.size()) < kPerRow)
        panels.push_back(cv::Mat(panels[0].size(), panels[0].type(), cv::Scalar::all(255)));
      rows.push_back(beside(panels, 3));
      panels.clear();
    }
  }
  for (int64_t i = count; i < kMeshes; ++i) std::filesystem::remove(folder / mesh_name(i), failure);
  write_image(folder / "contact_sheet.png", stacked(rows, 3));
}

}  // namespace interprior
