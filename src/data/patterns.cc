#include "interprior/data/patterns.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "concatenated.h"
#include "data/examination/row_checks.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"
#include "page_locked.h"

namespace interprior {
namespace {

constexpr const char* kFormat = "interprior.patterns";
constexpr int64_t kVersion = 1;
constexpr torch::Tensor Patterns::*kColumns[] = {&Patterns::pose,   &Patterns::shape,       &Patterns::translation,
                                                 &Patterns::source, &Patterns::modality,    &Patterns::split,
                                                 &Patterns::seed,   &Patterns::penetration, &Patterns::meant_to_touch};

// "reason=count,reason=count".
std::string counts_text(const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> entries;
  for (const auto& [name, count] : counts) entries.push_back(c10::str(name, "=", count));
  return join_names(entries);
}

std::map<std::string, int64_t> counts_from(const std::string& text, const std::string& where) {
  std::map<std::string, int64_t> counts;
  for (const std::string& entry : split_names(text)) {
    const size_t sign = entry.find('='), begin = sign + 1;
    int64_t count = 0;
    const char* end = entry.data() + entry.size();
    const bool good = sign != std::string::npos && std::from_chars(entry.data() + begin, end, count).ptr == end && count >= 0;
    if (!good || begin == entry.size())
      throw Error("the attribute `rejected` holds `" + entry + "` where REASON=COUNT was expected", where);
    counts[entry.substr(0, sign)] = count;
  }
  return counts;
}

void check_patterns(const Patterns& patterns, const std::string& where) {
  ShapeCheck check("patterns " + where);
  check(patterns.pose, "pose", {"N", 2, 48})(patterns.shape, "shape", {"N", 2, 10})(patterns.translation, "translation",
                                                                                    {"N", 2, 3});
  check(patterns.source, "source", {"N"})(patterns.modality, "modality", {"N"})(patterns.split, "split", {"N"})(patterns.seed,
                                                                                                                "seed", {"N"});
  check_finite_rows(patterns.pose, "pattern", "pose", where);
  check_finite_rows(patterns.shape, "pattern", "shape", where);
  check_finite_rows(patterns.translation, "pattern", "translation", where);
  check_codes(patterns.source, static_cast<int64_t>(patterns.sources.size()), "pattern", "source", where);
  check_codes(patterns.modality, static_cast<int64_t>(patterns.modalities.size()), "pattern", "modality", where);
  check_codes(patterns.split, 3, "pattern", "split", where);
  if (patterns.penetration.defined()) {
    check(patterns.penetration, "penetration", {"N"});
    check_finite_rows(patterns.penetration.unsqueeze(1), "pattern", "penetration", where);
  }
  if (patterns.meant_to_touch.defined()) {
    check(patterns.meant_to_touch, "meant_to_touch", {"N"});
    check_codes(patterns.meant_to_touch, 2, "pattern", "meant_to_touch", where);
  }
}

Patterns rows_of(const Patterns& patterns, const torch::Tensor& rows) {
  Patterns part = patterns;
  for (const auto column : kColumns)
    if ((part.*column).defined()) part.*column = (part.*column).index_select(0, rows);
  return part;
}

}  // namespace

Patterns read_patterns(const std::filesystem::path& path) {
  const TensorFileReader file(path, kFormat, kVersion);
  Patterns patterns;
  patterns.pose = file.read("pose", torch::kFloat32, {-1, 2, 48});
  const int64_t count = patterns.pose.size(0);
  patterns.shape = file.read("shape", torch::kFloat32, {count, 2, 10});
  patterns.translation = file.read("translation", torch::kFloat32, {count, 2, 3});
  patterns.source = file.read("source", torch::kInt64, {count});
  patterns.modality = file.read("modality", torch::kInt64, {count});
  patterns.split = file.read("split", torch::kInt64, {count});
  patterns.seed = file.read("seed", torch::kInt64, {count});
  if (file.has("penetration")) patterns.penetration = file.read("penetration", torch::kFloat32, {count});
  if (file.has("meant_to_touch")) patterns.meant_to_touch = file.read("meant_to_touch", torch::kInt64, {count});
  patterns.sources = split_names(file.attribute("sources"));
  patterns.modalities = split_names(file.attribute("modalities"));
  if (file.has_attribute("rejected")) patterns.rejected = counts_from(file.attribute("rejected"), path.string());
  if (const torch::Tensor kept = finite_rows({patterns.pose, patterns.shape, patterns.translation, patterns.penetration});
      kept.size(0) < count) {
    require(kept.size(0) > 0, "no pattern has only finite numbers", path.string(), "fix the program that wrote it");
    patterns = rows_of(patterns, kept);
    patterns.left_out["not_finite"] = count - kept.size(0);
    patterns.first_left_out = first_left_out(kept, count, "pattern");
  }
  check_patterns(patterns, path.string());
  return patterns;
}

void write_patterns(const std::filesystem::path& path, const Patterns& patterns) {
  check_patterns(patterns, path.string());
  TensorFileWriter file(path, kFormat, kVersion);
  file.write("pose", patterns.pose.to(torch::kFloat32));
  file.write("shape", patterns.shape.to(torch::kFloat32));
  file.write("translation", patterns.translation.to(torch::kFloat32));
  file.write("source", patterns.source);
  file.write("modality", patterns.modality);
  file.write("split", patterns.split);
  file.write("seed", patterns.seed);
  if (patterns.penetration.defined()) file.write("penetration", patterns.penetration.to(torch::kFloat32));
  if (patterns.meant_to_touch.defined()) file.write("meant_to_touch", patterns.meant_to_touch.to(torch::kUInt8));
  file.attribute("sources", join_names(patterns.sources));
  file.attribute("modalities", join_names(patterns.modalities));
  if (!patterns.rejected.empty()) file.attribute("rejected", counts_text(patterns.rejected));
  file.close();
}

Patterns merged(const std::vector<Patterns>& parts) {
  require(!parts.empty(), "there are no patterns to merge");
  std::vector<Patterns> recoded_parts = parts;
  Patterns all;
  for (Patterns& part : recoded_parts) {
    part.source = recoded(part.source, part.sources, all.sources);
    part.modality = recoded(part.modality, part.modalities, all.modalities);
    for (const auto& [reason, count] : part.rejected) all.rejected[reason] += count;
    for (const auto& [reason, count] : part.left_out) all.left_out[reason] += count;
    if (all.first_left_out.empty()) all.first_left_out = part.first_left_out;
  }
  for (const auto column : kColumns) all.*column = concatenated(recoded_parts, column);
  return all;
}

namespace {

// Row numbers of the patterns of a split, (n) int64.
torch::Tensor rows_of_split(const torch::Tensor& splits, const std::string& split, const std::string& where = "") {
  const auto name = std::find(std::begin(kSplitNames), std::end(kSplitNames), split);
  require(name != std::end(kSplitNames), "patterns have no split `" + split + "`", where, "choose one of: train, val, test, all");
  const torch::Tensor rows = splits.eq(static_cast<int64_t>(name - std::begin(kSplitNames))).nonzero().squeeze(1);
  require(rows.size(0) > 0, "no pattern belongs to the split `" + split + "`", where,
          "choose another split or add patterns to it");
  return rows;
}

}  // namespace

Patterns of_split(const Patterns& patterns, const std::string& split) {
  if (split != "all") return rows_of(patterns, rows_of_split(patterns.split, split));
  require(patterns.size() > 0, "there are no patterns at all");
  return patterns;
}

void require_split(const std::filesystem::path& path, const std::string& split) {
  const TensorFileReader file(path, kFormat, kVersion);
  if (split != "all") rows_of_split(file.read("split", torch::kInt64, file.shape("split")), split, path.string());
}

std::vector<std::string> read_modalities(const std::filesystem::path& path) {
  return split_names(TensorFileReader(path, kFormat, kVersion).attribute("modalities"));
}

void require_modalities(const std::vector<std::string>& names, const std::vector<std::string>& known, const std::string& where) {
  for (const std::string& name : names)
    require(std::find(known.begin(), known.end(), name) != known.end(), "patterns have no modality `" + name + "`", where,
            "known: " + c10::Join(", ", known));
}

Patterns of_modalities(const Patterns& patterns, const std::vector<std::string>& names) {
  if (names.empty()) return patterns;
  require_modalities(names, patterns.modalities);
  torch::Tensor chosen = torch::zeros({patterns.size()}, torch::kBool);
  for (const std::string& name : names) {
    const auto code = std::find(patterns.modalities.begin(), patterns.modalities.end(), name) - patterns.modalities.begin();
    chosen |= patterns.modality.eq(static_cast<int64_t>(code));
  }
  const torch::Tensor rows = chosen.nonzero().squeeze(1);
  require(rows.size(0) > 0, "no pattern is of the modality " + c10::Join(", ", names), "",
          "this split may lack it; known: " + c10::Join(", ", patterns.modalities));
  return rows_of(patterns, rows);
}

Patterns first(const Patterns& patterns, int64_t limit) {
  return rows_of(patterns, torch::arange(std::min(limit, patterns.size())));
}

Patterns subsample(const Patterns& patterns, int64_t limit) {
  const int64_t count = patterns.size();
  if (limit >= count) return patterns;
  return rows_of(patterns, (torch::arange(limit) * count).div(limit, "floor"));
}

void PatternBatch::for_each_tensor(const std::function<void(torch::Tensor&)>& visit) {
  for (torch::Tensor* tensor : {&pose, &shape, &translation}) visit(*tensor);
}

PatternBatch PatternBatch::to(torch::Device device) const {
  PatternBatch batch = *this;
  batch.for_each_tensor([&](torch::Tensor& tensor) { tensor = tensor.to(device, tensor.scalar_type(), true); });
  return batch;
}

PerHand<HandPose> pose_from(const PatternBatch& batch, const TwoHands& hands) {
  ShapeCheck("pose_from")(batch.pose, "pose", {"B", 2, 48})(batch.shape, "shape", {"B", 2, 10})(batch.translation, "translation",
                                                                                                {"B", 2, 3});
  const torch::Tensor rotations = matrix_from_axis_angle(batch.pose.unflatten(2, {16, 3}));
  PerHand<torch::Tensor> wrist;
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    wrist[side] = hands.layer[side].rest_wrist(batch.shape.select(1, row)) + batch.translation.select(1, row);
  }
  PerHand<HandPose> pose;
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    pose[side] = {rotations.select(1, row), batch.shape.select(1, row), wrist[side] - wrist.right};
  }
  return pose;
}

