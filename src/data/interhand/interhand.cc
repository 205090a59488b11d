#include "interprior/data/interhand/interhand.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "interhand_annotations.h"
#include "interprior/base/error.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/skeleton.h"
#include "source_file.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& folder, const std::string& split, const char* what) {
  return folder / ("InterHand2.6M_" + split + "_" + what + ".json");
}

// A folder with annotations of a split, and their annotator.
struct AnnotationFolder {
  fs::path path;
  Annotator annotator;
};

// The official folder, or the older layout's. There, `all` is the union of human_annot and machine_annot without the annotator.
std::vector<AnnotationFolder> annotation_folders(const fs::path& root, const std::string& split) {
  const auto holds = [&](const std::string& name) { return fs::exists(file_in(root / "annotations" / name, split, "data")); };
  for (const std::string& name : {split, std::string("all")})
    if (holds(name)) return {{root / "annotations" / name, Annotator::unknown}};
  std::vector<AnnotationFolder> folders;
  if (holds("human_annot")) folders.push_back({root / "annotations/human_annot", Annotator::human});
  if (holds("machine_annot")) folders.push_back({root / "annotations/machine_annot", Annotator::machine});
  return folders;
}

std::vector<std::string> splits_of(const fs::path& root) {
  std::vector<std::string> splits;
  for (const char* split : kSplitNames)
    if (!annotation_folders(root, split).empty()) splits.emplace_back(split);
  return splits;
}

// The annotation files of one folder, joined into the tables.
class SplitReader {
 public:
  SplitReader(ImageTables& tables, uint8_t split, const AnnotationFolder& folder)
      : tables_(tables), lost_(tables.lost[kSplitNames[split]]), split_(split), folder_(folder) {}

  void read() {
    if (const fs::path path = file_of("camera"); fs::exists(path))
      note(path, read_interhand_cameras(
                     path,
                     [&](CameraEntry camera) {
                       const std::string key = camera.capture + "/" + camera.name;
                       if (cameras_.emplace(key, tables_.cameras.size()).second) tables_.cameras.push_back(std::move(camera));
                     },
                     [&](const std::string& camera, const JsonFault& fault) {
                       lost_.examples.emplace("camera_missing", camera + ": " + fault.what);
                     }));
    if (const fs::path path = file_of("joint_3d"); fs::exists(path))
      note(path, read_interhand_frames(path, [&](const auto& capture, const auto& frame, const auto& element) {
             JsonFault fault;
             const auto joints = interhand_joints(element, fault);
             if (!fault.what.empty())
               lost_.examples.emplace(fault.not_finite ? "not_finite" : "joints_missing",
                                      place_of(capture, frame) + ": " + fault.what);
             if (!joints) return;
             FrameEntry& entry = tables_.frames[frame_of(capture, frame)];
             set_joints(entry, *joints);
             entry.joints_not_finite = fault.not_finite;
           }));
    for (const char* name : {"MANO_NeuralAnnot", "MANO"}) {
      const fs::path path = file_of(name);
      if (!fs::exists(path)) continue;
      note(path, read_interhand_frames(path, [&](const auto& capture, const auto& frame, const auto& element) {
             FrameEntry& entry = tables_.frames[frame_of(capture, frame)];
             for (const Side side : kSides) {
               JsonFault fault;
               entry.mano[side] = interhand_mano(element, side, fault);
               if (fault.what.empty()) continue;
               entry.mano_fault[side] = fault.not_finite ? ManoFault::not_finite : ManoFault::malformed;
               lost_.examples.emplace(fault.not_finite ? "not_finite" : "mano_malformed",
                                      place_of(capture, frame) + ", " + side_name(side) + " hand: " + fault.what);
             }
           }));
      break;
    }
    read_data(file_of("data"));
    join();
  }

 private:
  // An image that is not yet joined to its annotation.
  struct Pending {
    int64_t id;
    uint32_t camera, frame, sequence;
    int32_t width, height;
    uint32_t odd_name;  // into odd_names_, or kUsual
    bool doubled;
  };
  static constexpr uint32_t kUsual = UINT32_MAX;

  std::string place_of(const std::string& capture, const std::string& frame) const {
    return std::string(kSplitNames[split_]) + ", capture " + capture + ", frame " + frame;
  }
  fs::path file_of(const char* what) const { return file_in(folder_.path, kSplitNames[split_], what); }

