#include "keypoint_scene.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/objective/visible_joints.h"

namespace interprior {
namespace {

constexpr double kCells = 32;  // per crop side: about the density of both hands' vertices

// Crop jitter of row i from three uniform numbers.
std::vector<CropJitter> jitters(const torch::Tensor& uniform, double jitter) {
  const torch::Tensor numbers = (2 * uniform.to(torch::kFloat64) - 1).contiguous();
  const auto row = numbers.accessor<double, 2>();
  std::vector<CropJitter> list;
  for (int64_t i = 0; i < numbers.size(0); ++i)
    list.push_back({0, 1 + jitter * row[i][0], {jitter * row[i][1], jitter * row[i][2]}});
  return list;
}

std::vector<Pinhole> pinholes(const Camera& camera, int64_t size) {
  const torch::Tensor numbers = torch::cat({camera.focal, camera.principal}, 1).to(torch::kCPU, torch::kFloat64).contiguous();
  const auto row = numbers.accessor<double, 2>();
  std::vector<Pinhole> list;
  for (int64_t i = 0; i < numbers.size(0); ++i) list.push_back({row[i][0], row[i][1], row[i][2], row[i][3], size, size});
  return list;
}

}  // namespace

KeypointScene keypoint_scene(const PerHand<HandPose>& pose, const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter,
                             const KeypointNoiseConfig& noise, RowSeed seed) {
  const PlacedHands placed = place_before_camera(mesh, crop_size, /*jitter=*/0, seed.derive("place"));
  const torch::Tensor root = placed.root_in_camera.unsqueeze(1);
  const torch::Device device = root.device();
  const torch::Tensor joints = torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1) + root;
  const torch::Tensor surface = torch::cat({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1) + root;
  const torch::Tensor in_image = placed.camera.project(joints);
  const torch::Tensor visible =
      visible_joints(joints, in_image, surface, placed.camera.project(surface), static_cast<double>(crop_size) / kCells);
  const FoundJoints found = detected(noise, in_image, visible, seed.derive("keypoints"));
  const torch::Tensor shaken = uniform_tensor({in_image.size(0), 3}, seed.derive("jitter"));
  const JointCrops crops = crops_about(found, pinholes(placed.camera, crop_size), crop_size, jitters(shaken, jitter));

  KeypointScene scene;
  const Camera cameras = cameras_of(crops.crops, device);
  scene.hands = turned({pose, placed.root_in_camera}, cameras.camera_from_original);
  scene.crop = {cameras.focal, cameras.principal, torch::eye(3, root.options()).expand({root.size(0), 3, 3})};
  scene.joints = {crops.joints.place.to(device), crops.joints.found.to(device)};
  return scene;
}

}  // namespace interprior
