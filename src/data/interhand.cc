#include "interprior/data/interhand.h"

#include <algorithm>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/skeleton.h"
#include "interhand_annotations.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& folder, const std::string& split, const char* what) {
  return folder / ("InterHand2.6M_" + split + "_" + what + ".json");
}

// The folders that hold a split's annotations: the official one, or the older layout's (`all` is the union of the others).
std::vector<fs::path> annotation_folders(const fs::path& root, const std::string& split) {
  for (const std::string& name : {split, std::string("all")})
    if (fs::exists(file_in(root / "annotations" / name, split, "data"))) return {root / "annotations" / name};
  std::vector<fs::path> folders;
  for (const char* name : {"human_annot", "machine_annot"})
    if (fs::exists(file_in(root / "annotations" / name, split, "data"))) folders.push_back(root / "annotations" / name);
  return folders;
}

std::vector<std::string> splits_of(const fs::path& root) {
  std::vector<std::string> splits;
  for (const char* split : kSplitNames)
    if (!annotation_folders(root, split).empty()) splits.emplace_back(split);
  return splits;
}

// Where each picture's description lies in the data file, in order of its id.
struct ImagePlace {
  int64_t id;
  JsonFile::Window window;
};

std::vector<ImagePlace> image_places(JsonFile& file, JsonFile::Window images, int64_t& count) {
  std::vector<ImagePlace> places;
  file.for_each_element(images, [&](JsonFile::Window window) {
    ++count;
    int64_t id = 0;
    if (file.parse(window)["id"].get(id) == simdjson::SUCCESS) places.push_back({id, window});
  });
  std::stable_sort(places.begin(), places.end(), [](const ImagePlace& a, const ImagePlace& b) { return a.id < b.id; });
  return places;
}

// The annotation files of one folder, joined.
class SplitReader {
 public:
  SplitReader(fs::path root, std::string split, const fs::path& folder)
      : root_(std::move(root)), split_(std::move(split)), data_(file_in(folder, split_, "data")) {
    if (const fs::path path = file_in(folder, split_, "camera"); fs::exists(path)) cameras_ = read_interhand_cameras(path);
    if (const fs::path path = file_in(folder, split_, "joint_3d"); fs::exists(path)) joints_ = read_interhand_joints(path);
    for (const char* name : {"MANO_NeuralAnnot", "MANO"})
      if (const fs::path path = file_in(folder, split_, name); fs::exists(path) && mano_.empty())
        mano_ = read_interhand_mano(path);
  }

  void read(ImageIndex& index, const UsableRule& rule) {
    const JsonFile::Window images = data_.member(data_.whole(), "images"),
                           annotations = data_.member(data_.whole(), "annotations");
    require(!images.empty() && !annotations.empty(), "the data file has no `images` or no `annotations`", data_.path().string(),
            "it must be InterHand2.6M's _data.json");
    places_ = image_places(data_, images, index.images);
    data_.for_each_element(annotations, [&](JsonFile::Window window) {
      const auto annotation = interhand_annotation(data_.parse(window));
      if (annotation) {
        add(index, *annotation, rule);
      } else {
        ++index.annotations;
        ++index.skipped["malformed"];
      }
    });
  }

 private:
  void add(ImageIndex& index, const InterHandAnnotation& annotation, const UsableRule& rule) {
    const auto place = std::lower_bound(places_.begin(), places_.end(), annotation.image_id,
                                        [](const ImagePlace& a, int64_t id) { return a.id < id; });
    const bool found = place != places_.end() && place->id == annotation.image_id;
    const auto image = found ? interhand_image(data_.parse(place->window)) : std::nullopt;
    if (!image) {
      ++index.annotations;
      ++index.by_type[annotation.hand_type];
      ++index.skipped[found ? "malformed" : "image_missing"];
      return;
    }
    add_record(index, record_from(*image, annotation), rule);
  }

  ImageRecord record_from(const InterHandImage& image, const InterHandAnnotation& annotation) const {
    ImageRecord record;
    record.sample = split_ + "/" + image.file_name;
    record.sequence = split_ + "/Capture" + image.capture + "/" + image.sequence;
    record.file = root_ / "images" / split_ / image.file_name;
    record.hand_type = annotation.hand_type;
    record.hand_type_valid = annotation.hand_type_valid;
    record.box = annotation.box;
    record.camera = {0, 0, 0, 0, image.width, image.height};
    const std::string frame = image.capture + "/" + image.frame;
    if (const auto mano = mano_.find(frame); mano != mano_.end()) record.mano = mano->second;
    const auto camera = cameras_.find(image.capture + "/" + image.camera);
    if (camera == cameras_.end()) return record;
    place_camera(record, camera->second);
    if (const auto joints = joints_.find(frame); joints != joints_.end())
      place_joints(record, annotation, joints->second, camera->second);
    return record;
  }

  static void place_camera(ImageRecord& record, const InterHandCamera& camera) {
    record.camera.fx = camera.focal[0];
    record.camera.fy = camera.focal[1];
    record.camera.cx = camera.principal[0];
    record.camera.cy = camera.principal[1];
    record.camera_from_world = camera.rotation;
    const Vector3 turned = multiply(camera.rotation, camera.position);
    for (size_t k = 0; k < 3; ++k) record.world_origin_in_camera[k] = -turned[k] / 1000;
  }

  static void place_joints(ImageRecord& record, const InterHandAnnotation& annotation, const InterHandJoints& joints,
                           const InterHandCamera& camera) {
    for (size_t side = 0; side < 2; ++side) {
      for (size_t i = 0; i < kFromInterHand.size(); ++i) {
        const size_t from = 21 * side + static_cast<size_t>(kFromInterHand[i]);
        if (!annotation.joint_valid[from] || !joints.valid[from]) continue;
        Vector3 away;
        for (size_t k = 0; k < 3; ++k) away[k] = (joints.world[from][k] - camera.position[k]) / 1000;
        record.joints_in_camera[side][i] = multiply(camera.rotation, away);
        record.joint_valid[side][i] = true;
      }
    }
  }

  fs::path root_;
  std::string split_;
  JsonFile data_;
  std::vector<ImagePlace> places_;
  std::unordered_map<std::string, InterHandCamera> cameras_;
  std::unordered_map<std::string, InterHandJoints> joints_;
  std::unordered_map<std::string, InterHandMano> mano_;
};

}  // namespace

bool is_interhand_root(const fs::path& root) { return fs::is_directory(root / "annotations") && !splits_of(root).empty(); }

ImageIndex read_interhand(const fs::path& root, const std::string& split, const UsableRule& rule) {
  require(fs::is_directory(root), "no such folder", root.string(), "give the folder that holds images/ and annotations/");
  const std::vector<std::string> present = splits_of(root);
  require(!present.empty(), "no InterHand2.6M annotations here", root.string(),
          "expected annotations/SPLIT/InterHand2.6M_SPLIT_data.json with SPLIT train, val or test");
  ImageIndex index;
  index.kind = "interhand";
  for (const std::string& name : present)
    if (split == "all" || split == name) index.splits.push_back(name);
  std::string known = "all";
  for (const std::string& name : present) known += ", " + name;
  require(!index.splits.empty(), "this data root has no split `" + split + "`", root.string(), "choose one of: " + known);
  for (const std::string& name : index.splits)
    for (const fs::path& folder : annotation_folders(root, name)) SplitReader(root, name, folder).read(index, rule);
  return index;
}

}  // namespace interprior
