#include "flat_index.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "index_columns.h"
#include "interprior/data/patterns.h"

namespace interprior {
namespace {

// Optional datasets that are absent leave the tables' defaults.
class FlatReader {
 public:
  explicit FlatReader(const TensorFileReader& file) : file_(file), samples_(file.read_strings("sample")) {
    const size_t count = samples_.size();
    tables_.root = file.path().parent_path();
    tables_.joints_in_camera = true;
    tables_.cameras.resize(count);
    tables_.frames.resize(count);
    tables_.images.resize(count);
    for (size_t i = 0; i < count; ++i) {
      ImageEntry& image = tables_.images[i];
      image.camera = image.frame = static_cast<uint32_t>(i);
      image.split = split_code(samples_[i]);
      image.joint_valid = (uint64_t{1} << 42) - 1;  // FrameEntry::joint_valid decides
      tables_.given[image.frame].sample = samples_[i];
      ++tables_.lost[kSplitNames[image.split]].images;
    }
  }

  ImageTables read() {
    strings("file", true, [&](size_t i, const std::string& text) {
      require(!text.empty(), "an image has no file", where(i));
      given(i).file = text;
    });
    read_sequences();
    strings("hand_type", true, [&](size_t i, const std::string& text) {
      const auto found = std::find(kHandTypeNames.begin(), kHandTypeNames.end(), text);
      require(found != kHandTypeNames.end(), "unknown hand_type `" + text + "`", where(i),
              "it must be right, left or interacting");
      tables_.images[i].hand_type = static_cast<HandType>(found - kHandTypeNames.begin());
    });
    column<int64_t>("shard/offset", {}, [&](size_t i, const int64_t* n) { given(i).offset = n[0]; });
    column<int64_t>("shard/bytes", {}, [&](size_t i, const int64_t* n) { given(i).bytes = n[0]; });
    column<uint8_t>("hand_type_valid", {}, [&](size_t i, const uint8_t* n) { tables_.images[i].hand_type_valid = n[0] != 0; });
    read_cameras();
    read_hands();
    return std::move(tables_);
  }

 private:
  std::string where(size_t i) const { return file_.path().string() + ", " + samples_[i]; }
  GivenPlace& given(size_t i) { return tables_.given[static_cast<uint32_t>(i)]; }

  uint8_t split_code(const std::string& sample) const {
    for (uint8_t code = 0; code < 3; ++code)
      if (sample.rfind(std::string(kSplitNames[code]) + "/", 0) == 0) return code;
    throw Error("a sample's name must begin with its split: train/, val/ or test/", file_.path().string() + ", " + sample);
  }

  void not_finite(size_t i, const char* name) {
    tables_.frames[i].joints_not_finite = true;
    tables_.lost[kSplitNames[tables_.images[i].split]].examples.emplace("not_finite", c10::str("`", name, "` of ", samples_[i]));
  }

  // Whether all numbers are finite; otherwise the row is left out and counted as not_finite.
  bool finite(size_t i, const char* name, const double* numbers, int64_t count) {
    if (std::all_of(numbers, numbers + count, [](double number) { return std::isfinite(number); })) return true;
    not_finite(i, name);
    return false;
  }

  template <class Set>
  void strings(const std::string& name, bool needed, const Set& set) {
    if (!needed && !file_.has(name)) return;
    const std::vector<std::string> texts = file_.read_strings(name);
    require(texts.size() == samples_.size(), c10::str("`", name, "` has ", texts.size(), " rows, `sample` has ", samples_.size()),
            file_.path().string());
    for (size_t i = 0; i < texts.size(); ++i) set(i, texts[i]);
  }

  template <class T, class Set>
  void column(const std::string& name, std::vector<int64_t> row, const Set& set) {
    if (!file_.has(name)) return;
    row.insert(row.begin(), static_cast<int64_t>(samples_.size()));
    read_column<T>(
        file_, name, row, [this](size_t i) { return where(i); }, set, NotFiniteRows::passed_on);
  }

  void read_sequences() {
    std::unordered_map<std::string, uint32_t> known;
    const auto put = [&](size_t i, const std::string& name) {
      const auto [found, made] = known.emplace(name, static_cast<uint32_t>(tables_.sequences.size()));
      if (made) tables_.sequences.push_back(name);
      tables_.images[i].sequence = found->second;
    };
    if (!file_.has("sequence"))
      for (size_t i = 0; i < samples_.size(); ++i) put(i, samples_[i]);
    strings("sequence", false, [&](size_t i, const std::string& text) { put(i, text.empty() ? samples_[i] : text); });
  }

