#include "interprior/hand/contact.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <vector>

#include "interprior/base/device_constant.h"
#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

// Capsule radii (m), half the thickness of the finger; bone i ends at joint i + 1: carpus and metacarpal, then three phalanges.
constexpr std::array<float, kBones> kRadii = {0.0140f, 0.0125f, 0.0105f, 0.0090f,   // thumb
                                              0.0120f, 0.0092f, 0.0080f, 0.0068f,   // index
                                              0.0125f, 0.0095f, 0.0082f, 0.0070f,   // middle
                                              0.0120f, 0.0090f, 0.0077f, 0.0066f,   // ring
                                              0.0115f, 0.0080f, 0.0068f, 0.0059f};  // pinky
constexpr double kTiny = 1e-14;  // m^2, keeps the square root of a squared distance differentiable where bones intersect

struct Segments {
  torch::Tensor start, end;  // (B,20,3)
};

const DeviceConstant kBoneRadii([] { return torch::tensor(std::vector<float>(kRadii.begin(), kRadii.end())); });
const DeviceConstant kBoneStarts([] { return torch::tensor(std::vector<int64_t>(kParents.begin() + 1, kParents.end())); });
const DeviceConstant kEndsInTip([] {
  std::vector<float> is_tip(kBones, 0.0f);
  for (const int64_t tip : kTips) is_tip[static_cast<size_t>(tip - 1)] = 1.0f;
  return torch::tensor(is_tip);
});

// A tip is a point on the skin, so the last bone ends one radius before it.
Segments bones_of(const torch::Tensor& joints, const torch::Tensor& radii) {
  const torch::Tensor start = joints.index_select(1, kBoneStarts.on(joints.device())), bone = joints.slice(1, 1) - start;
  const torch::Tensor tip = kEndsInTip.on(joints.device()).to(joints.scalar_type());
  const torch::Tensor length = (bone.square().sum(-1) + kTiny).sqrt();  // (B,20)
  const torch::Tensor kept = (1 - tip * radii / length).clamp_min(0).unsqueeze(-1);
  return {start, start + bone * kept};
}

struct Nearest {
  torch::Tensor on_right, on_left;  // (B,20,20) in [0,1] along each segment
};

// Closest points of all pairs of segments (Ericson, Real-Time Collision Detection, 5.1.9), branch-free.
Nearest nearest_points(const Segments& right, const Segments& left) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor u = (right.end - right.start).unsqueeze(2), v = (left.end - left.start).unsqueeze(1);
  const torch::Tensor w = right.start.unsqueeze(2) - left.start.unsqueeze(1);
  const torch::Tensor uu = u.square().sum(-1).clamp_min(kTiny), vv = v.square().sum(-1).clamp_min(kTiny);
  const torch::Tensor uv = (u * v).sum(-1), uw = (u * w).sum(-1), vw = (v * w).sum(-1);
  const torch::Tensor cross = uu * vv - uv.square();
  // Parallel lines have constant distance: any start point is valid, the two projections below find the segments' closest points.
  const torch::Tensor crossing = cross > 1e-6 * uu * vv;
  torch::Tensor s = torch::where(crossing, (uv * vw - uw * vv) / torch::where(crossing, cross, torch::ones_like(cross)),
                                 torch::zeros_like(cross))
                        .clamp(0, 1);
  const torch::Tensor t = ((uv * s + vw) / vv).clamp(0, 1);
  s = ((uv * t - uw) / uu).clamp(0, 1);
  return {s, t};
}

}  // namespace

torch::Tensor bone_radii(torch::Device device, torch::Dtype dtype) { return kBoneRadii.on(device).to(dtype); }

torch::Tensor capsule_distances(const PerHand<torch::Tensor>& joints) {
  ShapeCheck check("capsule_distances");
  check(joints.right, "right joints", {"B", kJoints, 3});
  check(joints.left, "left joints", {"B", kJoints, 3});
  const torch::Tensor radii = bone_radii(joints.right.device(), joints.right.scalar_type());
  const Segments right = bones_of(joints.right, radii), left = bones_of(joints.left, radii);
  // The distance is stationary in the positions of the closest points along the bones (or these are end points), so the gradient
  // with fixed positions is exact.
  const Nearest nearest = nearest_points(right, left);
  const auto point = [](const torch::Tensor& start, const torch::Tensor& end, const torch::Tensor& along) {
    return start + (end - start) * along.unsqueeze(-1);
  };
  const torch::Tensor gap = point(right.start.unsqueeze(2), right.end.unsqueeze(2), nearest.on_right) -
                            point(left.start.unsqueeze(1), left.end.unsqueeze(1), nearest.on_left);
  return (gap.square().sum(-1) + kTiny).sqrt() - radii.unsqueeze(1) - radii.unsqueeze(0);
}

torch::Tensor capsule_overlap(const PerHand<torch::Tensor>& joints) {
  const torch::Tensor depth = torch::relu(-capsule_distances(joints));
  return depth.square().sum() / std::max<int64_t>(joints.right.size(0), 1);
}

}  // namespace interprior
