#pragma once
#include <torch/types.h>

#include <set>

#include "interprior/base/error.h"
#include "interprior/data/dataset.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/geometry/crop.h"
#include "interprior/geometry/rotation.h"
#include "tiny_sampler.h"

namespace interprior {

// Random crops with random hands, rotated relative to their images' cameras. Some may be damaged.
class FewImages : public Dataset<ImageBatch> {
 public:
  explicit FewImages(int64_t count, std::set<int64_t> damaged = {})
      : rows_(allocate_images(count, kTinyCrop)), damaged_(std::move(damaged)) {
    const auto noise = [&](torch::IntArrayRef shape, double scale, const char* name) {
      return scale * normal_tensor(shape, Seed{11}.derive(name));
    };
    rows_.image.copy_((noise({count, 3, kTinyCrop, kTinyCrop}, 60, "image") + 128).clamp(0, 255));
    for (int64_t i = 0; i < count; ++i) {
      const Crop crop =
          crop_camera({600, 600, 249.5, 149.5, 500, 300}, {40.0 + 30 * static_cast<double>(i), 60, 120, 110}, kTinyCrop);
      rows_.camera.focal[i] = crop.camera.fx;
      rows_.camera.principal[i] = crop.camera.cx;
      rows_.camera.camera_from_original[i] =
          torch::tensor(std::vector<double>(crop.crop_from_original.data(), crop.crop_from_original.data() + 9)).view({3, 3});
      rows_.sample[static_cast<size_t>(i)] = "test/" + std::to_string(i) + ".jpg";
      rows_.sequence[static_cast<size_t>(i)] = "sequence" + std::to_string(i / 2);
    }
    for (const Side side : kSides) {
      rows_.pose[side].rotations.copy_(matrix_from_axis_angle(noise({count, 16, 3}, 0.4, side_name(side))));
      rows_.pose[side].shape.copy_(noise({count, 10}, 0.5, "shape"));
    }
    rows_.pose.left.wrist_in_root.copy_(noise({count, 3}, 0.08, "tau"));
    rows_.root_in_camera.copy_(noise({count, 3}, 0.03, "root") + torch::tensor({0.0, 0.0, 0.6}));
    const PerHand<HandMesh> mesh = TwoHands(procedural_model())(rows_.pose);
    rows_.joints_in_camera.copy_(torch::stack({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1) +
                                 rows_.root_in_camera.view({-1, 1, 1, 3}));
    for (torch::Tensor* valid : {&rows_.joint_valid, &rows_.mask_valid, &rows_.hand_present, &rows_.has_mano}) valid->fill_(true);
  }

  int64_t size() const override { return rows_.size(); }
  ImageBatch allocate(int64_t rows) const override { return allocate_images(rows, kTinyCrop); }
  void fill(int64_t index, Seed, ImageBatch& slot, int64_t row) const override {
    const auto copy = [&](const torch::Tensor& from, torch::Tensor& to) { to[row].copy_(from[index]); };
    slot.sample[static_cast<size_t>(row)] = rows_.sample[static_cast<size_t>(index)];
    slot.sequence[static_cast<size_t>(row)] = rows_.sequence[static_cast<size_t>(index)];
    copy(rows_.image, slot.image);
    if (damaged_.count(index) != 0) throw Error("the image is damaged", rows_.sample[static_cast<size_t>(index)]);
    copy(rows_.camera.focal, slot.camera.focal);
    copy(rows_.camera.principal, slot.camera.principal);
    copy(rows_.camera.camera_from_original, slot.camera.camera_from_original);
    for (const Side side : kSides) {
      copy(rows_.pose[side].rotations, slot.pose[side].rotations);
      copy(rows_.pose[side].shape, slot.pose[side].shape);
      copy(rows_.pose[side].wrist_in_root, slot.pose[side].wrist_in_root);
    }
    copy(rows_.root_in_camera, slot.root_in_camera);
    copy(rows_.joints_in_camera, slot.joints_in_camera);
    copy(rows_.joint_valid, slot.joint_valid);
    copy(rows_.mask_valid, slot.mask_valid);
    copy(rows_.hand_present, slot.hand_present);
    copy(rows_.has_mano, slot.has_mano);
  }

  ImageBatch& all() { return rows_; }

 private:
  ImageBatch rows_;
  std::set<int64_t> damaged_;
};

}  // namespace interprior