  void read_cameras() {
    for (const char* name : {"camera/intrinsics", "camera/size", "box"})
      require(file_.has(name), std::string("the dataset `") + name + "` is missing", file_.path().string(),
              "see docs/formats.md");
    column<double>("camera/intrinsics", {4}, [&](size_t i, const double* n) {
      if (!finite(i, "camera/intrinsics", n, 4)) return;  // fx stays 0: no parameters
      CameraEntry& camera = tables_.cameras[i];
      camera.fx = n[0];
      camera.fy = n[1];
      camera.cx = n[2];
      camera.cy = n[3];
    });
    column<int64_t>("camera/size", {2}, [&](size_t i, const int64_t* n) {
      constexpr int64_t kMaxSide = 100000;  // px
      require(n[0] <= kMaxSide && n[1] <= kMaxSide, "an image is more than 100,000 pixels wide or high", where(i));
      tables_.images[i].width = static_cast<int32_t>(std::max<int64_t>(n[0], 0));
      tables_.images[i].height = static_cast<int32_t>(std::max<int64_t>(n[1], 0));
    });
    column<double>("camera/rotation", {3, 3}, [&](size_t i, const double* n) {
      if (finite(i, "camera/rotation", n, 9)) std::copy(n, n + 9, tables_.cameras[i].camera_from_world.rotation.data());
    });
    column<double>("camera/translation", {3}, [&](size_t i, const double* n) {
      if (finite(i, "camera/translation", n, 3)) std::copy(n, n + 3, tables_.cameras[i].camera_from_world.translation.data());
    });
    column<double>("box", {4}, [&](size_t i, const double* n) {
      if (finite(i, "box", n, 4)) std::copy(n, n + 4, tables_.images[i].box.begin());
    });
  }

  void read_hands() {
    if (file_.has("mano/pose")) {
      require(file_.has("mano/valid"), "the dataset `mano/valid` is missing", file_.path().string(),
              "it marks the hands that have MANO parameters");
      column<uint8_t>("mano/valid", {2}, [&](size_t i, const uint8_t* n) {
        for (const Side side : kSides)
          if (n[static_cast<size_t>(side)] != 0) tables_.frames[i].mano[side].emplace();
      });
      mano("mano/pose", 48, [](ManoAnnotation& mano) { return mano.pose.data(); });
      mano("mano/shape", 10, [](ManoAnnotation& mano) { return mano.shape.data(); });
      mano("mano/translation", 3, [](ManoAnnotation& mano) { return mano.translation.data(); });
    }
    if (!file_.has("joints") && file_.has("joints_2d")) read_joints_2d();
    if (!file_.has("joints") && !file_.has("joints_2d")) return;
    column<double>("joints", {2, 21, 3}, [&](size_t i, const double* n) {
      for (size_t k = 0; k < 42; ++k) {
        std::copy(n + 3 * k, n + 3 * k + 3, tables_.frames[i].joints[k / 21][k % 21].begin());
        tables_.frames[i].joint_valid[k / 21][k % 21] = true;
      }
    });
    column<uint8_t>("joint_valid", {2, 21}, [&](size_t i, const uint8_t* n) {
      for (size_t k = 0; k < 42; ++k) tables_.frames[i].joint_valid[k / 21][k % 21] = n[k] != 0;
    });
    for (size_t i = 0; i < samples_.size(); ++i) drop_joints_not_finite(i);
  }

  // Clears joints that are not finite. Invalid joints may hold any value; only valid ones make the row not_finite.
  void drop_joints_not_finite(size_t i) {
    FrameEntry& frame = tables_.frames[i];
    for (size_t k = 0; k < 42; ++k) {
      Vector3& joint = frame.joints[k / 21][k % 21];
      if (std::all_of(joint.begin(), joint.end(), [](double place) { return std::isfinite(place); })) continue;
      if (frame.joint_valid[k / 21][k % 21]) not_finite(i, "joints");
      frame.joint_valid[k / 21][k % 21] = false;
      joint.setZero();
    }
  }

  // Joints known only in 2D are placed at an arbitrary depth; the supervision of H needs only their projection.
  void read_joints_2d() {
    constexpr double kDepth = 1;  // m
    column<double>("joints_2d", {2, 21, 2}, [&](size_t i, const double* n) {
      const CameraEntry& camera = tables_.cameras[i];
      for (size_t k = 0; k < 42; ++k) {
        tables_.frames[i].joints[k / 21][k % 21] = {kDepth * (n[2 * k] - camera.cx) / camera.fx,
                                                    kDepth * (n[2 * k + 1] - camera.cy) / camera.fy, kDepth};
        tables_.frames[i].joint_valid[k / 21][k % 21] = camera.fx > 0 && camera.fy > 0;
      }
    });
  }

  template <class Member>
  void mano(const std::string& name, int64_t width, const Member& member) {
    column<double>(name, {2, width}, [&](size_t i, const double* n) {
      for (const Side side : kSides) {
        FrameEntry& frame = tables_.frames[i];
        if (!frame.mano[side]) continue;
        const double* own = n + width * static_cast<int64_t>(side);
        if (std::all_of(own, own + width, [](double number) { return std::isfinite(number); })) {
          std::copy_n(own, width, member(*frame.mano[side]));
        } else {
          frame.mano[side].reset();
          frame.mano_fault[side] = ManoFault::not_finite;
        }
      }
    });
  }

  const TensorFileReader& file_;
  std::vector<std::string> samples_;
  ImageTables tables_;
};

}  // namespace

ImageTables read_flat_index(const TensorFileReader& file) { return FlatReader(file).read(); }

}  // namespace interprior
