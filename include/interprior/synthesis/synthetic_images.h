#pragma once
#include <memory>

#include "interprior/data/augmentation.h"
#include "interprior/data/dataset.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/mano_model.h"
#include "interprior/interaction/variety.h"

namespace interprior {

struct SyntheticImagesConfig {
  int64_t count = 100000;    // rows per epoch
  int64_t interactions = 0;  // distinct interactions; 0: a new one for every row of every epoch
  double views = 180;        // degrees
  int64_t seed = 0;          // random seed of the distinct interactions
  int64_t crop_size = 256;
  AugmentationConfig augmentation;
  VarietyConfig variety;
  void describe(Fields& fields) {
    fields("count", count, "rows per epoch", {1, 1e9});
    fields("interactions", interactions, "distinct interactions; 0: a new one for every row of every epoch", {0, 1e9});
    fields("views", views, "largest rotation from the canonical view, degrees; 180: the whole sphere", {0, 180});
    fields("seed", seed, "random seed of the distinct interactions", {0, 1e18});
    fields("crop_size", crop_size, "side of a crop, px; a multiple of 4", {16, 4096});
    fields("augmentation", augmentation, "augmentation of training samples");
    fields("variety", variety, "strength of image variation; 0: plain images");
  }
  void check() const;  // throws Error
};

// Images of interacting hands, rendered on demand without files; a new image every epoch. A row is rendered with the crop's own
// camera, so nothing is resampled, then degraded. Parts of the crop outside the original image are black, as in a crop of a file.
// Labels are exact and the same as ImageDataset's, except that the mask also accounts for occlusion by the forearms. A row is a
// pure function of (config, seed, index).
class SyntheticImages : public Dataset<ImageBatch> {
 public:
  // Throws Error on a config out of range or an invalid hand file.
  SyntheticImages(const HandModel& hand, const SyntheticImagesConfig& config);
  // Takes interactions from `patterns` in turn instead of procedural ones (only the first config.interactions, if above 0).
  SyntheticImages(const HandModel& hand, const SyntheticImagesConfig& config, const Patterns& patterns);
  ~SyntheticImages() override;

  int64_t size() const override;
  ImageBatch allocate(int64_t rows) const override;
  void fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const override;

 private:
  struct World;
  std::unique_ptr<const World> world_;
  SyntheticImagesConfig config_;
};

}  // namespace interprior
