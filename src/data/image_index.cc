#include "interprior/data/image_index.h"

#include <cmath>
#include <utility>

#include "interprior/data/picture.h"

namespace interprior {
namespace {

bool has_joints(const ImageRecord& record) {
  for (const auto& hand : record.joint_valid)
    for (const bool valid : hand)
      if (valid) return true;
  return false;
}

bool is_box(const Box& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) && std::isfinite(box.height) && box.width > 0 &&
         box.height > 0;
}

}  // namespace

std::string skip_reason(const ImageRecord& record, const UsableRule& rule) {
  const PerHand<bool> shown = hands_of_type(record.hand_type);
  int present = 0, posed = 0;
  for (const Side side : kSides) {
    present += shown[side];
    posed += shown[side] && record.mano[side].has_value();
  }
  if (rule.need_mano && posed == 0) return "mano_missing";
  if (!record.hand_type_valid) return "hand_type_invalid";
  if (rule.interacting_only && record.hand_type != "interacting") return "not_interacting";
  if (rule.need_mano && posed < present) return "mano_one_hand";
  if (!(record.camera.fx > 0 && record.camera.fy > 0 && record.camera.width > 0 && record.camera.height > 0))
    return "camera_missing";
  if (posed == 0 && !has_joints(record)) return "joints_missing";
  if (!is_box(record.box)) return "box_invalid";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(record.file, ignored)) return "image_missing";
  if (rule.least_grey > 0 && mean_grey(read_picture_bytes(record), record.sample) < rule.least_grey) return "image_dark";
  return "";
}

void add_record(ImageIndex& index, ImageRecord record, const UsableRule& rule) {
  ++index.annotations;
  ++index.by_type[record.hand_type];
  const std::string reason = skip_reason(record, rule);
  if (reason.empty()) {
    index.usable.push_back(std::move(record));
    return;
  }
  ++index.skipped[reason];
  if (rule.keep_unusable) index.unusable.push_back(std::move(record));
}

}  // namespace interprior
