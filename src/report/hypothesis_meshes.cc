#include "hypothesis_meshes.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>

#include "turnable.h"

namespace interprior {

std::vector<NamedMesh> hypothesis_meshes(const HandSet& one, const std::string& title, const TwoHands& hands,
                                         const torch::Tensor& axes_from_camera) {
  const torch::NoGradGuard no_gradients;
  const int64_t count = std::min(one.hypotheses(), kShownHypotheses);
  if (count == 0) return {};
  const torch::Device device = hands.layer.right.faces_on_device().device();
  const auto shown = [&](const torch::Tensor& of_all) { return of_all[0].slice(0, 0, count).to(device); };
  HandSet each;
  for (int64_t k = 0; k < count; ++k) each.sample.push_back(c10::str(one.sample[0], "#", k));
  each.pose = shown(one.hypotheses_pose);
  each.shape = shown(one.hypotheses_shape);
  each.translation = shown(one.hypotheses_translation);
  torch::Tensor vertices = vertices_of(each, hands).to(torch::kCPU, torch::kFloat64);
  if (axes_from_camera.defined())
    vertices = torch::matmul(vertices, axes_from_camera.to(torch::kCPU, torch::kFloat64).transpose(0, 1));
  const torch::Tensor valid = valid_meshes(one)[0], stored = vertices.to(torch::kFloat32);
  std::vector<NamedMesh> meshes;
  for (int64_t k = 0; k < count; ++k) {
    HandSurfaces surfaces;
    for (const Side side : kSides) {
      const auto index = static_cast<int64_t>(side);
      if (valid[index].item<bool>() && stored[k][index].isfinite().all().item<bool>())
        surfaces[side] = mesh_from(stored[k][index], hands.layer[side].faces());
    }
    for (NamedMesh& mesh : named_frame(title, static_cast<size_t>(k + 1), surfaces)) meshes.push_back(std::move(mesh));
  }
  return meshes;
}

std::string hypothesis_note(const HandSet& one) {
  const int64_t all = one.hypotheses();
  if (all == 0) return "";
  return all > kShownHypotheses ? c10::str("; in 3D also the first ", kShownHypotheses, " of ", all, " hypotheses")
                                : c10::str("; in 3D also its ", all, " hypotheses");
}

}  // namespace interprior
