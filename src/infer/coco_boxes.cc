#include <c10/util/StringUtil.h>

#include <cmath>

#include "box_numbers.h"
#include "interprior/base/error.h"

// COCO's format of annotations (https://cocodataset.org/#format-data): keys that are not needed are not looked at.
namespace interprior {
namespace {

using nlohmann::json;

std::string id_of(const json& object, const char* key, const std::string& where) {
  require(object.is_object() && object.contains(key), std::string("there is no `") + key + "`", where);
  const json& id = object[key];
  require(id.is_number_integer() || id.is_string(), std::string("`") + key + "` is neither a number nor text", where);
  return id.dump();
}

int64_t pixels(const json& image, const char* key, const std::string& where) {
  if (!image.contains(key) || image[key].is_null()) return 0;
  const json& size = image[key];
  require(size.is_number() && size.get<double>() > 0 && size.get<double>() < 1e6 &&
              std::floor(size.get<double>()) == size.get<double>(),
          std::string("`") + key + "` is not a number of pixels", where);
  return static_cast<int64_t>(size.get<double>());
}

// [fx, fy, cx, cy], or the camera's matrix as three rows.
Intrinsics camera_of(const json& value, const std::string& where) {
  if (!value.is_array() || value.size() != 3) return checked_camera(four_numbers(value, "a camera", where, kCameraAdvice), where);
  std::vector<double> k;
  for (const json& row : value) {
    require(row.is_array() && row.size() == 3, "a camera's matrix must have three rows of three numbers", where, kCameraAdvice);
    for (const json& number : row) {
      require(number.is_number(), "a camera's matrix must have three rows of three numbers", where, kCameraAdvice);
      k.push_back(number.get<double>());
    }
  }
  require(k[1] == 0 && k[3] == 0 && k[6] == 0 && k[7] == 0 && k[8] == 1,
          "a camera's matrix must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]", where);
  return checked_camera({k[0], k[4], k[2], k[5]}, where);
}

const json* camera_in(const json& object) {
  for (const char* key : {"camera", "intrinsics"})
    if (object.contains(key) && !object[key].is_null()) return &object[key];
  return nullptr;
}

}  // namespace

bool is_coco(const json& document) {
  return document.contains("images") && document.contains("annotations") && document["images"].is_array() &&
         document["annotations"].is_array() && (document["images"].empty() || document["images"][0].is_object());
}

std::vector<BoxedPicture> coco_boxes(const json& document, const std::string& file) {
  std::vector<BoxedPicture> pictures;
  std::vector<std::optional<Intrinsics>> cameras;
  std::map<std::string, size_t> by_id;
  std::set<std::string> names;
  for (size_t i = 0; i < document["images"].size(); ++i) {
    const json& image = document["images"][i];
    const std::string where = c10::str(file, ", images[", i, "]"), id = id_of(image, "id", where);
    require(by_id.emplace(id, pictures.size()).second, "the image id " + id + " is there twice", where);
    require(image.contains("file_name") && image["file_name"].is_string(), "there is no `file_name`", where);
    BoxedPicture picture;
    picture.key = image["file_name"].get<std::string>();
    require(names.insert(picture.key).second, "the name " + picture.key + " is there twice", where);
    picture.width = pixels(image, "width", where);
    picture.height = pixels(image, "height", where);
    const json* camera = camera_in(image);
    cameras.push_back(camera ? std::optional(camera_of(*camera, where + ", " + picture.key)) : std::nullopt);
    pictures.push_back(std::move(picture));
  }
  for (size_t i = 0; i < document["annotations"].size(); ++i) {
    const json& annotation = document["annotations"][i];
    const std::string where = c10::str(file, ", annotations[", i, "]"), id = id_of(annotation, "image_id", where);
    const auto found = by_id.find(id);
    require(found != by_id.end(), "the image id " + id + " is not among the images", where);
    require(annotation.contains("bbox"), "there is no `bbox`", where, kBoxAdvice);
    BoxedPicture& picture = pictures[found->second];
    const std::string place = where + " of " + picture.key;
    const Box box = checked_box(four_numbers(annotation["bbox"], "a box", place, kBoxAdvice), place);
    const json* camera = camera_in(annotation);
    picture.pairs.push_back({box, camera ? std::optional(camera_of(*camera, place)) : cameras[found->second]});
  }
  return pictures;
}

}  // namespace interprior
