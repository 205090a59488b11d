#include <torch/types.h>

#include <sstream>
#include <utility>

#include "index_columns.h"
#include "interprior/data/images/image_index_file.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

template <class T>
std::vector<std::string> texts(const std::vector<T>& list, std::string T::*member) {
  std::vector<std::string> result;
  for (const T& entry : list) result.push_back(entry.*member);
  return result;
}

void write_cameras(TensorFileWriter& file, const std::vector<CameraEntry>& cameras) {
  const auto count = static_cast<int64_t>(cameras.size());
  Column<double> intrinsics({count, 4}, torch::kFloat64), rotation({count, 3, 3}, torch::kFloat64),
      translation({count, 3}, torch::kFloat64);
  for (size_t i = 0; i < cameras.size(); ++i) {
    intrinsics.set(i, std::array<double, 4>{cameras[i].fx, cameras[i].fy, cameras[i].cx, cameras[i].cy});
    rotation.set(i, cameras[i].camera_from_world.rotation);
    translation.set(i, cameras[i].camera_from_world.translation);
  }
  file.write_strings("camera/capture", texts(cameras, &CameraEntry::capture));
  file.write_strings("camera/name", texts(cameras, &CameraEntry::name));
  file.write("camera/intrinsics", intrinsics.tensor());
  file.write("camera/rotation", rotation.tensor());
  file.write("camera/translation", translation.tensor());
}

void write_frames(TensorFileWriter& file, const std::vector<FrameEntry>& frames) {
  const auto count = static_cast<int64_t>(frames.size());
  Column<double> joints({count, 2, 21, 3}, torch::kFloat64), pose({count, 2, 48}, torch::kFloat64),
      shape({count, 2, 10}, torch::kFloat64), translation({count, 2, 3}, torch::kFloat64);
  Column<uint8_t> joint_valid({count, 2, 21}, torch::kUInt8), valid({count, 2}, torch::kUInt8), fault({count, 2}, torch::kUInt8),
      joints_not_finite({count}, torch::kUInt8);
  for (size_t i = 0; i < frames.size(); ++i) {
    *joints_not_finite.row(i) = frames[i].joints_not_finite;
    for (size_t side = 0; side < 2; ++side) {
      fault.row(i)[side] = static_cast<uint8_t>(frames[i].mano_fault[kSides[side]]);
      for (size_t joint = 0; joint < 21; ++joint) {
        const Vector3& place = frames[i].joints[side][joint];
        std::copy(place.begin(), place.end(), joints.row(i) + 3 * (21 * side + joint));
        joint_valid.row(i)[21 * side + joint] = frames[i].joint_valid[side][joint];
      }
      const auto& mano = frames[i].mano[kSides[side]];
      if (!mano) continue;
      valid.row(i)[side] = 1;
      std::copy(mano->pose.begin(), mano->pose.end(), pose.row(i) + 48 * side);
      std::copy(mano->shape.begin(), mano->shape.end(), shape.row(i) + 10 * side);
      std::copy(mano->translation.begin(), mano->translation.end(), translation.row(i) + 3 * side);
    }
  }
  file.write_strings("frame/number", texts(frames, &FrameEntry::number));
  file.write("frame/joints", joints.tensor());
  file.write("frame/joint_valid", joint_valid.tensor());
  file.write("frame/mano/pose", pose.tensor());
  file.write("frame/mano/shape", shape.tensor());
  file.write("frame/mano/translation", translation.tensor());
  file.write("frame/mano/valid", valid.tensor());
  file.write("frame/mano/fault", fault.tensor());
  file.write("frame/joints_not_finite", joints_not_finite.tensor());
}

