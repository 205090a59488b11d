#include "procedural_surface.h"

#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace interprior {
namespace {

constexpr double kDigitMelt = 0.0008, kPalmMelt = 0.0045, kHandMelt = 0.0024;  // m, width of the transition between parts
constexpr double kThickness = 0.90;                                            // of a digit, relative to its width

torch::Tensor melted(const torch::Tensor& distances, double width) { return -width * (-distances / width).logsumexp(-1); }

torch::Tensor row(const std::array<double, 3>& v) { return torch::tensor({v[0], v[1], v[2]}, torch::kFloat64); }

}  // namespace

HandSurface::HandSurface(const HandAnatomy& anatomy) {
  std::vector<torch::Tensor> start, end, start_radius, end_radius, dorsal;
  const double flat = std::sqrt(1 / (kThickness * kThickness) - 1);
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const torch::Tensor joints = anatomy.joints[digit], radii = anatomy.radii[digit];
    for (int64_t i = 0; i < 3; ++i) {
      torch::Tensor last = joints[i + 1];
      if (i == 2) {
        const torch::Tensor bone = last - joints[i];
        last = last - bone / bone.norm() * radii[3];  // the round cap ends at the tip
      }
      start.push_back(joints[i]);
      end.push_back(last);
      start_radius.push_back(radii[i]);
      end_radius.push_back(radii[i + 1]);
      dorsal.push_back(anatomy.dorsal[digit] * flat);
    }
    group_ends_.push_back(static_cast<int64_t>(start.size()));
  }
  for (const FleshCone& cone : palm_flesh()) {
    start.push_back(row(cone.start));
    end.push_back(row(cone.end));
    start_radius.push_back(torch::tensor(cone.start_radius, torch::kFloat64));
    end_radius.push_back(torch::tensor(cone.end_radius, torch::kFloat64));
    dorsal.push_back(torch::zeros({3}, torch::kFloat64));
  }
  group_ends_.push_back(static_cast<int64_t>(start.size()));
  start_ = torch::stack(start);
  bone_ = torch::stack(end) - start_;
  start_radius_ = torch::stack(start_radius);
  end_radius_ = torch::stack(end_radius);
  dorsal_ = torch::stack(dorsal);
}

torch::Tensor HandSurface::distance(const torch::Tensor& points) const {
  const torch::Tensor from_start = points.unsqueeze(1) - start_;                                    // (N,C,3)
  const torch::Tensor along = ((from_start * bone_).sum(-1) / bone_.square().sum(-1)).clamp(0, 1);  // (N,C)
  const torch::Tensor from_axis = from_start - along.unsqueeze(-1) * bone_;
  const torch::Tensor squared = from_axis.square().sum(-1) + (from_axis * dorsal_).sum(-1).square();
  const torch::Tensor radius = start_radius_ + along * (end_radius_ - start_radius_);
  const torch::Tensor cones = (squared + 1e-16).sqrt() - radius;
  std::vector<torch::Tensor> groups;
  int64_t begin = 0;
  for (const int64_t end : group_ends_) {
    const bool palm = end == group_ends_.back();
    groups.push_back(melted(cones.slice(1, begin, end), palm ? kPalmMelt : kDigitMelt));
    begin = end;
  }
  return melted(torch::stack(groups, 1), kHandMelt);
}

torch::Tensor HandSurface::project(const torch::Tensor& points, const torch::Tensor& level, int steps) const {
  const torch::AutoGradMode with_gradient(true);
  torch::Tensor moved = points.detach();
  for (int step = 0; step < steps; ++step) {
    const torch::Tensor leaf = moved.clone().requires_grad_(true);
    const torch::Tensor value = distance(leaf);
    const torch::Tensor gradient = torch::autograd::grad({value.sum()}, {leaf})[0];
    const torch::Tensor slope = gradient.square().sum(1, true).clamp_min(0.1);
    moved = moved - ((value.detach() - level).clamp(-0.01, 0.01).unsqueeze(1) * gradient / slope);
  }
  return moved;
}

}  // namespace interprior
