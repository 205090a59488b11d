#include "interprior/data/images/image_index.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/examination/examination.h"
#include "interprior/data/images/image.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/skinned_hand.h"

namespace interprior {
namespace {

// Annotation ids of a text file, one per line; empty lines and lines that begin with # are skipped.
std::unordered_set<int64_t> read_numbers(const std::string& path) {
  std::istringstream file(read_file(path));
  std::unordered_set<int64_t> numbers;
  std::string line;
  for (int64_t number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    size_t used = 0;
    int64_t value = 0;
    try {
      value = std::stoll(line, &used);
    } catch (const std::exception&) {
    }
    require(used == line.size(), "`" + line.substr(0, 40) + "` is not an annotation id", c10::str(path, ":", number),
            "give a text file with one integer per line");
    numbers.insert(value);
  }
  require(!numbers.empty(), "the list of annotations is empty", path);
  return numbers;
}

// An image filter; its name lists are resolved once for all rows.
class Wanted {
 public:
  Wanted(const ImageTables& tables, const ImageFilter& filter) : annotator_(filter.annotator) {
    const auto chosen = [](const std::vector<std::string>& names, const std::string& name) {
      return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const CameraEntry& camera : tables.cameras)
      cameras_.push_back(chosen(filter.cameras, camera.name) && chosen(filter.captures, camera.capture));
    for (const std::string& sequence : tables.sequences)
      sequences_.push_back(chosen(filter.sequences, sequence.substr(sequence.rfind('/') + 1)) ||
                           chosen(filter.sequences, sequence));
    if (!filter.annotations.empty()) annotations_ = read_numbers(filter.annotations);
  }

  bool operator()(const ImageEntry& image) const {
    return cameras_[image.camera] && sequences_[image.sequence] &&
           (annotator_ == Annotator::unknown || image.annotator == annotator_) &&
           (annotations_.empty() || annotations_.count(image.annotation) > 0);
  }

 private:
  Annotator annotator_;
  std::vector<bool> cameras_, sequences_;
  std::unordered_set<int64_t> annotations_;
};

bool has_joints(const ImageTables& tables, size_t row) {
  for (size_t side = 0; side < 2; ++side)
    for (size_t joint = 0; joint < 21; ++joint)
      if (tables.joint_valid(row, side, joint)) return true;
  return false;
}

bool is_box(const std::array<double, 4>& box) {
  return std::all_of(box.begin(), box.end(), [](double side) { return std::isfinite(side); }) && box[2] > 0 && box[3] > 0;
}

// Whether box and image overlap.
bool meets_image(const ImageEntry& image) {
  const auto& [x, y, width, height] = image.box;
  return x < image.width - 0.5 && y < image.height - 0.5 && x + width > -0.5 && y + height > -0.5;
}

// The fault of an image's file, from the tables or the disk; nullptr if there is none.
const char* fault_of_image(const ImageTables& tables, size_t row, double min_mean_intensity) {
  const ImageEntry& image = tables.images[row];
  std::error_code ignored;
  if (image.state == ImageState::missing) return "image_missing";
  if (image.state == ImageState::damaged) return "image_damaged";
  if (image.state == ImageState::unknown && !std::filesystem::is_regular_file(tables.file(row), ignored)) return "image_missing";
  if (!(min_mean_intensity > 0)) return nullptr;
  if (image.grey >= 0) return image.grey < min_mean_intensity ? "image_dark" : nullptr;
  try {
    const ImageRecord record = tables.record(row);
    return std::floor(image_facts(read_image_bytes(record), record.sample).grey) < min_mean_intensity ? "image_dark" : nullptr;
  } catch (const Error&) {
    return "image_damaged";
  }
}

// Finds frames in which MANO and the annotated joints differ by more than the filter allows. The result is cached per frame.
class FitFilter {
 public:
  FitFilter(const ImageTables& tables, const UsableRule& rule) : tables_(tables), most_mm_(rule.filter.max_mano_fit_error) {
    if (!(most_mm_ > 0)) return;
    require(rule.hand != nullptr, "comparing MANO with the joints requires a hand file", "filter.max_mano_fit_error",
            "give the hand file too");
    models_ = rule.hand->hand;
    for (const Side side : kSides)
      models_[side].hands_mean = models_[side].hands_mean.to(torch::kCPU, torch::kFloat64).contiguous();
    skinned_.emplace(PerHand<SkinnedHand>{SkinnedHand(models_.right), SkinnedHand(models_.left)});
    known_.assign(tables.frames.size(), -1);
  }
  bool misfit(size_t row) {
    if (!skinned_) return false;
    int8_t& known = known_[tables_.images[row].frame];
    if (known >= 0) return known > 0;
    const FrameEntry frame = tables_.frame_in_world(row);
    known = 0;
    for (const Side side : kSides)
      if (mano_fit_mm(frame, side, models_[side], (*skinned_)[side]).value_or(0) > most_mm_) known = 1;
    return known > 0;
  }

