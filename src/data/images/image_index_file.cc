#include "interprior/data/images/image_index_file.h"

#include <sstream>
#include <utility>

#include "data/interhand/source_file.h"
#include "flat_index.h"
#include "index_columns.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/data/patterns.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;
std::map<std::string, LostAnnotations> lost_from(const std::string& text, const std::string& where) {
  std::map<std::string, LostAnnotations> lost;
  std::istringstream lines(text);
  std::string split, kind, name;
  int64_t count = 0;
  while (lines >> split >> kind >> name >> count) {
    const bool known = std::find(std::begin(kSplitNames), std::end(kSplitNames), split) != std::end(kSplitNames);
    require(known, "the attribute `lost` names an unknown split `" + split + "`", where, "prepare the index again");
    LostAnnotations& what = lost[split];
    if (kind == "images") what.images = count;
    if (kind == "annotations") what.annotations = count;
    if (kind == "type") what.by_type[name] = count;
    if (kind == "reason") what.reasons[name] = count;
  }
  require(lines.eof() && !lost.empty(), "the attribute `lost` cannot be read", where, "prepare the index again");
  return lost;
}

// Reads the three tables and checks their references.
class TablesReader {
 public:
  explicit TablesReader(const TensorFileReader& file) : file_(file) {}

  ImageTables read() {
    tables_.root = file_.attribute("root");
    if (tables_.root.is_relative()) tables_.root = file_.path().parent_path() / tables_.root;
    tables_.lost = lost_from(file_.attribute("lost"), file_.path().string());
    if (file_.has_attribute("lost_examples")) read_examples(file_.attribute("lost_examples"));
    read_sources();
    tables_.sequences = file_.read_strings("sequence");
    read_cameras();
    read_frames();
    read_images();
    if (file_.has("given/row")) read_given();
    return std::move(tables_);
  }

 private:
  auto where(const char* table) const {
    return [this, table](size_t row) { return c10::str(file_.path().string(), ", row ", row, " of ", table); };
  }
  template <class T, class Set>
  void column(const std::string& name, size_t count, std::vector<int64_t> row, const Set& set) {
    row.insert(row.begin(), static_cast<int64_t>(count));
    read_column<T>(file_, name, row, where(name.c_str()), set);
  }

  void read_examples(const std::string& text) {
    std::istringstream lines(text);
    for (std::string split, reason, example;
         std::getline(lines, split, '\t') && std::getline(lines, reason, '\t') && std::getline(lines, example);)
      if (const auto found = tables_.lost.find(split); found != tables_.lost.end())
        found->second.examples.emplace(reason, example);
  }

  void read_sources() {
    for (const std::string& path : file_.read_strings("source/path")) tables_.sources.push_back({path});
    const size_t count = tables_.sources.size();
    column<int64_t>("source/bytes", count, {}, [&](size_t i, const int64_t* n) { tables_.sources[i].bytes = *n; });
    column<int64_t>("source/modified", count, {}, [&](size_t i, const int64_t* n) { tables_.sources[i].modified = *n; });
    column<int64_t>("source/hash", count, {},
                    [&](size_t i, const int64_t* n) { tables_.sources[i].hash = static_cast<uint64_t>(*n); });
  }

  void read_cameras() {
    const std::vector<std::string> captures = file_.read_strings("camera/capture"), names = file_.read_strings("camera/name");
    require(captures.size() == names.size(), "camera/capture and camera/name differ in length", file_.path().string());
    tables_.cameras.resize(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      tables_.cameras[i].capture = captures[i];
      tables_.cameras[i].name = names[i];
    }
    column<double>("camera/intrinsics", names.size(), {4}, [&](size_t i, const double* n) {
      CameraEntry& camera = tables_.cameras[i];
      camera.fx = n[0];
      camera.fy = n[1];
      camera.cx = n[2];
      camera.cy = n[3];
    });
    column<double>("camera/rotation", names.size(), {3, 3},
                   [&](size_t i, const double* n) { std::copy(n, n + 9, tables_.cameras[i].camera_from_world.rotation.data()); });
    column<double>("camera/translation", names.size(), {3}, [&](size_t i, const double* n) {
      std::copy(n, n + 3, tables_.cameras[i].camera_from_world.translation.data());
    });
  }