  void note(const fs::path& path, uint64_t hash) { tables_.sources.push_back(source_file(path, hash)); }

  uint32_t camera_of(const std::string& capture, const std::string& name) {
    const auto [found, made] = cameras_.emplace(capture + "/" + name, tables_.cameras.size());
    if (made) {
      tables_.cameras.emplace_back();
      tables_.cameras.back().capture = capture;
      tables_.cameras.back().name = name;
    }
    return found->second;
  }

  uint32_t frame_of(const std::string& capture, const std::string& number) {
    const auto [found, made] = frames_.emplace(capture + "/" + number, tables_.frames.size());
    if (made) tables_.frames.emplace_back().number = number;
    return found->second;
  }

  uint32_t sequence_of(const std::string& capture, std::string_view name) {
    const auto [found, made] = sequences_.emplace(
        std::string(kSplitNames[split_]) + "/Capture" + capture + "/" + std::string(name), tables_.sequences.size());
    if (made) tables_.sequences.push_back(found->first);
    return found->second;
  }

  static void set_joints(FrameEntry& frame, const InterHandJoints& joints) {
    for (size_t side = 0; side < 2; ++side)
      for (size_t i = 0; i < kFromInterHand.size(); ++i) {
        const size_t from = 21 * side + static_cast<size_t>(kFromInterHand[i]);
        frame.joint_valid[side][i] = joints.valid[from];
        frame.joints[side][i] = joints.world[from] / 1000;
      }
  }

  void read_data(const fs::path& path) {
    JsonStream file(path);
    bool images = false, annotations = false;
    file.members([&](const std::string& key) {
      if (key == "images") {
        images = true;
        file.elements([&](const simdjson::dom::element& element, size_t) { add_image(element); });
      } else if (key == "annotations") {
        annotations = true;
        file.elements([&](const simdjson::dom::element& element, size_t) { add_annotation(element); });
      }
    });
    file.finish();
    require(images && annotations, "the data file has no `images` or no `annotations`", path.string(),
            "it must be InterHand2.6M's _data.json");
    note(path, file.hash());
  }

  void add_image(const simdjson::dom::element& element) {
    ++lost_.images;
    JsonFault fault;
    const auto image = interhand_image(element, fault);
    if (!image) {
      int64_t id = 0;
      const bool named = element["id"].get(id) == simdjson::SUCCESS;
      if (named) malformed_.insert(id);
      lost_.examples.emplace("malformed", (named ? c10::str("image ", id) : std::string("an image")) + ": " + fault.what);
      return;
    }
    Pending pending{image->id,
                    camera_of(image->capture, image->camera),
                    frame_of(image->capture, image->frame),
                    sequence_of(image->capture, image->sequence),
                    static_cast<int32_t>(image->width),
                    static_cast<int32_t>(image->height),
                    kUsual,
                    false};
    name_.assign("Capture").append(image->capture).append("/").append(image->sequence).append("/cam").append(image->camera);
    name_.append("/image").append(image->frame).append(".jpg");
    // Some tools shorten file_name; the full name follows from the other keys.
    if (image->file_name != name_ && std::count(image->file_name.begin(), image->file_name.end(), '/') == 3) {
      pending.odd_name = static_cast<uint32_t>(odd_names_.size());
      odd_names_.emplace_back(image->file_name);
    }
    pending_.push_back(pending);
  }

  void lose(const char* reason, const char* type = nullptr) {
    ++lost_.annotations;
    ++lost_.reasons[reason];
    if (type != nullptr) ++lost_.by_type[type];
  }

  void add_annotation(const simdjson::dom::element& element) {
    JsonFault fault;
    const auto annotation = interhand_annotation(element, fault);
    if (!annotation) {
      const char* reason = fault.not_finite ? "not_finite" : "malformed";
      int64_t id = 0;
      const bool named = element["id"].get(id) == simdjson::SUCCESS;
      lost_.examples.emplace(reason, (named ? c10::str("annotation ", id) : std::string("an annotation")) + ": " + fault.what);
      return lose(reason);
    }
    ImageEntry entry;
    entry.box = annotation->box;
    entry.annotation = annotation->id;
    entry.split = split_;
    entry.hand_type = annotation->hand_type;
    entry.hand_type_valid = annotation->hand_type_valid;
    entry.annotator = folder_.annotator;
    for (size_t side = 0; side < 2; ++side)
      for (size_t i = 0; i < kFromInterHand.size(); ++i)
        if (annotation->joint_valid[21 * side + static_cast<size_t>(kFromInterHand[i])])
          entry.joint_valid |= uint64_t{1} << (21 * side + i);
    waiting_.push_back(entry);
    image_ids_.push_back(annotation->image_id);
  }