 private:
  const ImageTables& tables_;
  double most_mm_;
  PerHand<ManoModel> models_;
  std::optional<PerHand<SkinnedHand>> skinned_;
  std::vector<int8_t> known_;  // by frame; 1: misfit, -1: not yet computed
};

const char* skip_reason(const ImageTables& tables, size_t row, const UsableRule& rule, const Wanted& wanted, FitFilter& fit) {
  const ImageEntry& image = tables.images[row];
  const CameraEntry& camera = tables.cameras[image.camera];
  const FrameEntry& frame = tables.frames[image.frame];
  const PerHand<bool> shown = {image.hand_type != HandType::left, image.hand_type != HandType::right};
  int present = 0, posed = 0;
  ManoFault fault = ManoFault::none;
  for (const Side side : kSides) {
    present += shown[side];
    posed += shown[side] && frame.mano[side].has_value();
    if (shown[side] && fault == ManoFault::none) fault = frame.mano_fault[side];
  }
  if (frame.joints_not_finite || (rule.need_mano && fault == ManoFault::not_finite)) return "not_finite";
  if (rule.need_mano && fault == ManoFault::malformed) return "mano_malformed";
  if (rule.need_mano && posed == 0) return "mano_missing";
  if (!image.hand_type_valid) return "hand_type_invalid";
  if (rule.interacting_only && image.hand_type != HandType::interacting) return "not_interacting";
  if (rule.need_mano && posed < present) return "mano_one_hand";
  if (!(camera.fx > 0 && camera.fy > 0 && image.width > 0 && image.height > 0)) return "camera_missing";
  if (posed == 0 && !has_joints(tables, row)) return "joints_missing";
  if (!is_box(image.box)) return "box_invalid";
  if (!meets_image(image)) return "box_outside";
  if (!wanted(image)) return "excluded_by_filter";
  if (fit.misfit(row)) return "mano_misfit";
  return fault_of_image(tables, row, rule.filter.min_mean_intensity);
}

}  // namespace

bool is_fault(const std::string& reason) {
  for (const char* choice : {"mano_missing", "mano_one_hand", "hand_type_invalid", "joints_missing",  // not annotated
                             "not_interacting", "not_both_hands", "no_valid_joint",                   // not part of a test set
                             "excluded_by_filter", "mano_misfit", "image_dark"})                      // excluded by a filter
    if (reason == choice) return false;
  return true;
}

ImageRecord ImageRows::at(size_t i) const {
  require(i < places_.size(), "there is no such image in the index");
  return (*this)[i];
}

void ImageRows::add(const std::shared_ptr<const ImageTables>& tables, size_t row) {
  size_t table = tables_.size();
  while (table > 0 && tables_[table - 1] != tables) --table;
  if (table == 0) {
    tables_.push_back(tables);
    table = tables_.size();
  }
  places_.push_back({static_cast<uint32_t>(table - 1), static_cast<uint32_t>(row)});
}

void ImageRows::add(const ImageRows& rows, size_t i) { add(rows.tables_[rows.places_[i].table], rows.places_[i].row); }

void ImageRows::truncate(size_t size) { places_.resize(std::min(size, places_.size())); }

ImageRows ImageRows::only(size_t i) const {
  ImageRows one;
  one.add(*this, i);
  return one;
}

ImageIndex index_of(std::shared_ptr<const ImageTables> tables, const std::string& split, const UsableRule& rule) {
  std::string known = "all";
  std::array<bool, 3> asked{};
  ImageIndex index;
  index.tables = tables;
  for (size_t code = 0; code < 3; ++code) {
    const auto found = tables->lost.find(kSplitNames[code]);
    if (found == tables->lost.end()) continue;
    known += std::string(", ") + kSplitNames[code];
    if (split != "all" && split != kSplitNames[code]) continue;
    asked[code] = true;
    index.splits.emplace_back(kSplitNames[code]);
    index.images += found->second.images;
    index.annotations += found->second.annotations;
    for (const auto& [type, count] : found->second.by_type) index.by_type[type] += count;
    for (const auto& [reason, count] : found->second.reasons) index.skipped[reason] += count;
    index.examples.insert(found->second.examples.begin(), found->second.examples.end());
  }
  require(!index.splits.empty(), "this data set has no image of the split `" + split + "`", tables->root.string(),
          "choose one of: " + known);
  const Wanted wanted(*tables, rule.filter);
  FitFilter fit(*tables, rule);
  std::array<int64_t, 3> types{};
  std::map<const char*, int64_t> skipped;
  for (size_t row = 0; row < tables->images.size(); ++row) {
    const ImageEntry& image = tables->images[row];
    if (!asked[image.split]) continue;
    ++index.annotations;
    ++types[static_cast<size_t>(image.hand_type)];
    const char* reason = skip_reason(*tables, row, rule, wanted, fit);
    if (reason == nullptr) {
      index.usable.add(tables, row);
      continue;
    }
    if (skipped[reason]++ == 0) index.examples.emplace(reason, tables->sample(row));
    if (rule.keep_unusable) index.unusable.add(tables, row);
  }
  for (size_t type = 0; type < types.size(); ++type)
    if (types[type] > 0) index.by_type[kHandTypeNames[type]] += types[type];
  for (const auto& [reason, count] : skipped) index.skipped[reason] += count;
  std::erase_if(index.examples, [&](const auto& example) { return index.skipped.count(example.first) == 0; });
  return index;
}

}  // namespace interprior
