#pragma once
#include <atomic>
#include <memory>

#include "interprior/base/error.h"
#include "interprior/data/augmentation.h"
#include "interprior/data/dataset.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/data/images/image_index.h"
#include "interprior/hand/skinned_hand.h"

namespace interprior {

enum class BoxSource { oracle, annotation };  // oracle: tight box of the ground-truth vertices, side / 0.8
template <>
struct EnumNames<BoxSource> {
  static std::vector<std::pair<BoxSource, std::string>> table() {
    return {{BoxSource::oracle, "oracle"}, {BoxSource::annotation, "annotation"}};
  }
};

struct ImageDatasetConfig {
  int64_t crop_size = 256;
  BoxSource box = BoxSource::oracle;
  AugmentationConfig augmentation;
  double max_replaced_fraction = 0;  // fraction of samples with an unusable image that may be replaced; 0: none
};

// Images of an index, cropped (geometry/crop.h), with their annotations in the crop's camera.
// Mirror: the crop with u -> S - 1 - u, hands swapped, every vector M v and rotation M R M with M = diag(-1,1,1), also the crop's
// camera_from_original, as if the original camera saw the mirrored scene. Colour: v * gain + offset, after the warp.
// Absent hands: identity rotations, other values zero. If a visible hand has no MANO, `oracle` falls back to the annotated box.
// A missing or damaged image, or one of the wrong size, is an Error. Up to max_replaced_fraction, such a sample is replaced by a
// random one instead (chosen with the sample's seed), and the number of replacements is logged.
class ImageDataset : public Dataset<ImageBatch> {
 public:
  ImageDataset(ImageIndex index, const HandModel& hand, ImageDatasetConfig config);
  int64_t size() const override;
  ImageBatch allocate(int64_t rows) const override;
  void fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const override;
  std::string name(int64_t index) const override { return index_.usable.sample(static_cast<size_t>(index)); }
  const ImageIndex& index() const { return index_; }
  // The augmentation applied to a sample with this seed.
  Augmentation augmentation(Seed seed) const { return sample_augmentation(config_.augmentation, seed); }
  int64_t replaced() const { return counts_->replaced; }  // samples replaced so far

 private:
  struct Counts {
    std::atomic<int64_t> filled{0}, replaced{0};
  };
  void fill_sample(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const;
  void note_replaced(const Error& error) const;

  ImageIndex index_;
  PerHand<ManoModel> model_;
  std::shared_ptr<const PerHand<SkinnedHand>> skinned_;
  ImageDatasetConfig config_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace interprior