void write_images(TensorFileWriter& file, const std::vector<ImageEntry>& images) {
  const auto count = static_cast<int64_t>(images.size());
  const auto numbers = [&](const char* name, auto member) {
    write_column<int32_t>(file, name, torch::kInt32, images, [&](const ImageEntry& image) { return image.*member; });
  };
  const auto codes = [&](const char* name, auto member) {
    write_column<uint8_t>(file, name, torch::kUInt8, images, [&](const ImageEntry& image) { return image.*member; });
  };
  numbers("image/camera", &ImageEntry::camera);
  numbers("image/frame", &ImageEntry::frame);
  numbers("image/sequence", &ImageEntry::sequence);
  Column<int32_t> size({count, 2}, torch::kInt32);
  Column<double> box({count, 4}, torch::kFloat64);
  bool scanned = false;
  for (size_t i = 0; i < images.size(); ++i) {
    size.set(i, std::array<int32_t, 2>{images[i].width, images[i].height});
    box.set(i, images[i].box);
    scanned = scanned || images[i].grey >= 0;
  }
  file.write("image/size", size.tensor());
  file.write("image/box", box.tensor());
  write_column<int64_t>(file, "image/joint_valid", torch::kInt64, images,
                        [](const ImageEntry& image) { return image.joint_valid; });
  write_column<int64_t>(file, "image/annotation", torch::kInt64, images,
                        [](const ImageEntry& image) { return image.annotation; });
  codes("image/split", &ImageEntry::split);
  codes("image/hand_type", &ImageEntry::hand_type);
  codes("image/hand_type_valid", &ImageEntry::hand_type_valid);
  codes("image/annotator", &ImageEntry::annotator);
  codes("image/state", &ImageEntry::state);
  if (scanned) numbers("image/mean", &ImageEntry::grey);
}

// A path below the index's folder is stored relative to it, so that the folder can be moved.
std::string name_from(const fs::path& folder, const std::string& file) {
  if (file.empty()) return file;
  const fs::path relative = fs::path(file).lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." ? file : relative.string();
}

void write_given(TensorFileWriter& file, const ImageTables& tables, const fs::path& folder) {
  if (tables.given.empty()) return;
  std::vector<std::pair<uint32_t, GivenPlace>> given(tables.given.begin(), tables.given.end());
  std::sort(given.begin(), given.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> samples, files;
  for (const auto& [row, place] : given) {
    samples.push_back(place.sample);
    files.push_back(name_from(folder, place.file));
  }
  write_column<int64_t>(file, "given/row", torch::kInt64, given, [](const auto& entry) { return entry.first; });
  file.write_strings("given/sample", samples);
  file.write_strings("given/file", files);
  write_column<int64_t>(file, "given/offset", torch::kInt64, given, [](const auto& entry) { return entry.second.offset; });
  write_column<int64_t>(file, "given/bytes", torch::kInt64, given, [](const auto& entry) { return entry.second.bytes; });
}

// One count per line: SPLIT images - N, SPLIT annotations - N, SPLIT type NAME N, SPLIT reason NAME N.
std::string lost_text(const std::map<std::string, LostAnnotations>& lost) {
  std::ostringstream text;
  for (const auto& [split, what] : lost) {
    text << split << " images - " << what.images << '\n' << split << " annotations - " << what.annotations << '\n';
    for (const auto& [type, count] : what.by_type) text << split << " type " << type << ' ' << count << '\n';
    for (const auto& [reason, count] : what.reasons) text << split << " reason " << reason << ' ' << count << '\n';
  }
  return text.str();
}

// One example per line: SPLIT, reason and example, separated by tabs.
std::string examples_text(const std::map<std::string, LostAnnotations>& lost) {
  std::ostringstream text;
  for (const auto& [split, what] : lost)
    for (const auto& [reason, example] : what.examples) {
      std::string line = example;
      for (char& character : line)
        if (character == '\n' || character == '\t' || character == '\0') character = ' ';
      text << split << '\t' << reason << '\t' << line << '\n';
    }
  return text.str();
}

}  // namespace

void write_image_index(const fs::path& path, const ImageTables& tables) {
  require(!tables.images.empty(), "an index needs at least one image", path.string(), "see what was skipped: interprior inspect");
  TensorFileWriter file(path, kImagesFormat, kImagesVersion);
  file.attribute("root", fs::absolute(tables.root).lexically_normal().string());
  file.attribute("lost", lost_text(tables.lost));
  file.attribute("lost_examples", examples_text(tables.lost));
  std::vector<std::string> paths;
  for (const SourceFile& source : tables.sources) paths.push_back(source.path.string());
  file.write_strings("source/path", paths);
  write_column<int64_t>(file, "source/bytes", torch::kInt64, tables.sources, [](const auto& source) { return source.bytes; });
  write_column<int64_t>(file, "source/modified", torch::kInt64, tables.sources,
                        [](const auto& source) { return source.modified; });
  write_column<int64_t>(file, "source/hash", torch::kInt64, tables.sources, [](const auto& source) { return source.hash; });
  file.write_strings("sequence", tables.sequences);
  write_cameras(file, tables.cameras);
  write_frames(file, tables.frames);
  write_images(file, tables.images);
  write_given(file, tables, fs::absolute(path).lexically_normal().parent_path());
  file.close();
}

}  // namespace interprior