  // Which annotations repeat the id of an earlier one; those without an id never do.
  std::vector<bool> doubled_annotations() const {
    std::vector<uint32_t> order(waiting_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return waiting_[a].annotation < waiting_[b].annotation; });
    std::vector<bool> doubled(waiting_.size(), false);
    for (size_t i = 1; i < order.size(); ++i)
      doubled[order[i]] =
          waiting_[order[i]].annotation >= 0 && waiting_[order[i]].annotation == waiting_[order[i - 1]].annotation;
    return doubled;
  }

  void join() {
    const std::vector<bool> doubled = doubled_annotations();
    std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) { return a.id < b.id; });
    for (size_t i = 1; i < pending_.size(); ++i)
      if (pending_[i].id == pending_[i - 1].id) pending_[i].doubled = pending_[i - 1].doubled = true;
    tables_.images.reserve(tables_.images.size() + waiting_.size());
    for (size_t i = 0; i < waiting_.size(); ++i) {
      ImageEntry& entry = waiting_[i];
      const auto image = std::lower_bound(pending_.begin(), pending_.end(), image_ids_[i],
                                          [](const Pending& a, int64_t id) { return a.id < id; });
      const char* type = kHandTypeNames[static_cast<size_t>(entry.hand_type)];
      if (doubled[i]) {
        lose("annotation_id_doubled", type);
        continue;
      }
      if (image == pending_.end() || image->id != image_ids_[i]) {
        lose(malformed_.count(image_ids_[i]) > 0 ? "malformed" : "image_missing", type);
        continue;
      }
      if (image->doubled) {
        lose("image_id_doubled", type);
        continue;
      }
      entry.camera = image->camera;
      entry.frame = image->frame;
      entry.sequence = image->sequence;
      entry.width = image->width;
      entry.height = image->height;
      if (image->odd_name != kUsual)
        tables_.given[static_cast<uint32_t>(tables_.images.size())].sample =
            std::string(kSplitNames[split_]) + "/" + odd_names_[image->odd_name];
      tables_.images.push_back(entry);
    }
  }

  ImageTables& tables_;
  LostAnnotations& lost_;
  uint8_t split_;
  AnnotationFolder folder_;
  std::unordered_map<std::string, uint32_t> cameras_, frames_, sequences_;  // table rows; capture numbers repeat across splits
  std::vector<Pending> pending_;
  std::vector<std::string> odd_names_;
  std::unordered_set<int64_t> malformed_;
  std::vector<ImageEntry> waiting_;
  std::vector<int64_t> image_ids_;  // of waiting_
  std::string name_;
};

}  // namespace

bool is_interhand_root(const fs::path& root) { return fs::is_directory(root / "annotations") && !splits_of(root).empty(); }

ImageTables read_interhand_tables(const fs::path& root, const std::string& split) {
  require(fs::is_directory(root), "no such folder", root.string(), "give the folder that holds images/ and annotations/");
  const std::vector<std::string> present = splits_of(root);
  require(!present.empty(), "no InterHand2.6M annotations here", root.string(),
          "expected annotations/SPLIT/InterHand2.6M_SPLIT_data.json with SPLIT train, val or test");
  std::string known = "all";
  for (const std::string& name : present) known += ", " + name;
  require(split == "all" || std::find(present.begin(), present.end(), split) != present.end(),
          "this data root has no split `" + split + "`", root.string(), "choose one of: " + known);
  ImageTables tables;
  tables.root = root;
  for (uint8_t code = 0; code < 3; ++code)
    if (split == "all" || split == kSplitNames[code])
      for (const AnnotationFolder& folder : annotation_folders(root, kSplitNames[code])) SplitReader(tables, code, folder).read();
  return tables;
}

ImageIndex read_interhand(const fs::path& root, const std::string& split, const UsableRule& rule) {
  ImageIndex index = index_of(std::make_shared<const ImageTables>(read_interhand_tables(root, split)), split, rule);
  index.kind = "interhand";
  return index;
}

}  // namespace interprior
