#include "interprior/data/poses.h"

#include <torch/types.h>

#include <algorithm>

#include "concatenated.h"
#include "data/examination/row_checks.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr const char* kFormat = "interprior.poses";
constexpr int64_t kVersion = 1;
constexpr torch::Tensor Poses::*kColumns[] = {&Poses::pose,   &Poses::shape,    &Poses::side,  &Poses::split,
                                              &Poses::source, &Poses::modality, &Poses::joints};

void check_poses(const Poses& poses, const std::string& where) {
  ShapeCheck check("poses " + where);
  check(poses.pose, "pose", {"N", 48})(poses.shape, "shape", {"N", 10})(poses.side, "side", {"N"})(poses.split, "split", {"N"});
  check(poses.source, "source", {"N"})(poses.modality, "modality", {"N"});
  check_finite_rows(poses.pose, "pose", "pose", where);
  check_finite_rows(poses.shape, "pose", "shape", where);
  if (poses.joints.defined()) {
    check(poses.joints, "joints", {"N", 21, 3});
    check_finite_rows(poses.joints, "pose", "joints", where);
  }
  check_codes(poses.side, 2, "pose", "side", where);
  check_codes(poses.split, 3, "pose", "split", where);
  check_codes(poses.source, static_cast<int64_t>(poses.sources.size()), "pose", "source", where);
  check_codes(poses.modality, static_cast<int64_t>(poses.modalities.size()), "pose", "modality", where);
}

}  // namespace

Poses read_poses(const std::filesystem::path& path) {
  const TensorFileReader file(path, kFormat, kVersion);
  Poses poses;
  poses.pose = file.read("pose", torch::kFloat32, {-1, 48});
  const int64_t count = poses.pose.size(0);
  poses.shape = file.read("shape", torch::kFloat32, {count, 10});
  poses.side = file.read("side", torch::kInt64, {count});
  poses.split = file.read("split", torch::kInt64, {count});
  poses.source = file.read("source", torch::kInt64, {count});
  poses.modality = file.read("modality", torch::kInt64, {count});
  if (file.has("joints")) poses.joints = file.read("joints", torch::kFloat32, {count, 21, 3});
  poses.sources = split_names(file.attribute("sources"));
  poses.modalities = split_names(file.attribute("modalities"));
  if (const torch::Tensor kept = finite_rows({poses.pose, poses.shape, poses.joints}); kept.size(0) < count) {
    require(kept.size(0) > 0, "no pose has only finite numbers", path.string(), "fix the program that wrote it");
    poses = rows(poses, kept);
    poses.left_out["not_finite"] = count - kept.size(0);
    poses.first_left_out = first_left_out(kept, count, "pose");
  }
  check_poses(poses, path.string());
  return poses;
}

void write_poses(const std::filesystem::path& path, const Poses& poses) {
  check_poses(poses, path.string());
  TensorFileWriter file(path, kFormat, kVersion);
  file.write("pose", poses.pose.to(torch::kFloat32));
  file.write("shape", poses.shape.to(torch::kFloat32));
  file.write("side", poses.side);
  file.write("split", poses.split);
  file.write("source", poses.source);
  file.write("modality", poses.modality);
  if (poses.joints.defined()) file.write("joints", poses.joints.to(torch::kFloat32));
  file.attribute("sources", join_names(poses.sources));
  file.attribute("modalities", join_names(poses.modalities));
  file.close();
}

Poses single_hands(const Patterns& patterns) {
  const auto both = [](const torch::Tensor& column) { return torch::cat({column, column}); };
  Poses poses;
  poses.pose = patterns.pose.transpose(0, 1).flatten(0, 1);
  poses.shape = patterns.shape.transpose(0, 1).flatten(0, 1);
  poses.side = torch::arange(2).repeat_interleave(patterns.size());
  poses.split = both(patterns.split);
  poses.source = both(patterns.source);
  poses.modality = both(patterns.modality);
  poses.sources = patterns.sources;
  poses.modalities = patterns.modalities;
  return poses;
}

Poses merged(const std::vector<Poses>& parts) {
  require(!parts.empty(), "there are no poses to merge");
  std::vector<Poses> recoded_parts = parts;
  Poses all;
  for (Poses& part : recoded_parts) {
    part.source = recoded(part.source, part.sources, all.sources);
    part.modality = recoded(part.modality, part.modalities, all.modalities);
    for (const auto& [reason, count] : part.left_out) all.left_out[reason] += count;
    if (all.first_left_out.empty()) all.first_left_out = part.first_left_out;
  }
  for (const auto column : kColumns) all.*column = concatenated(recoded_parts, column);
  return all;
}

Poses rows(const Poses& poses, const torch::Tensor& index) {
  Poses part = poses;
  for (const auto column : kColumns)
    if ((part.*column).defined()) part.*column = (part.*column).index_select(0, index);
  return part;
}

}  // namespace interprior
