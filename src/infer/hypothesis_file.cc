#include "interprior/infer/hypothesis_file.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "interprior/base/files/atomic_file.h"
#include "interprior/data/patterns.h"
#include "interprior/geometry/mesh.h"
#include "interprior/render/hand_colour.h"

namespace interprior {
namespace {

// (K,2,...): of both hands of each pair.
torch::Tensor stacked(const std::vector<PerHand<ManoParameters>>& pairs, torch::Tensor ManoParameters::*member) {
  std::vector<torch::Tensor> rows;
  for (const PerHand<ManoParameters>& pair : pairs) rows.push_back(torch::stack({pair.right.*member, pair.left.*member}));
  return torch::stack(rows);
}

}  // namespace

void write_hypothesis_meshes(const std::filesystem::path& folder, const std::string& name,
                             const std::vector<PerHand<ManoParameters>>& hypotheses, const TwoHands& hands,
                             PerHand<bool> present) {
  const torch::NoGradGuard no_grad;
  const std::filesystem::path file = folder / kHypothesisFolder / (name + ".glb");
  if (hypotheses.empty() || (!present.right && !present.left)) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return;
  }
  const std::vector<PerHand<ManoParameters>> shown(
      hypotheses.begin(), hypotheses.begin() + static_cast<ptrdiff_t>(std::min(hypotheses.size(), kHypothesisMeshes)));
  const PatternBatch mano = PatternBatch{stacked(shown, &ManoParameters::pose), stacked(shown, &ManoParameters::shape),
                                         stacked(shown, &ManoParameters::translation)}
                                .to(hands.layer.right.faces_on_device().device());
  const PerHand<HandMesh> posed = hands(pose_from(mano, hands));
  const torch::Tensor root = hands.layer.right.rest_wrist(mano.shape.select(1, 0)) + mano.translation.select(1, 0);
  std::vector<NamedMesh> meshes;
  for (size_t k = 0; k < shown.size(); ++k)
    for (const Side side : kSides) {
      if (!present[side]) continue;
      const auto row = static_cast<int64_t>(k);
      const torch::Tensor vertices = (posed[side].vertices_in_root[row] + root[row]).to(torch::kCPU, torch::kFloat32);
      meshes.push_back({c10::str("hypotheses#", k + 1, "/", side_name(side)), mesh_from(vertices, hands.layer[side].faces()),
                        linear_hand_colour(side)});
    }
  make_folder(file.parent_path());
  write_glb(file, meshes);
}

}  // namespace interprior
