#include "interprior/data/images/image_dataset.h"

#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image.h"
#include "interprior/data/images/image_row.h"
#include "interprior/data/images/visible_mask.h"

namespace interprior {

ImageDataset::ImageDataset(ImageIndex index, const HandModel& hand, ImageDatasetConfig config)
    : index_(std::move(index)),
      model_(hand.hand),
      skinned_(std::make_shared<const PerHand<SkinnedHand>>(
          PerHand<SkinnedHand>{SkinnedHand(hand.hand.right), SkinnedHand(hand.hand.left)})),
      config_(config) {
  require(config_.crop_size >= 16 && config_.crop_size % kMaskStride == 0, "the crop size must be a multiple of 4, at least 16");
  for (const Side side : kSides) model_[side].hands_mean = model_[side].hands_mean.to(torch::kCPU, torch::kFloat64).contiguous();
}

int64_t ImageDataset::size() const { return static_cast<int64_t>(index_.usable.size()); }

ImageBatch ImageDataset::allocate(int64_t rows) const { return allocate_images(rows, config_.crop_size); }

void ImageDataset::fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const {
  ++counts_->filled;
  for (uint64_t attempt = 0;; ++attempt) {
    try {
      return fill_sample(index, seed, slot, row);
    } catch (const Error& error) {
      if (config_.max_replaced_fraction == 0) throw;
      note_replaced(error);
    }
    index = Random(seed.derive("replacement").derive(attempt)).integer(size());
  }
}

void ImageDataset::note_replaced(const Error& error) const {
  constexpr int64_t kFewest = 20;  // replaced images before the fraction is reliable
  const int64_t replaced = ++counts_->replaced, filled = counts_->filled;
  const std::string seen = c10::str(replaced, " of ", filled, " images could not be used");
  if (replaced >= kFewest && static_cast<double>(replaced) > config_.max_replaced_fraction * static_cast<double>(filled))
    throw Error(c10::str(seen, "; the last: ", error.what()), "data.max_replaced_fraction",
                "fix the data set (prepare interhand --scan-images counts damaged images) or allow a larger fraction");
  if ((replaced & (replaced - 1)) == 0) log_warning(c10::str(seen, " and were replaced; the last: ", error.what()));
}

void ImageDataset::fill_sample(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const {
  const c10::InferenceMode inference;
  const ImageRecord record = index_.usable.at(static_cast<size_t>(index));
  const Augmentation augmentation = sample_augmentation(config_.augmentation, seed);

  PerHand<AnnotatedHand> hands;
  for (const Side side : kSides) hands[side] = annotated_hand(record, side, model_[side], (*skinned_)[side]);
  Box box = record.box;
  if (config_.box == BoxSource::oracle) box = oracle_box(hands, record.camera).value_or(box);
  Crop crop;
  try {
    crop = crop_camera(record.camera, box, config_.crop_size, augmentation.jitter);
  } catch (const Error& error) {
    throw Error(error.what(), record.sample, "leave this sample out of the data set");
  }
  for (const Side side : kSides) transform(hands[side], {crop.crop_from_original, Vector3()});
  if (augmentation.mirror) mirror(hands);

  // Evaluation decodes at full size, like the reconstructor.
  const int reduction = config_.augmentation.enabled ? reduction_for(crop, record.camera.fx) : 1;
  const ReducedImage image = decode_reduced(read_image_bytes(record), record.sample, reduction);
  const bool sideways = image.width == record.camera.height && image.height == record.camera.width;
  if (image.width != record.camera.width || image.height != record.camera.height)
    throw Error(c10::str("the image has ", image.width, " x ", image.height, " pixels, its annotation says ", record.camera.width,
                         " x ", record.camera.height),
                record.sample,
                sideways ? "annotations must be of the image turned upright as its EXIF orientation says (docs/conventions.md)"
                         : "use the images that belong to these annotations");
  fill_image(cropped(image.rgb, crop, record.camera.fx, reduction), augmentation, slot, row);
  fill_hands(hands, slot, row);
  fill_camera(crop, augmentation.mirror, slot, row);
  const PerHand<const Mesh*> meshes = {hands.right.has_mano ? &hands.right.mesh : nullptr,
                                       hands.left.has_mano ? &hands.left.mesh : nullptr};
  fill_visible_mask(meshes, crop.camera, kMaskStride, mask_row(slot, row));
  fill_occluder(augmentation, slot, row);
  slot.sample[static_cast<size_t>(row)] = record.sample;
  slot.sequence[static_cast<size_t>(row)] = record.sequence;
}

}  // namespace interprior
