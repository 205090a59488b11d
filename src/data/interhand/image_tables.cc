#include "interprior/data/interhand/image_tables.h"

#include "interprior/data/patterns.h"

namespace interprior {
namespace {

// The image path in InterHand2.6M: CaptureN/SEQ/camX/imageF.jpg.
std::string composed_name(const ImageTables& tables, const ImageEntry& image) {
  const CameraEntry& camera = tables.cameras[image.camera];
  const std::string& sequence = tables.sequences[image.sequence];
  return "Capture" + camera.capture + sequence.substr(sequence.rfind('/')) + "/cam" + camera.name + "/" +
         composed_file_name(tables, image);
}

}  // namespace

std::string composed_file_name(const ImageTables& tables, const ImageEntry& image) {
  return "image" + tables.frames[image.frame].number + ".jpg";
}

std::string ImageTables::sample(size_t row) const {
  const auto found = given.find(static_cast<uint32_t>(row));
  if (found != given.end() && !found->second.sample.empty()) return found->second.sample;
  return std::string(kSplitNames[images[row].split]) + "/" + composed_name(*this, images[row]);
}

std::filesystem::path ImageTables::file(size_t row) const {
  const auto found = given.find(static_cast<uint32_t>(row));
  if (found != given.end() && !found->second.file.empty()) return root / found->second.file;
  return root / "images" / sample(row);
}

bool ImageTables::joint_valid(size_t row, size_t side, size_t joint) const {
  const ImageEntry& image = images[row];
  return (image.joint_valid >> (21 * side + joint) & 1) != 0 && frames[image.frame].joint_valid[side][joint];
}

FrameEntry ImageTables::frame_in_world(size_t row, double camera_unit) const {
  FrameEntry frame = frames[images[row].frame];
  if (!joints_in_camera) return frame;
  const CameraEntry& camera = cameras[images[row].camera];
  RigidTransform camera_from_world = camera.camera_from_world;
  camera_from_world.translation *= camera_unit;
  const RigidTransform world_from_camera = camera_from_world.inverse();
  for (HandJoints& joints : frame.joints)
    for (Vector3& joint : joints) joint = world_from_camera * joint;
  return frame;
}

ImageRecord ImageTables::record(size_t row) const {
  const ImageEntry& image = images.at(row);
  const CameraEntry& camera = cameras[image.camera];
  const FrameEntry& frame = frames[image.frame];
  ImageRecord record;
  record.sample = sample(row);
  record.sequence = sequences[image.sequence];
  record.file = file(row);
  if (const auto found = given.find(static_cast<uint32_t>(row)); found != given.end()) {
    record.offset = found->second.offset;
    record.bytes = found->second.bytes;
  }
  record.hand_type = kHandTypeNames[static_cast<size_t>(image.hand_type)];
  record.hand_type_valid = image.hand_type_valid;
  record.camera = {camera.fx, camera.fy, camera.cx, camera.cy, image.width, image.height};
  record.camera_from_world = camera.camera_from_world;
  record.box = {image.box[0], image.box[1], image.box[2], image.box[3]};
  record.mano = frame.mano;
  for (size_t side = 0; side < 2; ++side)
    for (size_t joint = 0; joint < 21; ++joint) {
      if (!joint_valid(row, side, joint)) continue;
      record.joint_valid[side][joint] = true;
      const Vector3& place = frame.joints[side][joint];
      record.joints_in_camera[side][joint] = joints_in_camera ? place : Vector3(camera.camera_from_world * place);
    }
  return record;
}

}  // namespace interprior
