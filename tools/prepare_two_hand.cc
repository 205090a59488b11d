#include <c10/util/StringUtil.h>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/interhand.h"
#include "interprior/hand/mano_model.h"
#include "prepare_sources.h"

namespace interprior {
namespace {

int64_t split_of(const std::string& sample) {
  const std::string split = sample.substr(0, sample.find('/'));
  for (int64_t code = 0; code < 3; ++code)
    if (split == kSplitNames[code]) return code;
  throw Error(c10::str("the split '", split, "' is none of train, val, test"), sample, "check the data root");
}

// Rows in the making, for one source.
struct PatternRows {
  std::vector<double> pose, shape, translation;
  std::vector<int64_t> split;
};

void append(PatternRows& rows, const ImageRecord& record, const HandModel& hand) {
  for (const Side side : kSides) {
    const ManoAnnotation& mano = *record.mano[side];
    const double* mean = hand.hand[side].hands_mean.data_ptr<double>();
    for (size_t i = 0; i < mano.pose.size(); ++i) rows.pose.push_back(mano.pose[i] + (i < 3 ? 0.0 : mean[i - 3]));
    rows.shape.insert(rows.shape.end(), mano.shape.begin(), mano.shape.end());
    rows.translation.insert(rows.translation.end(), mano.translation.begin(), mano.translation.end());
  }
  rows.split.push_back(split_of(record.sample));
}

torch::Tensor floats(const std::vector<double>& values, torch::IntArrayRef shape) {
  return torch::tensor(values, torch::kFloat64).to(torch::kFloat32).view(shape);
}

// An annotation belongs to a moment, not to a camera: pictures of one moment share it to the last digit.
Patterns patterns_of_interhand(const std::string& root, const std::string& hand_file) {
  require(!hand_file.empty(), "InterHand2.6M's poses are relative to a hand model's mean pose", root, "pass --hand hand.h5");
  const HandModel hand = read_hand_model(hand_file);
  UsableRule rule;
  rule.keep_unusable = true;  // a missing picture does not spoil a pose
  ImageIndex index = read_interhand(root, "all", rule);
  std::set<std::pair<std::array<double, 48>, std::array<double, 48>>> seen;
  PatternRows rows;
  for (const auto* records : {&index.usable, &index.unusable})
    for (const ImageRecord& record : *records)
      if (record.mano.right && record.mano.left && seen.insert({record.mano.right->pose, record.mano.left->pose}).second)
        append(rows, record, hand);
  require(!rows.split.empty(), "no annotation has MANO parameters of both hands", root,
          "see `interprior inspect` for the reasons");
  const auto count = static_cast<int64_t>(rows.split.size());
  Patterns patterns;
  patterns.pose = floats(rows.pose, {count, 2, 48});
  patterns.shape = floats(rows.shape, {count, 2, 10});
  patterns.translation = floats(rows.translation, {count, 2, 3});
  patterns.source = patterns.modality = patterns.seed = torch::zeros({count}, torch::kInt64);
  patterns.split = torch::tensor(rows.split, torch::kInt64);
  patterns.sources = {"InterHand2.6M"};
  patterns.modalities = {"marker-less"};
  return patterns;
}

}  // namespace

Patterns merged_patterns(const std::vector<std::string>& sources, const std::string& hand) {
  std::vector<Patterns> parts;
  for (const std::string& path : sources) {
    parts.push_back(is_interhand_root(path) ? patterns_of_interhand(path, hand) : read_patterns(path));
    log_info(c10::str(path, ": ", parts.back().size(), " patterns"));
  }
  return merged(parts);
}

}  // namespace interprior