  void read_frames() {
    const std::vector<std::string> numbers = file_.read_strings("frame/number");
    const size_t count = numbers.size();
    tables_.frames.resize(count);
    for (size_t i = 0; i < count; ++i) tables_.frames[i].number = numbers[i];
    column<double>("frame/joints", count, {2, 21, 3}, [&](size_t i, const double* n) {
      for (size_t k = 0; k < 42; ++k) std::copy(n + 3 * k, n + 3 * k + 3, tables_.frames[i].joints[k / 21][k % 21].begin());
    });
    column<uint8_t>("frame/joint_valid", count, {2, 21}, [&](size_t i, const uint8_t* n) {
      for (size_t k = 0; k < 42; ++k) tables_.frames[i].joint_valid[k / 21][k % 21] = n[k] != 0;
    });
    column<uint8_t>("frame/mano/valid", count, {2}, [&](size_t i, const uint8_t* n) {
      for (const Side side : kSides)
        if (n[static_cast<size_t>(side)] != 0) tables_.frames[i].mano[side].emplace();
    });
    if (file_.has("frame/mano/fault"))
      column<uint8_t>("frame/mano/fault", count, {2}, [&](size_t i, const uint8_t* n) {
        for (const Side side : kSides)
          tables_.frames[i].mano_fault[side] = static_cast<ManoFault>(std::min<uint8_t>(n[static_cast<size_t>(side)], 2));
      });
    if (file_.has("frame/joints_not_finite"))
      column<uint8_t>("frame/joints_not_finite", count, {},
                      [&](size_t i, const uint8_t* n) { tables_.frames[i].joints_not_finite = *n != 0; });
    mano("frame/mano/pose", 48, [](ManoAnnotation& mano) { return mano.pose.data(); });
    mano("frame/mano/shape", 10, [](ManoAnnotation& mano) { return mano.shape.data(); });
    mano("frame/mano/translation", 3, [](ManoAnnotation& mano) { return mano.translation.data(); });
  }

  template <class Member>
  void mano(const std::string& name, int64_t width, const Member& member) {
    column<double>(name, tables_.frames.size(), {2, width}, [&](size_t i, const double* n) {
      for (const Side side : kSides)
        if (auto& mano = tables_.frames[i].mano[side]) std::copy_n(n + width * static_cast<int64_t>(side), width, member(*mano));
    });
  }

  // Row numbers and codes of the images: each must be below `below`.
  template <class T>
  void code(const std::string& name, size_t below, T ImageEntry::*member) {
    column<int64_t>(name, tables_.images.size(), {}, [&](size_t i, const int64_t* n) {
      if (*n < 0 || *n >= static_cast<int64_t>(below))
        throw Error(c10::str("`", name, "` is ", *n, ", but there are only ", below, " entries"), where(name.c_str())(i),
                    "prepare the index again");
      tables_.images[i].*member = static_cast<T>(*n);
    });
  }

