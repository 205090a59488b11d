#include "prepare_sources.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <set>

#include "health.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/hand/mano_model.h"

namespace interprior {
namespace {

// Pattern rows of one source.
struct PatternRows {
  std::vector<double> pose, shape, translation;
  std::vector<int64_t> split;
};

void append(PatternRows& rows, const FrameEntry& frame, int64_t split, const HandModel& hand) {
  for (const Side side : kSides) {
    const ManoAnnotation& mano = *frame.mano[side];
    const double* mean = hand.hand[side].hands_mean.data_ptr<double>();
    for (size_t i = 0; i < mano.pose.size(); ++i) rows.pose.push_back(mano.pose[i] + (i < 3 ? 0.0 : mean[i - 3]));
    rows.shape.insert(rows.shape.end(), mano.shape.begin(), mano.shape.end());
    rows.translation.insert(rows.translation.end(), mano.translation.begin(), mano.translation.end());
  }
  rows.split.push_back(split);
}

torch::Tensor floats(const std::vector<double>& values, torch::IntArrayRef shape) {
  return torch::tensor(values, torch::kFloat64).to(torch::kFloat32).view(shape);
}

// Annotations are per frame, not per camera; a frame with exactly equal pose parameters counts once.
Patterns patterns_of_images(const std::string& path, const std::string& hand_file, const std::vector<std::string>& accept) {
  require(!hand_file.empty(), "annotated poses are relative to a hand model's mean pose", path, "pass --hand hand.h5");
  const HandModel hand = read_hand_model(hand_file);
  const bool is_root = std::filesystem::is_directory(path);
  const ImageTables tables = is_root ? read_interhand_tables(path, "all") : read_image_tables(path);
  require_healthy(examine_images(tables, "all", &hand).findings, accept, path);
  std::set<std::pair<std::array<double, 48>, std::array<double, 48>>> seen;
  std::vector<bool> visited(tables.frames.size(), false);
  PatternRows rows;
  for (const ImageEntry& image : tables.images) {
    const FrameEntry& frame = tables.frames[image.frame];
    if (visited[image.frame]) continue;
    visited[image.frame] = true;
    if (frame.mano.right && frame.mano.left && seen.insert({frame.mano.right->pose, frame.mano.left->pose}).second)
      append(rows, frame, image.split, hand);
  }
  require(!rows.split.empty(), "no annotation has MANO parameters of both hands", path,
          "see `interprior inspect` for the reasons");
  const auto count = static_cast<int64_t>(rows.split.size());
  Patterns patterns;
  patterns.pose = floats(rows.pose, {count, 2, 48});
  patterns.shape = floats(rows.shape, {count, 2, 10});
  patterns.translation = floats(rows.translation, {count, 2, 3});
  patterns.source = patterns.modality = patterns.seed = torch::zeros({count}, torch::kInt64);
  patterns.split = torch::tensor(rows.split, torch::kInt64);
  patterns.sources = {is_root || !tables.sources.empty() ? "InterHand2.6M" : std::filesystem::path(path).stem().string()};
  patterns.modalities = {"marker-less"};
  return patterns;
}

}  // namespace

Patterns merged_patterns(const std::vector<std::string>& sources, const std::string& hand,
                         const std::vector<std::string>& accept) {
  const std::optional<HandModel> model = hand.empty() ? std::nullopt : std::optional(read_hand_model(hand));
  std::vector<Patterns> parts;
  for (const std::string& path : sources) {
    const bool images = is_interhand_root(path) || tensor_file_format(path) == kImagesFormat;
    parts.push_back(images ? patterns_of_images(path, hand, accept) : read_patterns(path));
    if (!images) require_healthy(examine_patterns(parts.back(), model ? &*model : nullptr).findings, accept, path);
    log_info(c10::str(path, ": ", parts.back().size(), " patterns"));
  }
  return merged(parts);
}

}  // namespace interprior
