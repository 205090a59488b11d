#include "interprior/data/image_batch.h"

#include <torch/cuda.h>
#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {
namespace {

// Page-locked where a GPU is there, so that copies to it overlap with its work.
torch::Tensor empty_rows(torch::IntArrayRef shape, torch::Dtype dtype) {
  static const bool pinned = torch::cuda::is_available();
  return torch::zeros(shape, torch::TensorOptions().dtype(dtype).pinned_memory(pinned));
}

}  // namespace

ImageBatch allocate_images(int64_t rows, int64_t crop_size) {
  require(rows >= 0 && crop_size > 0 && crop_size % 4 == 0, "the crop size must be a positive multiple of 4");
  const int64_t grid = crop_size / 4;
  ImageBatch batch;
  batch.image = empty_rows({rows, 3, crop_size, crop_size}, torch::kUInt8);
  batch.camera = {empty_rows({rows, 2}, torch::kFloat32), empty_rows({rows, 2}, torch::kFloat32),
                  empty_rows({rows, 3, 3}, torch::kFloat32)};
  for (const Side side : kSides) {
    batch.pose[side] = {empty_rows({rows, 16, 3, 3}, torch::kFloat32), empty_rows({rows, 10}, torch::kFloat32),
                        empty_rows({rows, 3}, torch::kFloat32)};
  }
  batch.root_in_camera = empty_rows({rows, 3}, torch::kFloat32);
  batch.joints_in_camera = empty_rows({rows, 2, 21, 3}, torch::kFloat32);
  batch.joint_valid = empty_rows({rows, 2, 21}, torch::kBool);
  batch.mask = empty_rows({rows, 2, grid, grid}, torch::kFloat32);
  batch.mask_valid = empty_rows({rows}, torch::kBool);
  batch.hand_present = empty_rows({rows, 2}, torch::kBool);
  batch.has_mano = empty_rows({rows, 2}, torch::kBool);
  batch.sample.resize(static_cast<size_t>(rows));
  batch.sequence.resize(static_cast<size_t>(rows));
  return batch;
}

void ImageBatch::for_each_tensor(const std::function<void(torch::Tensor&)>& visit) {
  for (torch::Tensor* tensor : {&image, &camera.focal, &camera.principal, &camera.camera_from_original, &root_in_camera,
                                &joints_in_camera, &joint_valid, &mask, &mask_valid, &hand_present, &has_mano})
    visit(*tensor);
  for (const Side side : kSides)
    for (torch::Tensor* tensor : {&pose[side].rotations, &pose[side].shape, &pose[side].wrist_in_root}) visit(*tensor);
}

ImageBatch ImageBatch::to(torch::Device device) const {
  ImageBatch batch = *this;
  batch.for_each_tensor([&](torch::Tensor& tensor) { tensor = tensor.to(device, tensor.scalar_type(), true); });
  return batch;
}

}  // namespace interprior