Interaction interaction_from(const PatternBatch& batch, const TwoHands& hands) {
  return interaction_from(pose_from(batch, hands));
}

PatternBatch pattern_from(const PerHand<HandPose>& pose, const TwoHands& hands) {
  PerHand<torch::Tensor> vector, translation;
  for (const Side side : kSides) {
    vector[side] = axis_angle_from_matrix(pose[side].rotations).flatten(1);
    translation[side] = pose[side].wrist_in_root - hands.layer[side].rest_wrist(pose[side].shape);
  }
  return {torch::stack({vector.right, vector.left}, 1), torch::stack({pose.right.shape, pose.left.shape}, 1),
          torch::stack({translation.right, translation.left}, 1)};
}

PatternDataset::PatternDataset(Patterns patterns) : patterns_(std::move(patterns)) {
  check_patterns(patterns_, "of a data set");
  for (torch::Tensor* column : {&patterns_.pose, &patterns_.shape, &patterns_.translation})
    *column = column->to(torch::kCPU, torch::kFloat32).contiguous();
}

int64_t PatternDataset::size() const { return patterns_.size(); }

PatternBatch PatternDataset::allocate(int64_t rows) const {
  return {page_locked_zeros({rows, 2, 48}), page_locked_zeros({rows, 2, 10}), page_locked_zeros({rows, 2, 3})};
}

void PatternDataset::fill(int64_t index, Seed, PatternBatch& slot, int64_t row) const {
  const auto copy = [&](const torch::Tensor& from, torch::Tensor& to, int64_t width) {
    std::memcpy(to.data_ptr<float>() + row * width, from.const_data_ptr<float>() + index * width,
                static_cast<size_t>(width) * sizeof(float));
  };
  copy(patterns_.pose, slot.pose, 96);
  copy(patterns_.shape, slot.shape, 20);
  copy(patterns_.translation, slot.translation, 6);
}

}  // namespace interprior
