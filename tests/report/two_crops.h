#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/data/images/image_batch.h"

namespace interprior {

// Two crops of grey noise with two open hands in front of the camera; the left hand of the second one is not annotated.
inline ImageBatch two_crops(int64_t size) {
  ImageBatch batch = allocate_images(2, size);
  batch.image = torch::randint(0, 256, {2, 3, size, size}, torch::kUInt8);
  batch.camera = {torch::full({2, 2}, 2.5 * static_cast<double>(size)), torch::full({2, 2}, (static_cast<double>(size) - 1) / 2),
                  torch::eye(3).expand({2, 3, 3}).clone()};
  for (const Side side : kSides)
    batch.pose[side] = {torch::eye(3).expand({2, 16, 3, 3}).clone(), torch::zeros({2, 10}), torch::zeros({2, 3})};
  batch.pose.left.wrist_in_root.select(1, 1).fill_(0.14);  // below the right hand, without overlap
  batch.root_in_camera = torch::tensor({{0.0f, -0.07f, 1.1f}, {0.0f, -0.07f, 1.1f}});
  batch.joint_valid.fill_(true);
  batch.mask_valid.fill_(true);
  batch.hand_present.fill_(true);
  batch.has_mano = torch::tensor({{true, true}, {true, false}}, torch::kBool);
  batch.sample = {"test/a", "test/b"};
  batch.sequence = {"a", "b"};
  return batch;
}

}  // namespace interprior
