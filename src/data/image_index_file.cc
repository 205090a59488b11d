#include "interprior/data/image_index_file.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/tensor_file.h"
#include "interprior/data/interhand.h"
#include "interprior/data/patterns.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFormat = "interprior.images";
constexpr int64_t kVersion = 1;

// One dataset of the file against one member of the records: rows of `width` numbers of type T.
template <class T> struct Column {
  torch::Tensor tensor;
  int64_t width;

  Column(const std::vector<int64_t>& shape, torch::Dtype dtype) : tensor(torch::zeros(shape, dtype)) {
    width = shape[0] == 0 ? 0 : tensor.numel() / shape[0];
  }
  Column(const TensorFileReader& file, const std::string& name, torch::Dtype dtype, std::vector<int64_t> shape)
      : tensor(file.read(name, dtype, shape).contiguous()), width(shape[0] == 0 ? 0 : tensor.numel() / shape[0]) {}
  T* row(int64_t i) { return tensor.data_ptr<T>() + i * width; }
};
using Numbers = Column<double>;
using Integers = Column<int64_t>;
using Flags = Column<uint8_t>;

int64_t split_code(const std::string& sample) {
  for (int64_t code = 0; code < 3; ++code)
    if (sample.rfind(std::string(kSplitNames[code]) + "/", 0) == 0) return code;
  throw Error("a sample's name must begin with its split: train/, val/ or test/", sample);
}

void write_mano(TensorFileWriter& file, const std::vector<ImageRecord>& records) {
  const auto count = static_cast<int64_t>(records.size());
  Numbers pose({count, 2, 48}, torch::kFloat64), shape({count, 2, 10}, torch::kFloat64),
      translation({count, 2, 3}, torch::kFloat64);
  Flags valid({count, 2}, torch::kUInt8);
  for (int64_t i = 0; i < count; ++i)
    for (const Side side : kSides) {
      const auto& mano = records[static_cast<size_t>(i)].mano[side];
      if (!mano) continue;
      const auto k = static_cast<int64_t>(side);
      valid.row(i)[k] = 1;
      std::copy(mano->pose.begin(), mano->pose.end(), pose.row(i) + 48 * k);
      std::copy(mano->shape.begin(), mano->shape.end(), shape.row(i) + 10 * k);
      std::copy(mano->translation.begin(), mano->translation.end(), translation.row(i) + 3 * k);
    }
  file.write("mano/pose", pose.tensor);
  file.write("mano/shape", shape.tensor);
  file.write("mano/translation", translation.tensor);
  file.write("mano/valid", valid.tensor);
}

void write_joints(TensorFileWriter& file, const std::vector<ImageRecord>& records) {
  const auto count = static_cast<int64_t>(records.size());
  Numbers joints({count, 2, 21, 3}, torch::kFloat64);
  Flags valid({count, 2, 21}, torch::kUInt8);
  for (int64_t i = 0; i < count; ++i)
    for (size_t k = 0; k < 42; ++k) {
      const ImageRecord& record = records[static_cast<size_t>(i)];
      valid.row(i)[k] = record.joint_valid[k / 21][k % 21];
      const Vector3& joint = record.joints_in_camera[k / 21][k % 21];
      std::copy(joint.begin(), joint.end(), joints.row(i) + 3 * k);
    }
  file.write("joints", joints.tensor);
  file.write("joint_valid", valid.tensor);
}

void write_cameras(TensorFileWriter& file, const std::vector<ImageRecord>& records) {
  const auto count = static_cast<int64_t>(records.size());
  Numbers intrinsics({count, 4}, torch::kFloat64), rotation({count, 3, 3}, torch::kFloat64),
      translation({count, 3}, torch::kFloat64);
  Integers size({count, 2}, torch::kInt64);
  for (int64_t i = 0; i < count; ++i) {
    const ImageRecord& record = records[static_cast<size_t>(i)];
    const Pinhole& camera = record.camera;
    const std::array<double, 4> numbers = {camera.fx, camera.fy, camera.cx, camera.cy};
    std::copy(numbers.begin(), numbers.end(), intrinsics.row(i));
    std::copy(record.camera_from_world.begin(), record.camera_from_world.end(), rotation.row(i));
    std::copy(record.world_origin_in_camera.begin(), record.world_origin_in_camera.end(), translation.row(i));
    size.row(i)[0] = camera.width;
    size.row(i)[1] = camera.height;
  }
  file.write("camera/intrinsics", intrinsics.tensor);
  file.write("camera/size", size.tensor);
  file.write("camera/rotation", rotation.tensor);
  file.write("camera/translation", translation.tensor);
}

