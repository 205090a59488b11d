#include "interprior/report/heatmap_image.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/hand/skeleton.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"

namespace interprior {
namespace {

struct Kind {
  const char* title;
  HeatmapConfig config;
};

std::vector<Kind> kinds() {
  HeatmapConfig joint, all, gaussian, space;
  joint.kind = HeatmapKind::joint;
  all.kind = HeatmapKind::visible_all;
  gaussian.kernel = HeatmapKernel::gaussian;
  space.neighbourhood = Neighbourhood::space;
  return {{"joint", joint}, {"visible_all", all}, {"iah", {}}, {"iah, gaussian", gaussian}, {"iah, in space", space}};
}

// Neighbours of every joint, without itself: (42,42) bool.
torch::Tensor neighbours(const torch::Tensor& points, double reach) {
  return (torch::cdist(points, points) <= reach).logical_and(torch::eye(points.size(0), points.options()) == 0);
}

// Joints that show the differences between kinds: most neighbours in the image, most neighbours in the image that are not
// neighbours in space, fewest neighbours in the image.
std::vector<int64_t> telling_joints(const SamplerTruth& truth, double pixels) {
  const HeatmapConfig usual;
  const torch::Tensor in_image = neighbours(truth.joints_in_image[0].to(torch::kCPU), pixels);
  const torch::Tensor in_space = neighbours(truth.joints_in_camera[0].to(torch::kCPU), usual.r_space);
  const torch::Tensor count = in_image.sum(1), seeming = in_image.logical_and(in_space.logical_not()).sum(1);
  std::vector<int64_t> joints = {count.argmax().item<int64_t>()};
  for (const torch::Tensor& scores : {seeming, count.neg()}) {
    torch::Tensor others = scores.clone();
    for (const int64_t taken : joints) others[taken] = -1000;
    joints.push_back(others.argmax().item<int64_t>());
  }
  return joints;
}

std::string joint_title(int64_t joint) {
  const Side side = joint < kJoints ? Side::right : Side::left;
  return std::string(side_name(side)) + " " + kJointNames[static_cast<size_t>(joint % kJoints)];
}

}  // namespace

cv::Mat draw_heatmap_kinds(const ImageBatch& sample, const TwoHands& hands) {
  require(sample.size() == 1 && sample.has_mano.all().item<bool>(), "heatmaps are drawn of one sample with both hands",
          sample.sample.empty() ? "" : sample.sample.front(), "choose another sample");
  const torch::NoGradGuard no_grad;
  const Annotation annotation{sample.pose,     sample.root_in_camera, sample.joints_in_camera, sample.joint_valid,
                              sample.has_mano, sample.mask,           sample.mask_valid};
  SamplerConfig model;
  model.image_size = sample.image.size(3);
  const cv::Mat crop = image_of(sample.image[0]);
  std::vector<int64_t> joints;
  std::vector<std::vector<cv::Mat>> rows;
  for (const Kind& kind : kinds()) {
    model.heatmap = kind.config;
    const SamplerTruth truth = sampler_truth(model, annotation, sample.camera, hands);
    if (joints.empty()) {
      joints = telling_joints(truth, kind.config.r * static_cast<double>(model.image_size) / 64);
      for (const int64_t joint : joints) rows.push_back({titled(panel(crop), joint_title(joint))});
    }
    for (size_t row = 0; row < joints.size(); ++row) {
      const int64_t map = kind.config.kind == HeatmapKind::visible_all ? 0 : joints[row];
      rows[row].push_back(titled(panel(draw_heatmaps(truth.heatmap.maps[0].slice(0, map, map + 1), 1, crop)), kind.title));
    }
  }
  std::vector<cv::Mat> lines;
  for (const auto& row : rows) lines.push_back(beside(row, 3));
  return stacked(lines, 3);
}

}  // namespace interprior
