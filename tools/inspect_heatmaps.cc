#include <algorithm>
#include <c10/util/StringUtil.h>

#include "inspections.h"
#include "interprior/base/error.h"
#include "interprior/data/image_dataset.h"
#include "interprior/data/image_index_file.h"
#include "interprior/render/image_file.h"
#include "interprior/report/heatmap_picture.h"

namespace interprior {

void draw_heatmaps_of(const std::filesystem::path& path, const std::string& split, const std::string& sample,
                      const std::string& hand, const std::filesystem::path& out) {
  require(!hand.empty(), "no hand file is given", "--hand", "pass the hand.h5 that the data set's parameters belong to");
  ImageIndex index = read_images(path, split);
  require(!index.usable.empty(), "this data set has no usable picture of two hands", path.string(), "see interprior inspect");
  const auto found = sample.empty() ? index.usable.begin()
                                    : std::find_if(index.usable.begin(), index.usable.end(),
                                                   [&](const ImageRecord& record) { return record.sample == sample; });
  require(found != index.usable.end(), c10::str("there is no usable sample `", sample, "`"), path.string(),
          c10::str("samples are named SPLIT/FILE, such as ", index.usable.front().sample));
  index.usable = {*found};
  const HandModel model = read_hand_model(hand);
  ImageDatasetConfig config;
  config.augmentation.enabled = false;
  const ImageDataset data(std::move(index), model, config);
  ImageBatch batch = data.allocate(1);
  data.fill(0, Seed{0}, batch, 0);
  write_image(out, draw_heatmap_kinds(batch, TwoHands(model)));
}

}  // namespace interprior
