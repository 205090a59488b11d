#include "coco_images.h"

#include <c10/util/StringUtil.h>

#include <cmath>
#include <set>

#include "box_numbers.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

using nlohmann::json;

int64_t pixels(const json& image, const char* key, const std::string& where) {
  if (!image.contains(key) || image[key].is_null()) return 0;
  const json& size = image[key];
  require(size.is_number() && size.get<double>() > 0 && size.get<double>() < 1e6 &&
              std::floor(size.get<double>()) == size.get<double>(),
          std::string("`") + key + "` is not a number of pixels", where);
  return static_cast<int64_t>(size.get<double>());
}

// [fx, fy, cx, cy], or the camera matrix as three rows.
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

}  // namespace

std::string coco_id(const json& object, const char* key, const std::string& where) {
  require(object.is_object() && object.contains(key), std::string("there is no `") + key + "`", where);
  const json& id = object[key];
  require(id.is_number_integer() || id.is_string(), std::string("`") + key + "` is neither a number nor text", where);
  return id.dump();
}

std::optional<Intrinsics> coco_camera(const json& object, const std::string& where) {
  for (const char* key : {"camera", "intrinsics"})
    if (object.contains(key) && !object[key].is_null()) return camera_of(object[key], where);
  return std::nullopt;
}

bool is_coco(const json& document) {
  return document.contains("images") && document.contains("annotations") && document["images"].is_array() &&
         document["annotations"].is_array() && (document["images"].empty() || document["images"][0].is_object());
}

CocoImages coco_images(const json& document, const std::string& file) {
  CocoImages read;
  std::set<std::string> names;
  for (size_t i = 0; i < document["images"].size(); ++i) {
    const json& image = document["images"][i];
    const std::string where = c10::str(file, ", images[", i, "]"), id = coco_id(image, "id", where);
    require(read.by_id.emplace(id, read.images.size()).second, "the image id " + id + " is duplicated", where);
    require(image.contains("file_name") && image["file_name"].is_string(), "there is no `file_name`", where);
    CocoImage& entry = read.images.emplace_back();
    entry.file_name = image["file_name"].get<std::string>();
    require(names.insert(entry.file_name).second, "the name " + entry.file_name + " is duplicated", where);
    entry.width = pixels(image, "width", where);
    entry.height = pixels(image, "height", where);
    entry.camera = coco_camera(image, where + ", " + entry.file_name);
  }
  return read;
}

size_t CocoImages::of(const json& annotation, const std::string& where) const {
  const std::string id = coco_id(annotation, "image_id", where);
  const auto found = by_id.find(id);
  require(found != by_id.end(), "the image id " + id + " is not among the images", where);
  return found->second;
}

}  // namespace interprior
