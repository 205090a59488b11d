#include <torch/types.h>

#include <array>

#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"
#include "interprior/objective/keypoint_cues.h"

namespace interprior {
namespace {

constexpr double kRadius = 0.2;                                  // of the upper quartile of the bones' lengths
constexpr double kMinArea = 0.01;                                // cells, twice a triangle's
constexpr double kUpper = 0.25;                                  // share of bones that are longer
constexpr double kThinnest = 0.01, kThickest = 0.05;             // of the crop
constexpr std::array<int64_t, 5> kKnuckles = {1, 5, 9, 13, 17};  // thumb .. pinky

// S segments of each of N hands: ends (N,S,2) in cells, and whether a segment is present (N,S).
struct Segments {
  torch::Tensor from, to, there;
};

// A bone starts at the nearest found ancestor of its joint; a joint without a found ancestor becomes a disc.
Segments segments_of(const torch::Tensor& place, const torch::Tensor& found) {
  const auto joint = [](const torch::Tensor& tensor, int64_t i) { return tensor.select(1, i); };
  std::array<torch::Tensor, kJoints> anchor, anchored;
  std::vector<torch::Tensor> from, to, there;
  const auto add = [&](const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& both) {
    from.push_back(a);
    to.push_back(b);
    there.push_back(both);
  };
  for (int64_t i = 0; i < kJoints; ++i) {
    const auto at = static_cast<size_t>(i);
    const torch::Tensor here = joint(found, i), x = joint(place, i);
    if (i == kWrist) {
      anchor[at] = x;
      anchored[at] = here;
      add(x, x, here);
      continue;
    }
    const auto parent = static_cast<size_t>(kParents[at]);
    add(torch::where(anchored[parent].unsqueeze(1), anchor[parent], x), x, here);
    anchor[at] = torch::where(here.unsqueeze(1), x, anchor[parent]);
    anchored[at] = here.logical_or(anchored[parent]);
  }
  for (size_t k = 0; k + 1 < kKnuckles.size(); ++k)
    add(joint(place, kKnuckles[k]), joint(place, kKnuckles[k + 1]),
        joint(found, kKnuckles[k]).logical_and(joint(found, kKnuckles[k + 1])));
  return {torch::stack(from, 1), torch::stack(to, 1), torch::stack(there, 1)};
}

// Radius (N) of a hand's capsules in cells.
torch::Tensor radius_of(const torch::Tensor& place, const torch::Tensor& found, double grid) {
  const torch::Tensor parents = torch::tensor(std::vector<int64_t>(kParents.begin() + 1, kParents.end()), place.device());
  const torch::Tensor length = (place.slice(1, 1) - place.index_select(1, parents)).norm(2, {2});
  const torch::Tensor known = found.slice(1, 1).logical_and(found.index_select(1, parents));
  const torch::Tensor longest_first = std::get<0>(length.masked_fill(known.logical_not(), 0).sort(1, /*descending=*/true));
  const torch::Tensor index = (known.sum(1, /*keepdim=*/true) * kUpper).to(torch::kInt64);
  return (kRadius * longest_first.gather(1, index).squeeze(1)).clamp(kThinnest * grid, kThickest * grid);
}

// Whether points (G*G,2) are inside the triangle of three joints of each hand (N,G*G); a degenerate triangle contains none.
torch::Tensor in_triangle(const torch::Tensor& cells, const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& c) {
  const auto left_of = [&](const torch::Tensor& p, const torch::Tensor& q) {
    const torch::Tensor along = (q - p).unsqueeze(1), to = cells.unsqueeze(0) - p.unsqueeze(1);
    return along.select(2, 0) * to.select(2, 1) - along.select(2, 1) * to.select(2, 0);
  };
  const torch::Tensor ab = left_of(a, b), bc = left_of(b, c), ca = left_of(c, a);
  const torch::Tensor has_area = (ab + bc + ca).abs() > kMinArea;
  return has_area & ((ab.ge(0) & bc.ge(0) & ca.ge(0)) | (ab.le(0) & bc.le(0) & ca.le(0)));
}

}  // namespace

torch::Tensor bone_masks(const FoundJoints& in_crop, int64_t crop_size, int64_t grid) {
  const torch::NoGradGuard no_grad;
  ShapeCheck check("bone_masks");
  check(in_crop.place, "place", {"B", 2 * kJoints, 2})(in_crop.found, "found", {"B", 2 * kJoints});
  const double stride = static_cast<double>(crop_size) / static_cast<double>(grid);
  // Joints far outside the crop must neither overflow nor appear in the mask.
  const torch::Tensor place = ((in_crop.place.nan_to_num(-1e6, 1e6, -1e6) + 0.5) / stride - 0.5)
                                  .clamp(-4.0 * static_cast<double>(grid), 5.0 * static_cast<double>(grid))
                                  .unflatten(1, {2, kJoints})
                                  .flatten(0, 1);  // (2B,21,2) cells
  const torch::Tensor found = in_crop.found.unflatten(1, {2, kJoints}).flatten(0, 1);
  const torch::Tensor line = torch::arange(grid, place.options());
  const torch::Tensor cells = torch::stack({line.repeat({grid}), line.repeat_interleave(grid)}, 1);  // (G*G,2)

  const Segments bones = segments_of(place, found);
  const torch::Tensor along = bones.to - bones.from;                                                  // (N,S,2)
  const torch::Tensor squared = along.square().sum(2).clamp_min(1e-12);                               // (N,S)
  const torch::Tensor on_from = torch::matmul(along, cells.t()) - (along * bones.from).sum(2, true);  // (N,S,G*G)
  const torch::Tensor t = (on_from / squared.unsqueeze(2)).clamp(0, 1);
  const auto apart = [&](int64_t axis) {
    return t * along.select(2, axis).unsqueeze(2) + bones.from.select(2, axis).unsqueeze(2) - cells.select(1, axis);
  };
  const torch::Tensor distance =
      (apart(0).square() + apart(1).square()).sqrt().masked_fill(bones.there.logical_not().unsqueeze(2), 1e6).amin(1);
  const torch::Tensor radius = radius_of(place, found, static_cast<double>(grid)).unsqueeze(1);
  torch::Tensor covered = (radius - distance + 0.5).clamp(0, 1);  // (N,G*G)
  for (size_t k = 0; k + 1 < kKnuckles.size(); ++k) {
    const auto joint = [&](int64_t i) { return place.select(1, i); };
    const auto here = [&](int64_t i) { return found.select(1, i); };
    const torch::Tensor all = here(kWrist).logical_and(here(kKnuckles[k])).logical_and(here(kKnuckles[k + 1]));
    const torch::Tensor palm = in_triangle(cells, joint(kWrist), joint(kKnuckles[k]), joint(kKnuckles[k + 1]));
    covered = torch::where(palm.logical_and(all.unsqueeze(1)), torch::ones_like(covered), covered);
  }
  return covered.view({-1, 2, grid, grid});
}

}  // namespace interprior