// The optional parts of a file being read: an absent dataset leaves the records' defaults.
class RecordReader {
 public:
  RecordReader(const fs::path& path) : file_(path, kFormat, kVersion), names_(file_.read_strings("sample")) {
    records_.resize(names_.size());
    for (size_t i = 0; i < names_.size(); ++i) records_[i].sample = names_[i];
  }

  std::vector<ImageRecord> read() {
    strings("file", true, [&](ImageRecord& record, const std::string& text) {
      record.file = fs::path(text).is_absolute() ? fs::path(text) : file_.path().parent_path() / text;
    });
    strings("sequence", false, [](ImageRecord& record, const std::string& text) { record.sequence = text; });
    strings("hand_type", true, [&](ImageRecord& record, const std::string& text) {
      require(text == "right" || text == "left" || text == "interacting", "unknown hand_type `" + text + "`", where(record),
              "it must be right, left or interacting");
      record.hand_type = text;
    });
    column<Integers>("shard/offset", torch::kInt64, {}, [](ImageRecord& record, const int64_t* n) { record.offset = n[0]; });
    column<Integers>("shard/bytes", torch::kInt64, {}, [](ImageRecord& record, const int64_t* n) { record.bytes = n[0]; });
    column<Flags>("hand_type_valid", torch::kUInt8, {},
                  [](ImageRecord& record, const uint8_t* n) { record.hand_type_valid = n[0] != 0; });
    read_geometry();
    read_hands();
    for (ImageRecord& record : records_)
      if (record.sequence.empty()) record.sequence = record.sample;
    return std::move(records_);
  }

  const TensorFileReader& file() const { return file_; }

 private:
  std::string where(const ImageRecord& record) const { return file_.path().string() + ", " + record.sample; }

  template <class Set> void strings(const std::string& name, bool needed, const Set& set) {
    if (!needed && !file_.has(name)) return;
    const std::vector<std::string> texts = file_.read_strings(name);
    require(texts.size() == records_.size(),
            c10::str("`", name, "` has ", texts.size(), " rows, `sample` has ", records_.size()), file_.path().string());
    for (size_t i = 0; i < texts.size(); ++i) set(records_[i], texts[i]);
  }

  template <class C, class Set>
  void column(const std::string& name, torch::Dtype dtype, std::vector<int64_t> row, const Set& set) {
    if (!file_.has(name)) return;
    row.insert(row.begin(), static_cast<int64_t>(records_.size()));
    C numbers(file_, name, dtype, row);
    if (dtype == torch::kFloat64) {
      const torch::Tensor bad = torch::isfinite(numbers.tensor).flatten(1).all(1).logical_not().nonzero();
      if (bad.size(0) > 0)
        throw Error("a value in `" + name + "` is not a finite number",
                    where(records_[static_cast<size_t>(bad[0].item<int64_t>())]));
    }
    for (size_t i = 0; i < records_.size(); ++i) set(records_[i], numbers.row(static_cast<int64_t>(i)));
  }

  void read_geometry() {
    for (const char* name : {"camera/intrinsics", "camera/size", "box"})
      require(file_.has(name), std::string("the dataset `") + name + "` is missing", file_.path().string(),
              "see docs/formats.md");
    column<Numbers>("camera/intrinsics", torch::kFloat64, {4}, [](ImageRecord& record, const double* n) {
      record.camera.fx = n[0];
      record.camera.fy = n[1];
      record.camera.cx = n[2];
      record.camera.cy = n[3];
    });
    column<Integers>("camera/size", torch::kInt64, {2}, [](ImageRecord& record, const int64_t* n) {
      record.camera.width = n[0];
      record.camera.height = n[1];
    });
    for (ImageRecord& record : records_) record.camera_from_world = identity_matrix();
    column<Numbers>("camera/rotation", torch::kFloat64, {3, 3}, [](ImageRecord& record, const double* n) {
      std::copy(n, n + 9, record.camera_from_world.begin());
    });
    column<Numbers>("camera/translation", torch::kFloat64, {3}, [](ImageRecord& record, const double* n) {
      std::copy(n, n + 3, record.world_origin_in_camera.begin());
    });
    column<Numbers>("box", torch::kFloat64, {4}, [](ImageRecord& record, const double* n) {
      record.box = {n[0], n[1], n[2], n[3]};
    });
  }

