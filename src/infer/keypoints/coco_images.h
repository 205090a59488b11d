#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "interprior/infer/keypoints/boxes.h"

// COCO's annotation format (https://cocodataset.org/#format-data). Unused keys are ignored.
namespace interprior {

struct CocoImage {
  std::string file_name;
  int64_t width = 0, height = 0;  // px; 0: not given
  std::optional<Intrinsics> camera;
};

struct CocoImages {
  std::vector<CocoImage> images;
  std::unordered_map<std::string, size_t> by_id;

  // Index of the image of an annotation's `image_id`. Throws Error.
  size_t of(const nlohmann::json& annotation, const std::string& where) const;
};

// A numeric or string id as text. Throws Error.
std::string coco_id(const nlohmann::json& object, const char* key, const std::string& where);
// Camera under key `camera` or `intrinsics`: four numbers or a matrix. Throws Error.
std::optional<Intrinsics> coco_camera(const nlohmann::json& object, const std::string& where);

// Whether a document has COCO's lists of images and annotations, and its images. Throws Error.
bool is_coco(const nlohmann::json& document);
CocoImages coco_images(const nlohmann::json& document, const std::string& file);

}  // namespace interprior
