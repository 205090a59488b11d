#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstdio>

#include "inspections.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_dataset.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/report/heatmap_image.h"
#include "interprior/report/training_image.h"

namespace interprior {
namespace {

void require_hand(const std::string& hand) {
  require(!hand.empty(), "no hand file is given", "--hand", "pass the hand.h5 that the data set's parameters belong to");
}

}  // namespace

void draw_heatmaps_of(const std::filesystem::path& path, const std::string& split, const std::string& sample,
                      const std::string& hand, const std::filesystem::path& out) {
  require_hand(hand);
  ImageIndex index = read_images(path, split);
  require(!index.usable.empty(), "this data set has no usable image of two hands", path.string(), "see interprior inspect");
  size_t found = 0;
  while (!sample.empty() && found < index.usable.size() && index.usable.sample(found) != sample) ++found;
  require(found < index.usable.size(), c10::str("there is no usable sample `", sample, "`"), path.string(),
          c10::str("samples are named SPLIT/FILE, such as ", index.usable.sample(0)));
  index.usable = index.usable.only(found);
  const HandModel model = read_hand_model(hand);
  ImageDatasetConfig config;
  config.augmentation.enabled = false;
  const ImageDataset data(std::move(index), model, config);
  ImageBatch batch = data.allocate(1);
  data.fill(0, Seed{0}, batch, 0);
  write_image(out, draw_heatmap_kinds(batch, TwoHands(model)));
}

void draw_samples_of(const std::filesystem::path& path, const std::string& split, const std::string& hand, int64_t count,
                     int64_t seed, const std::filesystem::path& folder) {
  require_hand(hand);
  ImageFilter everything;
  everything.single_hands = everything.without_mano = true;
  ImageIndex index = read_images(path, split, UsableRule(everything));
  require(!index.usable.empty(), "this data set has no usable image", path.string(), "see interprior inspect");
  const auto size = static_cast<int64_t>(index.usable.size());
  const HandModel model = read_hand_model(hand);
  const ImageDataset data(std::move(index), model, {});
  const TwoHands hands(model);
  make_folder(folder);
  for (int64_t i = 0; i < std::min(count, size); ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "%04lld.jpg", static_cast<long long>(i + 1));
    const int64_t row = i * size / std::min(count, size);
    write_image(folder / name,
                draw_training_sample(data, row, Seed{static_cast<uint64_t>(seed)}.derive(static_cast<uint64_t>(row)), hands));
  }
}

}  // namespace interprior