  void read_images() {
    const size_t count = static_cast<size_t>(file_.shape("image/camera").at(0));
    tables_.images.resize(count);
    code("image/camera", tables_.cameras.size(), &ImageEntry::camera);
    code("image/frame", tables_.frames.size(), &ImageEntry::frame);
    code("image/sequence", tables_.sequences.size(), &ImageEntry::sequence);
    code("image/split", 3, &ImageEntry::split);
    code("image/hand_type", 3, &ImageEntry::hand_type);
    code("image/hand_type_valid", 2, &ImageEntry::hand_type_valid);
    code("image/annotator", 3, &ImageEntry::annotator);
    code("image/state", 4, &ImageEntry::state);
    if (file_.has("image/mean"))  // `image/grey` of earlier indices used other channel weights
      column<int64_t>("image/mean", count, {}, [&](size_t i, const int64_t* n) {
        tables_.images[i].grey = static_cast<int16_t>(std::clamp<int64_t>(*n, -1, 255));
      });
    column<int64_t>("image/size", count, {2}, [&](size_t i, const int64_t* n) {
      tables_.images[i].width = static_cast<int32_t>(n[0]);
      tables_.images[i].height = static_cast<int32_t>(n[1]);
    });
    column<double>("image/box", count, {4},
                   [&](size_t i, const double* n) { std::copy(n, n + 4, tables_.images[i].box.begin()); });
    column<int64_t>("image/joint_valid", count, {},
                    [&](size_t i, const int64_t* n) { tables_.images[i].joint_valid = static_cast<uint64_t>(*n); });
    column<int64_t>("image/annotation", count, {}, [&](size_t i, const int64_t* n) { tables_.images[i].annotation = *n; });
  }

  void read_given() {
    const std::vector<std::string> samples = file_.read_strings("given/sample"), files = file_.read_strings("given/file");
    require(samples.size() == files.size(), "given/sample and given/file differ in length", file_.path().string());
    std::vector<uint32_t> rows(samples.size());
    const fs::path folder = fs::absolute(file_.path()).parent_path();
    column<int64_t>("given/row", rows.size(), {}, [&](size_t i, const int64_t* n) {
      require(*n >= 0 && *n < static_cast<int64_t>(tables_.images.size()), "`given/row` names no image", where("given/row")(i));
      rows[i] = static_cast<uint32_t>(*n);
      tables_.given[rows[i]] = {samples[i], files[i].empty() ? "" : (folder / files[i]).string(), 0, 0};
    });
    column<int64_t>("given/offset", rows.size(), {}, [&](size_t i, const int64_t* n) { tables_.given[rows[i]].offset = *n; });
    column<int64_t>("given/bytes", rows.size(), {}, [&](size_t i, const int64_t* n) { tables_.given[rows[i]].bytes = *n; });
  }

  const TensorFileReader& file_;
  ImageTables tables_;
};

// Whether every image that is not missing or damaged has an explicit file, so that the data set's folder is not needed.
bool all_packed(const ImageTables& tables) {
  for (size_t row = 0; row < tables.images.size(); ++row) {
    const ImageState state = tables.images[row].state;
    if (state == ImageState::missing || state == ImageState::damaged) continue;
    const auto found = tables.given.find(static_cast<uint32_t>(row));
    if (found == tables.given.end() || found->second.file.empty()) return false;
  }
  return true;
}

}  // namespace

ImageTables read_image_tables(const fs::path& path) {
  const TensorFileReader file(path, kImagesFormat, kImagesVersion);
  if (file.version() == 1) return read_flat_index(file);
  ImageTables tables = TablesReader(file).read();
  const std::string changed = changed_source(tables.sources);
  require(changed.empty(), "this index is out of date: " + changed + " is not the file it was made from", path.string(),
          "run `interprior prepare interhand` again");
  require(fs::exists(tables.root) || all_packed(tables), "the data set of this index is gone: " + tables.root.string(),
          path.string(), "put it back, or prepare the index again");
  return tables;
}

ImageIndex read_image_index(const fs::path& path, const std::string& split, const UsableRule& rule) {
  ImageIndex index = index_of(std::make_shared<const ImageTables>(read_image_tables(path)), split, rule);
  index.kind = "images";
  return index;
}

ImageIndex read_images(const fs::path& path, const std::string& split, const UsableRule& rule) {
  require(fs::exists(path), "no such file or folder", path.string(), "give an InterHand2.6M root or an images.h5");
  return fs::is_directory(path) ? read_interhand(path, split, rule) : read_image_index(path, split, rule);
}

}  // namespace interprior
