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
  int64_t count = 100000;    // rows of an epoch
  int64_t interactions = 0;  // distinct ones; 0: a new one for every row of every epoch
  double views = 180;        // degrees
  int64_t seed = 0;          // of the distinct interactions
  int64_t crop_size = 256;
  AugmentationConfig augmentation;
  VarietyConfig variety;
  void describe(Fields& fields) {
    fields("count", count, "rows of an epoch", {1, 1e9});
    fields("interactions", interactions, "distinct interactions; 0: a new one for every row of every epoch", {0, 1e9});
    fields("views", views, "views lie within so many degrees of the canonical one; 180: the whole sphere", {0, 180});
    fields("seed", seed, "of the distinct interactions", {0, 1e18});
    fields("crop_size", crop_size, "side of a crop, px; a multiple of 4", {16, 4096});
    fields("augmentation", augmentation, "what training does to a sample");
    fields("variety", variety, "how far pictures depart from plain ones");
  }
  void check() const;  // throws Error
};

// Pictures of interacting hands made as they are asked for: no file, no disk, a new picture every epoch. A row is rendered with
// the crop's own camera, so nothing is resampled, then degraded; where the crop reaches beyond the original picture it is black,
// as a crop of a file is. Labels are those of ImageDataset and exact, except that the mask also knows what the forearms hide. A
// row is a pure function of (config, seed, index).
class SyntheticImages : public Dataset<ImageBatch> {
 public:
  // Throws Error on a config out of range or a hand file that is no valid one.
  SyntheticImages(const HandModel& hand, const SyntheticImagesConfig& config);
  // Interactions from `patterns` instead of procedural ones, in turn (config.interactions: at most so many, from the first on).
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
