#include "interprior/data/examination/examination.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "camera_check.h"
#include "data/interhand/mano_fit.h"
#include "file_check.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image.h"
#include "interprior/hand/joint_check.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skinned_hand.h"
#include "pose_check.h"
#include "wrist_check.h"

namespace interprior {
namespace {

constexpr size_t kImages = 200000, kPosedHands = 2000;  // examined in a large set, evenly spaced
constexpr double kMisfitMm = 25;                        // mean distance of a hand's joints

const std::vector<std::string> kNames = {
    // faults of single images
    "malformed", "mano_malformed", "image_missing", "image_damaged", "image_id_doubled", "annotation_id_doubled",
    "camera_missing", "box_invalid", "box_outside",
    // of sets
    "boxes_beyond_image", "camera_misprojects", "camera_unit", "capture_missing", "file_missing", "five_fps_images",
    "hands_mean_missing", "hands_mean_twice", "joint_order", "joint_unit", "joints_mirrored", "joints_outside_boxes",
    "joints_reversed", "mano_exchanged", "mano_far", "mano_misfit", "mano_unit", "not_finite", "pose_degrees", "pose_misfit",
    "pose_pca", "shape_implausible",
    // of 2D joints
    "few_joints", "hands_coincide", "keypoints_normalised", "keypoints_order", "keypoints_outside", "no_keypoints"};

PerHand<ManoModel> doubles(const HandModel& hand) {
  PerHand<ManoModel> models = hand.hand;
  for (const Side side : kSides) models[side].hands_mean = models[side].hands_mean.to(torch::kCPU, torch::kFloat64).contiguous();
  return models;
}

// The procedural hand serves where no hand file is given: only proportions and chirality matter.
const HandModel& rest_of(const HandModel* hand) {
  if (hand != nullptr) return *hand;
  static const HandModel procedural = procedural_hand();
  return procedural;
}

bool all_valid(const FrameEntry& frame, Side side) {
  const auto& valid = frame.joint_valid[static_cast<size_t>(side)];
  return std::all_of(valid.begin(), valid.end(), [](bool one) { return one; });
}

// Frames of the images of the selected splits, each with the row of its first image.
std::vector<std::pair<uint32_t, uint32_t>> frames_of(const ImageTables& tables, const std::array<bool, 3>& asked) {
  std::vector<bool> seen(tables.frames.size(), false);
  std::vector<std::pair<uint32_t, uint32_t>> frames;
  for (size_t row = 0; row < tables.images.size(); ++row) {
    const ImageEntry& image = tables.images[row];
    if (!asked[image.split] || seen[image.frame]) continue;
    seen[image.frame] = true;
    frames.emplace_back(image.frame, static_cast<uint32_t>(row));
  }
  return frames;
}

struct CameraUnit {
  const char* name;
  double metres;
};
constexpr std::array<CameraUnit, 3> kCameraUnits = {{{"metres", 1}, {"millimetres", 0.001}, {"centimetres", 0.01}}};

void report_wrists(const std::array<WristCheck, kCameraUnits.size()>& wrists, size_t units, Findings& findings) {
  for (size_t i = 1; i < units; ++i)
    if (!wrists.front().plausible() && wrists[i].plausible()) {
      findings.push_back(
          {"camera_unit",
           c10::str("MANO's hands match the joints only if the cameras' translations are in ", kCameraUnits[i].name), "",
           "give camera/translation in metres", true});
      return;
    }
  wrists.front().report(findings);
}

// Compares MANO's posed hands with the annotated joints of the same frames.
void compare_posed(const ImageTables& tables, const std::vector<std::pair<uint32_t, uint32_t>>& frames, const HandModel& hand,
                   Health& health) {
  const PerHand<ManoModel> models = doubles(hand);
  const PerHand<SkinnedHand> skinned{SkinnedHand(models.right), SkinnedHand(models.left)};
  MeanPoseCheck mean(1);
  PerHand<std::vector<double>> distances;
  int64_t misfits = 0;
  std::string example;
  double worst = 0;
  const size_t step = std::max<size_t>(1, frames.size() / kPosedHands);
  for (size_t i = 0; i < frames.size(); i += step) {
    const FrameEntry frame = tables.frame_in_world(frames[i].second);
    for (const Side side : kSides) {
      const std::optional<double> distance = mano_fit_mm(frame, side, models[side], skinned[side]);
      if (!distance) continue;
      distances[side].push_back(*distance);
      if (*distance > kMisfitMm && ++misfits > 0 && *distance > worst) {
        worst = *distance;
        example = tables.sample(frames[i].second);
      }
      if (all_valid(frame, side))
        mean.add(frame.mano[side]->pose.data(), frame.mano[side]->shape.data(), frame.joints[static_cast<size_t>(side)],
                 models[side], skinned[side], tables.sample(frames[i].second));
    }
  }
  for (const Side side : kSides) health.mano_fit[side] = distribution_of(distances[side]);
  mean.report(health.findings);
  const auto looked = static_cast<int64_t>(distances.right.size() + distances.left.size());
  const bool known = std::any_of(health.findings.begin(), health.findings.end(), [](const Finding& finding) {
    return finding.name.rfind("mano_", 0) == 0 || finding.name.rfind("hands_mean", 0) == 0 || finding.name == "pose_misfit";
  });
  if (misfits > 0 && !known)
    health.findings.push_back({"mano_misfit",
                               c10::str("MANO's joints of ", misfits, " of ", looked, " hands are more than ", kMisfitMm,
                                        " mm from the annotated ones on average, up to ", worst, " mm"),
                               example, "leave such frames out with filter.max_mano_fit_error (mm)", 2 * misfits > looked});
}

Vector3 joint_at(const torch::Tensor& joints, int64_t row, int64_t joint) {
  const float* place = joints.const_data_ptr<float>() + 3 * (kJoints * row + joint);
  return {place[0], place[1], place[2]};
}

std::array<double, 58> numbers_of(const torch::Tensor& pose, const torch::Tensor& shape, int64_t row) {
  std::array<double, 58> numbers;
  std::copy_n(pose.const_data_ptr<float>() + 48 * row, 48, numbers.begin());
  std::copy_n(shape.const_data_ptr<float>() + 10 * row, 10, numbers.begin() + 48);
  return numbers;
}

void report_left_out(const std::map<std::string, int64_t>& left_out, const std::string& first, int64_t kept, Findings& findings) {
  for (const auto& [reason, count] : left_out)
    findings.push_back({reason, c10::str(count, " of ", kept + count, " rows contain NaN or infinity and are left out"), first,
                        "fix the program that wrote them", kept == 0});
}

}  // namespace

std::optional<double> mano_fit_mm(const FrameEntry& frame, Side side, const ManoModel& model, const SkinnedHand& skinned) {
  constexpr int kFewest = 6;
  const auto index = static_cast<size_t>(side);
  if (!frame.mano[side]) return std::nullopt;
  const ManoAnnotation& mano = *frame.mano[side];
  const HandJoints joints = posed_joints(mano.pose.data(), mano.shape.data(), model, skinned, 1);
  const Vector3 wrist = skinned.rest().wrist(mano.shape) + mano.translation;
  double sum = 0;
  int count = 0;
  for (size_t joint = 0; joint < joints.size(); ++joint) {
    if (!frame.joint_valid[index][joint]) continue;
    sum += (joints[joint] + wrist - frame.joints[index][joint]).norm();
    ++count;
  }
  if (count < kFewest) return std::nullopt;
  return 1000 * sum / count;
}

Health examine_images(const ImageTables& tables, const std::string& split, const HandModel* hand) {
  std::array<bool, 3> asked{};
  for (size_t code = 0; code < 3; ++code) asked[code] = split == "all" || split == kSplitNames[code];
  Health health;
  report_missing_files(tables, asked, health.findings);

  JointCheck joints(rest_of(hand));
  PoseCheck poses(hand, PoseOrigin::relative_to_mean);
  std::array<WristCheck, kCameraUnits.size()> wrists;
  const size_t units =
      tables.joints_in_camera ? kCameraUnits.size() : 1;  // the camera's unit matters only if it relates joints to MANO
  const auto frames = frames_of(tables, asked);
  for (const auto& pair : frames) {
    const FrameEntry& frame = tables.frames[pair.first];
    const uint32_t row = pair.second;
    std::string sample;
    const auto name = [&]() -> const std::string& { return sample.empty() ? sample = tables.sample(row) : sample; };
    for (const Side side : kSides) {
      if (all_valid(frame, side)) joints.add(side, frame.joints[static_cast<size_t>(side)], name());
      if (const auto& mano = frame.mano[side]) poses.add(side, mano->pose.data(), mano->shape.data(), name());
    }
    if (!frame.mano.right && !frame.mano.left) continue;
    for (size_t i = 0; i < units; ++i) wrists[i].add(tables.frame_in_world(row, kCameraUnits[i].metres), name());
  }
  joints.report("annotated joints", health.findings);
  poses.report(health.findings);
  report_wrists(wrists, units, health.findings);

  CameraCheck cameras(tables);
  const size_t step = std::max<size_t>(1, tables.images.size() / kImages);
  for (size_t row = 0; row < tables.images.size(); row += step)
    if (asked[tables.images[row].split]) cameras.add(row);
  cameras.report(health.findings);
  if (hand != nullptr) compare_posed(tables, frames, *hand, health);
  return health;
}

Findings findings_of_skips(const ImageIndex& index) {
  const auto missing = index.skipped.find("image_missing");
  if (missing == index.skipped.end()) return {};
  const double there = static_cast<double>(index.usable.size()), all = there + static_cast<double>(missing->second);
  if (all < 30 || std::abs(there / all - 1.0 / 6) > 0.03) return {};
  const auto example = index.examples.find("image_missing");
  return {{"five_fps_images",
           c10::str("one image in six is present: images of the 5 fps release with annotations of the 30 fps release"),
           example == index.examples.end() ? "" : example->second,
           "the present images are used; fetch the 30 fps images, or the annotations of the 5 fps release", false}};
}

NearBlack count_near_black(const ImageIndex& index, int64_t most) {
  constexpr double kDark = 10;  // the two-hand benchmark's threshold
  NearBlack count;
  const auto size = static_cast<int64_t>(index.usable.size());
  for (int64_t i = 0; i < std::min(most, size); ++i) {
    const ImageRecord record = index.usable[static_cast<size_t>(i * size / std::min(most, size))];
    try {
      count.dark += image_facts(read_image_bytes(record), record.sample).grey < kDark;
      ++count.looked_at;
    } catch (const Error&) {  // not counted here; damaged images are reported elsewhere
    }
  }
  return count;
}

Health examine_patterns(const Patterns& patterns, const HandModel* hand) {
  Health health;
  report_left_out(patterns.left_out, patterns.first_left_out, patterns.size(), health.findings);
  PoseCheck poses(hand, PoseOrigin::absolute);
  const torch::Tensor pose = patterns.pose.to(torch::kFloat32).contiguous().view({-1, 48}),
                      shape = patterns.shape.to(torch::kFloat32).contiguous().view({-1, 10});
  for (int64_t row = 0; row < pose.size(0); ++row) {
    const auto numbers = numbers_of(pose, shape, row);
    poses.add(kSides[static_cast<size_t>(row % 2)], numbers.data(), numbers.data() + 48, c10::str("pattern ", row / 2));
  }
  poses.report(health.findings);
  if (patterns.size() == 0) return health;
  const double apart = (patterns.translation.select(1, 0) - patterns.translation.select(1, 1)).norm(2, 1).median().item<double>();
  if (apart > 2) {
    const bool centimetres = apart < 60;
    health.findings.push_back({apart > 1000 ? "mano_far" : "mano_unit",
                               c10::str("the two hands of a pattern are ", apart, " m apart (median)",
                                        apart > 1000  ? ""
                                        : centimetres ? "; they look like centimetres"
                                                      : "; they look like millimetres"),
                               "", "give translations in metres", true});
  }
  return health;
}

Health examine_poses(const Poses& poses, const HandModel* hand) {
  Health health;
  report_left_out(poses.left_out, poses.first_left_out, poses.size(), health.findings);
  PoseCheck check(hand, PoseOrigin::absolute);
  JointCheck joints(rest_of(hand));
  MeanPoseCheck mean(0);
  std::optional<PerHand<ManoModel>> models;
  std::optional<PerHand<SkinnedHand>> skinned;
  if (hand != nullptr) {
    models = doubles(*hand);
    skinned = PerHand<SkinnedHand>{SkinnedHand(models->right), SkinnedHand(models->left)};
  }
  const torch::Tensor pose = poses.pose.to(torch::kFloat32).contiguous(), shape = poses.shape.to(torch::kFloat32).contiguous();
  const torch::Tensor places = poses.joints.defined() ? poses.joints.to(torch::kFloat32).contiguous() : torch::Tensor();
  const int64_t step = std::max<int64_t>(1, poses.size() / static_cast<int64_t>(kPosedHands));
  for (int64_t row = 0; row < poses.size(); ++row) {
    const auto numbers = numbers_of(pose, shape, row);
    const Side side = kSides[static_cast<size_t>(poses.side[row].item<int64_t>())];
    const std::string sample = c10::str("pose ", row);
    check.add(side, numbers.data(), numbers.data() + 48, sample);
    if (!places.defined()) continue;
    HandJoints own;
    for (int64_t joint = 0; joint < kJoints; ++joint) own[static_cast<size_t>(joint)] = joint_at(places, row, joint);
    if (std::all_of(own.begin(), own.end(), [&](const Vector3& joint) { return joint == own[0]; })) continue;  // no joints known
    joints.add(side, own, sample);
    if (models && row % step == 0) mean.add(numbers.data(), numbers.data() + 48, own, (*models)[side], (*skinned)[side], sample);
  }
  check.report(health.findings);
  joints.report("joints", health.findings);
  for (Finding& finding : health.findings) {
    if (finding.name != "joint_order") continue;
    finding.refused = false;  // joints in poses.h5 are used only for such checks
    finding.advice = "rebuilding a two-hand set leaves such poses out; " + finding.advice;
  }
  const bool ordered = std::none_of(health.findings.begin(), health.findings.end(),
                                    [](const Finding& finding) { return finding.name == "joint_order"; });
  if (ordered) mean.report(health.findings);
  return health;
}

void require_healthy(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where) {
  require_known_findings(accepted);
  for (const Finding& finding : findings)
    if (!finding.refused || std::find(accepted.begin(), accepted.end(), finding.name) != accepted.end())
      log_warning(c10::str(where, ": ", finding.name, ": ", text_of(finding)));
  require_accepted(findings, accepted, where);
}

void require_known_findings(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) continue;
    const std::string nearest = nearest_word(name, kNames);
    throw Error("there is no finding '" + name + "'", "--accept",
                nearest.empty() ? "known: " + c10::Join(", ", kNames) : "did you mean " + nearest + "?");
  }
}

}  // namespace interprior
