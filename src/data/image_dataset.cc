#include "interprior/data/image_dataset.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/data/picture.h"
#include "interprior/data/visible_mask.h"
#include "posed_hand.h"

namespace interprior {
namespace {

constexpr int64_t kMaskStride = 4;

// The tight square about the true vertices, where every hand shown has some.
std::optional<Box> oracle_box(const PerHand<PosedHand>& hands, const Pinhole& camera) {
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

// HWC to CHW with colour jitter and mirror.
void write_image(const cv::Mat& crop, const Augmentation& augmentation, uint8_t* image) {
  std::array<std::array<uint8_t, 256>, 3> curve;
  for (size_t channel = 0; channel < 3; ++channel)
    for (size_t value = 0; value < 256; ++value) {
      const float changed = static_cast<float>(value) * augmentation.gain[channel] + augmentation.offset[channel];
      curve[channel][value] = static_cast<uint8_t>(std::lround(std::clamp(changed, 0.0f, 255.0f)));
    }
  const int size = crop.cols;
  for (int y = 0; y < size; ++y) {
    const uint8_t* from = crop.ptr<uint8_t>(y);
    for (int x = 0; x < size; ++x)
      for (size_t channel = 0; channel < 3; ++channel) {
        const int target = augmentation.mirror ? size - 1 - x : x;
        image[(static_cast<int64_t>(channel) * size + y) * size + target] =
            curve[channel][from[3 * x + static_cast<int>(channel)]];
      }
  }
}

template <size_t N> void write_numbers(const std::array<double, N>& numbers, float* out) {
  for (size_t i = 0; i < N; ++i) out[i] = static_cast<float>(numbers[i]);
}

Vector3 wrist_of(const PosedHand& hand) { return hand.has_mano ? hand.wrist : hand.joints[0]; }

void write_hands(const PerHand<PosedHand>& hands, ImageBatch& slot, int64_t row) {
  const Vector3 root = wrist_of(hands.right.present ? hands.right : hands.left);
  write_numbers(root, slot.root_in_camera.data_ptr<float>() + 3 * row);
  bool all_posed = true;
  for (const Side side : kSides) {
    const PosedHand& hand = hands[side];
    const int64_t pair = 2 * row + static_cast<int64_t>(side);
    slot.hand_present.data_ptr<bool>()[pair] = hand.present;
    slot.has_mano.data_ptr<bool>()[pair] = hand.has_mano;
    all_posed = all_posed && (hand.has_mano || !hand.present);
    for (size_t joint = 0; joint < 21; ++joint) {
      const bool valid = hand.joint_valid[joint];
      const int64_t at = 21 * pair + static_cast<int64_t>(joint);
      slot.joint_valid.data_ptr<bool>()[at] = valid;
      write_numbers(valid ? hand.joints[joint] : Vector3{}, slot.joints_in_camera.data_ptr<float>() + 3 * at);
    }
    float* rotations = slot.pose[side].rotations.data_ptr<float>() + row * 16 * 9;
    for (size_t joint = 0; joint < 16; ++joint)
      write_numbers(hand.has_mano ? hand.rotations[joint] : identity_matrix(), rotations + 9 * joint);
    write_numbers(hand.shape, slot.pose[side].shape.data_ptr<float>() + 10 * row);
    Vector3 wrist_in_root{};
    if (hand.has_mano)
      for (size_t k = 0; k < 3; ++k) wrist_in_root[k] = hand.wrist[k] - root[k];
    write_numbers(wrist_in_root, slot.pose[side].wrist_in_root.data_ptr<float>() + 3 * row);
  }
  slot.mask_valid.data_ptr<bool>()[row] = all_posed;
}

}  // namespace

ImageDataset::ImageDataset(ImageIndex index, const HandModel& hand, ImageDatasetConfig config)
    : index_(std::move(index)), model_(hand.hand), hands_(std::make_shared<const TwoHands>(hand)), config_(config) {
  require(config_.crop_size >= 16 && config_.crop_size % kMaskStride == 0, "the crop size must be a multiple of 4, at least 16");
  for (const Side side : kSides) model_[side].hands_mean = model_[side].hands_mean.to(torch::kCPU, torch::kFloat64).contiguous();
}

int64_t ImageDataset::size() const { return static_cast<int64_t>(index_.usable.size()); }

ImageBatch ImageDataset::allocate(int64_t rows) const { return allocate_images(rows, config_.crop_size); }

void ImageDataset::fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const {
  const c10::InferenceMode inference;
  const ImageRecord& record = index_.usable.at(static_cast<size_t>(index));
  const Augmentation augmentation = draw_augmentation(config_.augmentation, seed);

  PerHand<PosedHand> hands;
  for (const Side side : kSides) hands[side] = posed_hand(record, side, model_[side], hands_->layer[side]);
  Box box = record.box;
  if (config_.box == BoxSource::oracle) box = oracle_box(hands, record.camera).value_or(box);
  Crop crop;
  try {
    crop = crop_camera(record.camera, box, config_.crop_size, augmentation.jitter);
  } catch (const Error& error) {
    throw Error(error.what(), record.sample, "leave this sample out of the data set");
  }
  for (const Side side : kSides) turn(hands[side], crop.crop_from_original);
  if (augmentation.mirror) mirror(hands);

  const cv::Mat picture = decode_picture(read_picture_bytes(record), record.sample);
  require(picture.cols == record.camera.width && picture.rows == record.camera.height,
          c10::str("the picture has ", picture.cols, " x ", picture.rows, " pixels, its annotation says ", record.camera.width,
                   " x ", record.camera.height),
          record.sample, "use the pictures that belong to these annotations");
  const int64_t size = config_.crop_size, grid = size / kMaskStride;
  write_image(cropped(picture, crop, record.camera.fx), augmentation, slot.image.data_ptr<uint8_t>() + row * 3 * size * size);
  write_hands(hands, slot, row);
  const PerHand<const Mesh*> meshes = {hands.right.has_mano ? &hands.right.mesh : nullptr,
                                       hands.left.has_mano ? &hands.left.mesh : nullptr};
  fill_visible_mask(meshes, crop.camera, kMaskStride, slot.mask.data_ptr<float>() + row * 2 * grid * grid);

  write_numbers(std::array<double, 2>{crop.camera.fx, crop.camera.fy}, slot.camera.focal.data_ptr<float>() + 2 * row);
  write_numbers(std::array<double, 2>{crop.camera.cx, crop.camera.cy}, slot.camera.principal.data_ptr<float>() + 2 * row);
  const Matrix3 turned = augmentation.mirror ? mirrored(crop.crop_from_original) : crop.crop_from_original;
  write_numbers(turned, slot.camera.camera_from_original.data_ptr<float>() + 9 * row);
  slot.sample[static_cast<size_t>(row)] = record.sample;
  slot.sequence[static_cast<size_t>(row)] = record.sequence;
}

}  // namespace interprior
