#include "interprior/data/images/image_row.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

template <class Numbers>
void write_numbers(const Numbers& numbers, float* out) {
  const double* from = numbers.data();
  std::transform(from, from + numbers.size(), out, [](double number) { return static_cast<float>(number); });
}

Vector3 wrist_of(const AnnotatedHand& hand) { return hand.has_mano ? hand.pose.wrist : hand.joints[0]; }

}  // namespace

std::optional<Box> oracle_box(const PerHand<AnnotatedHand>& hands, const Pinhole& camera) {
  std::vector<std::array<double, 2>> points;
  for (const Side side : kSides) {
    if (hands[side].present && !hands[side].has_mano) return std::nullopt;
    for (const auto& vertex : hands[side].mesh.vertices) {
      if (vertex[2] < 0.01f) return std::nullopt;
      points.push_back(camera.project({vertex[0], vertex[1], vertex[2]}));
    }
  }
  if (points.empty()) return std::nullopt;
  return square_box(points, 0.8);
}

// Converts HWC to CHW with colour jitter and mirror.
void fill_image(const cv::Mat& crop, const Augmentation& augmentation, ImageBatch& slot, int64_t row) {
  std::array<std::array<uint8_t, 256>, 3> curve;
  for (size_t channel = 0; channel < 3; ++channel)
    for (size_t value = 0; value < 256; ++value) {
      const float changed = static_cast<float>(value) * augmentation.gain[channel] + augmentation.offset[channel];
      curve[channel][value] = static_cast<uint8_t>(std::lround(std::clamp(changed, 0.0f, 255.0f)));
    }
  const auto size = static_cast<int64_t>(crop.cols), plane = size * size;
  uint8_t* image = slot.image.data_ptr<uint8_t>() + row * 3 * plane;
  for (int64_t y = 0; y < size; ++y) {
    const uint8_t* from = crop.ptr<uint8_t>(static_cast<int>(y));
    uint8_t* to = image + y * size + (augmentation.mirror ? size - 1 : 0);
    const int64_t step = augmentation.mirror ? -1 : 1;
    for (int64_t x = 0; x < size; ++x, from += 3, to += step) {
      to[0] = curve[0][from[0]];
      to[plane] = curve[1][from[1]];
      to[2 * plane] = curve[2][from[2]];
    }
  }
}

void fill_hands(const PerHand<AnnotatedHand>& hands, ImageBatch& slot, int64_t row) {
  const Vector3 root = wrist_of(hands.right.present ? hands.right : hands.left);
  write_numbers(root, slot.root_in_camera.data_ptr<float>() + 3 * row);
  bool all_posed = true;
  for (const Side side : kSides) {
    const AnnotatedHand& hand = hands[side];
    const int64_t pair = 2 * row + static_cast<int64_t>(side);
    slot.hand_present.data_ptr<bool>()[pair] = hand.present;
    slot.has_mano.data_ptr<bool>()[pair] = hand.has_mano;
    all_posed = all_posed && (hand.has_mano || !hand.present);
    for (size_t joint = 0; joint < 21; ++joint) {
      const bool valid = hand.joint_valid[joint];
      const int64_t at = 21 * pair + static_cast<int64_t>(joint);
      slot.joint_valid.data_ptr<bool>()[at] = valid;
      write_numbers(valid ? hand.joints[joint] : Vector3(), slot.joints_in_camera.data_ptr<float>() + 3 * at);
    }
    const PosedHand pose = hand.has_mano ? hand.pose : PosedHand();
    float* rotations = slot.pose[side].rotations.data_ptr<float>() + row * 16 * 9;
    for (size_t joint = 0; joint < 16; ++joint) write_numbers(pose.rotations[joint], rotations + 9 * joint);
    write_numbers(pose.shape, slot.pose[side].shape.data_ptr<float>() + 10 * row);
    const Vector3 wrist_in_root = hand.has_mano ? Vector3(hand.pose.wrist - root) : Vector3();
    write_numbers(wrist_in_root, slot.pose[side].wrist_in_root.data_ptr<float>() + 3 * row);
  }
  slot.mask_valid.data_ptr<bool>()[row] = all_posed;
}

void fill_camera(const Crop& crop, bool mirrored_scene, ImageBatch& slot, int64_t row) {
  write_numbers(std::array<double, 2>{crop.camera.fx, crop.camera.fy}, slot.camera.focal.data_ptr<float>() + 2 * row);
  write_numbers(std::array<double, 2>{crop.camera.cx, crop.camera.cy}, slot.camera.principal.data_ptr<float>() + 2 * row);
  const Matrix3 turned = mirrored_scene ? mirrored(crop.crop_from_original) : crop.crop_from_original;
  write_numbers(turned, slot.camera.camera_from_original.data_ptr<float>() + 9 * row);
}

void fill_occluder(const Augmentation& augmentation, ImageBatch& slot, int64_t row) {
  if (!augmentation.occluder) return;
  const Occluder& occluder = *augmentation.occluder;
  const int64_t size = slot.image.size(3), plane = size * size;
  const auto pixel = [size](double fraction) { return static_cast<int64_t>(fraction * static_cast<double>(size)); };
  const int64_t left = pixel(occluder.left), top = pixel(occluder.top), width = pixel(occluder.width),
                height = pixel(occluder.height);
  uint8_t* image = slot.image.data_ptr<uint8_t>() + row * 3 * plane;
  std::vector<uint8_t> patch(static_cast<size_t>(width * height));
  for (int64_t k = 0; k < 3; ++k, image += plane) {
    std::fill(patch.begin(), patch.end(), occluder.colour[static_cast<size_t>(k)]);
    for (int64_t y = 0; occluder.copied && y < height; ++y)
      std::copy_n(image + (pixel(occluder.from_top) + y) * size + pixel(occluder.from_left), width, patch.begin() + y * width);
    for (int64_t y = 0; y < height; ++y) std::copy_n(patch.begin() + y * width, width, image + (top + y) * size + left);
  }
  // Each mask cell is reduced by its hidden fraction.
  const int64_t grid = slot.mask.size(2), stride = size / grid;
  float* mask = mask_row(slot, row);
  const auto overlap = [stride](int64_t cell, int64_t begin, int64_t length) {
    return std::max<int64_t>(0, std::min((cell + 1) * stride, begin + length) - std::max(cell * stride, begin));
  };
  for (int64_t hand = 0; hand < 2; ++hand)
    for (int64_t y = 0; y < grid; ++y)
      for (int64_t x = 0; x < grid; ++x, ++mask)
        *mask *= 1 - static_cast<float>(overlap(x, left, width) * overlap(y, top, height)) / static_cast<float>(stride * stride);
}

float* mask_row(ImageBatch& slot, int64_t row) {
  const int64_t grid = slot.mask.size(2);
  return slot.mask.data_ptr<float>() + row * 2 * grid * grid;
}

}  // namespace interprior
