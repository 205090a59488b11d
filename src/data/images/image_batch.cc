#include "interprior/data/images/image_batch.h"

#include <torch/types.h>

#include "data/page_locked.h"
#include "interprior/base/error.h"

namespace interprior {
ImageBatch allocate_images(int64_t rows, int64_t crop_size) {
  require(rows >= 0 && crop_size > 0 && crop_size % 4 == 0, "the crop size must be a positive multiple of 4");
  const int64_t grid = crop_size / 4;
  ImageBatch batch;
  batch.image = page_locked_zeros({rows, 3, crop_size, crop_size}, torch::kUInt8);
  batch.camera = {page_locked_zeros({rows, 2}, torch::kFloat32), page_locked_zeros({rows, 2}, torch::kFloat32),
                  page_locked_zeros({rows, 3, 3}, torch::kFloat32)};
  for (const Side side : kSides) {
    batch.pose[side] = {page_locked_zeros({rows, 16, 3, 3}, torch::kFloat32), page_locked_zeros({rows, 10}, torch::kFloat32),
                        page_locked_zeros({rows, 3}, torch::kFloat32)};
  }
  batch.root_in_camera = page_locked_zeros({rows, 3}, torch::kFloat32);
  batch.joints_in_camera = page_locked_zeros({rows, 2, 21, 3}, torch::kFloat32);
  batch.joint_valid = page_locked_zeros({rows, 2, 21}, torch::kBool);
  batch.mask = page_locked_zeros({rows, 2, grid, grid}, torch::kFloat32);
  batch.mask_valid = page_locked_zeros({rows}, torch::kBool);
  batch.hand_present = page_locked_zeros({rows, 2}, torch::kBool);
  batch.has_mano = page_locked_zeros({rows, 2}, torch::kBool);
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