  void read_hands() {
    if (file_.has("mano/pose")) {
      const auto first = [](ImageRecord& record, const uint8_t* n) {
        for (const Side side : kSides)
          if (n[static_cast<size_t>(side)] != 0) record.mano[side].emplace();
      };
      require(file_.has("mano/valid"), "the dataset `mano/valid` is missing", file_.path().string(),
              "it says which hands have MANO parameters");
      column<Flags>("mano/valid", torch::kUInt8, {2}, first);
      mano("mano/pose", 48, [](ManoAnnotation& mano) { return mano.pose.data(); });
      mano("mano/shape", 10, [](ManoAnnotation& mano) { return mano.shape.data(); });
      mano("mano/translation", 3, [](ManoAnnotation& mano) { return mano.translation.data(); });
    }
    column<Numbers>("joints", torch::kFloat64, {2, 21, 3}, [](ImageRecord& record, const double* n) {
      for (size_t k = 0; k < 42; ++k) {
        std::copy(n + 3 * k, n + 3 * k + 3, record.joints_in_camera[k / 21][k % 21].begin());
        record.joint_valid[k / 21][k % 21] = true;
      }
    });
    if (!file_.has("joints")) return;
    column<Flags>("joint_valid", torch::kUInt8, {2, 21}, [](ImageRecord& record, const uint8_t* n) {
      for (size_t k = 0; k < 42; ++k) record.joint_valid[k / 21][k % 21] = n[k] != 0;
    });
  }

  template <class Member> void mano(const std::string& name, int64_t width, const Member& member) {
    column<Numbers>(name, torch::kFloat64, {2, width}, [&](ImageRecord& record, const double* n) {
      for (const Side side : kSides)
        if (record.mano[side])
          std::copy(n + width * static_cast<int64_t>(side), n + width * (static_cast<int64_t>(side) + 1),
                    member(*record.mano[side]));
    });
  }

  TensorFileReader file_;
  std::vector<std::string> names_;
  std::vector<ImageRecord> records_;
};

}  // namespace

void write_image_index(const fs::path& path, const ImageIndex& index) {
  std::vector<ImageRecord> records = index.usable;
  records.insert(records.end(), index.unusable.begin(), index.unusable.end());
  const auto count = static_cast<int64_t>(records.size());
  require(count > 0, "an index without a single usable picture is of no use", path.string(),
          "see what was skipped: interprior inspect");
  std::vector<std::string> samples, sequences, files, types;
  Flags type_valid({count}, torch::kUInt8);
  Integers offset({count}, torch::kInt64), bytes({count}, torch::kInt64);
  Numbers box({count, 4}, torch::kFloat64);
  for (int64_t i = 0; i < count; ++i) {
    const ImageRecord& record = records[static_cast<size_t>(i)];
    split_code(record.sample);
    samples.push_back(record.sample);
    sequences.push_back(record.sequence);
    files.push_back(fs::absolute(record.file).lexically_normal().string());
    types.push_back(record.hand_type);
    type_valid.row(i)[0] = record.hand_type_valid;
    offset.row(i)[0] = record.offset;
    bytes.row(i)[0] = record.bytes;
    const std::array<double, 4> sides = {record.box.x, record.box.y, record.box.width, record.box.height};
    std::copy(sides.begin(), sides.end(), box.row(i));
  }
  TensorFileWriter file(path, kFormat, kVersion);
  file.write_strings("sample", samples);
  file.write_strings("sequence", sequences);
  file.write_strings("file", files);
  file.write_strings("hand_type", types);
  file.write("hand_type_valid", type_valid.tensor);
  file.write("shard/offset", offset.tensor);
  file.write("shard/bytes", bytes.tensor);
  file.write("box", box.tensor);
  write_cameras(file, records);
  write_mano(file, records);
  write_joints(file, records);
  file.close();
}

ImageIndex read_image_index(const fs::path& path, const std::string& split, const UsableRule& rule) {
  std::vector<ImageRecord> records = RecordReader(path).read();
  ImageIndex index;
  index.kind = "images";
  std::array<bool, 3> present{};
  const auto wanted = std::find(std::begin(kSplitNames), std::end(kSplitNames), split);
  require(split == "all" || wanted != std::end(kSplitNames), "there is no split `" + split + "`", path.string(),
          "choose one of: train, val, test, all");
  for (ImageRecord& record : records) {
    const auto code = static_cast<size_t>(split_code(record.sample));
    if (split != "all" && split != kSplitNames[code]) continue;
    present[code] = true;
    ++index.images;
    add_record(index, std::move(record), rule);
  }
  for (size_t code = 0; code < 3; ++code)
    if (present[code]) index.splits.emplace_back(kSplitNames[code]);
  require(!index.splits.empty(), "this index has no picture of the split `" + split + "`", path.string());
  return index;
}

ImageIndex read_images(const fs::path& path, const std::string& split, const UsableRule& rule) {
  require(fs::exists(path), "no such file or folder", path.string(), "give an InterHand2.6M root or an images.h5");
  return fs::is_directory(path) ? read_interhand(path, split, rule) : read_image_index(path, split, rule);
}

}  // namespace interprior
