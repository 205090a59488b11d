#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/hand/side.h"

// What is known of the pictures of a data set, in three tables: a frame is annotated once, however many cameras saw it, and a
// camera once, however many frames it saw. A million pictures fit into memory; `record` puts one together.
namespace interprior {

// MANO parameters as annotated: world frame, pose relative to hands_mean (flat_hand_mean = false), metres.
struct ManoAnnotation {
  std::array<double, 48> pose{};
  std::array<double, 10> shape{};
  std::array<double, 3> translation{};
};

// One annotated picture.
struct ImageRecord {
  std::string sample;             // split/file_name
  std::string sequence;           // capture and sequence, the unit of bootstrap
  std::filesystem::path file;     // the picture, or a shard of pictures one after the other
  int64_t offset = 0, bytes = 0;  // the picture's place in a shard; bytes 0: the file is the picture
  std::string hand_type;          // right, left, interacting
  bool hand_type_valid = true;
  Pinhole camera;
  Matrix3 camera_from_world{};       // rotation
  Vector3 world_origin_in_camera{};  // m: X_cam = R X_world + t
  Box box;                           // as annotated, px
  PerHand<std::optional<ManoAnnotation>> mano;
  std::array<std::array<Vector3, 21>, 2> joints_in_camera{};  // m, our order; right, left
  std::array<std::array<bool, 21>, 2> joint_valid{};
};

enum class HandType : uint8_t { right, left, interacting };
enum class Annotator : uint8_t { unknown, human, machine };
// Why a frame's MANO parameters of a hand are not there although the file names them.
enum class ManoFault : uint8_t { none, malformed, not_finite };
enum class PictureState : uint8_t { unknown, present, missing, damaged };  // of its file, as far as somebody has looked

inline constexpr std::array<const char*, 3> kHandTypeNames = {"right", "left", "interacting"};

struct CameraEntry {
  std::string capture, name;
  double fx = 0, fy = 0, cx = 0, cy = 0;  // px; fx 0: the camera is named by pictures but not described
  Matrix3 camera_from_world = identity_matrix();
  Vector3 world_origin_in_camera{};  // m
};

struct FrameEntry {
  std::string number;                               // in its capture
  std::array<std::array<Vector3, 21>, 2> joints{};  // m, our order
  std::array<std::array<bool, 21>, 2> joint_valid{};
  PerHand<std::optional<ManoAnnotation>> mano;
  PerHand<ManoFault> mano_fault{};
  bool joints_not_finite = false;  // a valid joint (of an index of version 1: or camera or box) is NaN or infinite
};

struct ImageEntry {
  uint32_t camera = 0, frame = 0, sequence = 0;  // rows of the other tables
  int32_t width = 0, height = 0;                 // px
  std::array<double, 4> box{};                   // x, y, width, height px
  uint64_t joint_valid = 0;                      // bit 21 side + joint: annotated in this picture
  int64_t annotation = -1;                       // its number in the source
  uint8_t split = 0;                             // into kSplitNames
  HandType hand_type = HandType::interacting;
  bool hand_type_valid = true;
  Annotator annotator = Annotator::unknown;
  PictureState state = PictureState::unknown;
  int16_t grey = -1;  // mean brightness 0..255; -1: not measured
};

// A picture whose name or place does not follow from sequence, camera and frame.
struct GivenPlace {
  std::string sample, file;  // `file`: absolute, or relative to the tables' root; empty: as the name says
  int64_t offset = 0, bytes = 0;
};

// What could not become a row of the tables.
struct LostAnnotations {
  int64_t images = 0, annotations = 0;              // of the split: pictures in all, annotations lost
  std::map<std::string, int64_t> by_type, reasons;  // of the annotations lost
  std::map<std::string, std::string> examples;      // by reason: the first one, in words; also of MANO parameters and cameras
};

// A file that the tables were made from, as it was then.
struct SourceFile {
  std::filesystem::path path;       // absolute
  int64_t bytes = 0, modified = 0;  // size; time of the last change, ns
  uint64_t hash = 0;                // of its contents
};

struct ImageTables {
  std::filesystem::path root;  // of the pictures
  std::vector<SourceFile> sources;
  std::vector<CameraEntry> cameras;
  std::vector<FrameEntry> frames;
  std::vector<std::string> sequences;  // split/Capture/sequence
  std::vector<ImageEntry> images;
  std::unordered_map<uint32_t, GivenPlace> given;  // by row of `images`
  std::map<std::string, LostAnnotations> lost;     // by split; also those of which nothing was lost
  bool joints_in_camera = false;  // the frames' joints are in the camera, each frame having one; otherwise in the world

  std::string sample(size_t row) const;
  std::filesystem::path file(size_t row) const;
  bool joint_valid(size_t row, size_t side, size_t joint) const;
  ImageRecord record(size_t row) const;
  // An image's frame with its joints in the world, as MANO's parameters are. camera_unit: m, of the camera's position.
  FrameEntry frame_in_world(size_t row, double camera_unit = 1) const;
};

// The last part of InterHand2.6M's name of a picture: imageF.jpg.
std::string composed_file_name(const ImageTables& tables, const ImageEntry& image);

}  // namespace interprior
