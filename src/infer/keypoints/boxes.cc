#include "interprior/infer/keypoints/boxes.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "box_numbers.h"
#include "coco_images.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "strict_json.h"

namespace interprior {
namespace {

using nlohmann::json;

constexpr const char* kForms = R"(write {"name": [x, y, width, height], ...}; docs/predict.md has the other forms)";

// {"box": [...], "camera": [...], "width": w, "height": h}: all optional, one of the first two needed.
BoxedPair pair_of(const json& object, BoxedImage& image, const std::string& where) {
  for (const auto& [key, value] : object.items())
    require(key == "box" || key == "camera" || key == "width" || key == "height", "the key `" + key + "` is not known", where,
            "known keys are box, camera, width and height");
  BoxedPair pair;
  if (object.contains("box"))
    pair.box = checked_box(four_numbers(object["box"], "a box", where + ", box", kBoxAdvice), where + ", box");
  if (object.contains("camera"))
    pair.camera =
        checked_camera(four_numbers(object["camera"], "a camera", where + ", camera", kCameraAdvice), where + ", camera");
  require(pair.box || pair.camera, "there is neither a box nor a camera", where, kForms);
  for (const auto& [key, size] : {std::pair("width", &image.width), std::pair("height", &image.height)}) {
    if (!object.contains(key)) continue;
    require(object[key].is_number_integer() && object[key].get<int64_t>() > 0, std::string(key) + " is not a number of pixels",
            where);
    *size = object[key].get<int64_t>();
  }
  return pair;
}

bool is_empty_list(const json& value) { return value.is_array() && value.empty(); }

// What a detector writes that found no hands: [], [[]] or [[], []].
bool has_no_pairs(const json& value) { return value.is_array() && std::all_of(value.begin(), value.end(), is_empty_list); }

BoxedImage plain_image(const std::string& key, const json& value, const std::string& where) {
  BoxedImage image;
  image.key = key;
  const auto box = [](const json& list, const std::string& place) {
    return BoxedPair{checked_box(four_numbers(list, "a box", place, kBoxAdvice), place), std::nullopt};
  };
  if (has_no_pairs(value)) return image;
  const bool several = value.is_array() && (value[0].is_array() || value[0].is_object());
  if (value.is_object()) {
    image.pairs.push_back(pair_of(value, image, where));
  } else if (several) {
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string place = c10::str(where, ", pair ", i + 1);
      image.pairs.push_back(value[i].is_object() ? pair_of(value[i], image, place) : box(value[i], place));
    }
  } else {
    image.pairs.push_back(box(value, where));
  }
  return image;
}

std::vector<double> numbers_of(const std::string& text, const std::string& what, const std::string& advice) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  while (true) {
    char* end = nullptr;
    numbers.push_back(std::strtod(at, &end));
    require(end != at && (*end == ',' || *end == '\0'), what, text, advice);
    if (*end == '\0') break;
    at = end + 1;
  }
  return numbers;
}

std::vector<std::string> keys_of(const std::vector<BoxedImage>& boxes) {
  std::vector<std::string> keys;
  for (const BoxedImage& image : boxes) keys.push_back(image.key);
  return keys;
}

}  // namespace

std::vector<double> four_numbers(const json& list, const std::string& what, const std::string& where, const std::string& advice) {
  require(list.is_array(), what + " must be a list of four numbers", where, advice);
  std::vector<double> numbers;
  for (const json& number : list) {
    require(number.is_number(), what + " must be a list of four numbers", where, advice);
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

Box checked_box(const std::vector<double>& numbers, const std::string& where) {
  require(numbers.size() == 4, c10::str("a box of ", numbers.size(), " numbers"), where, kBoxAdvice);
  for (const double number : numbers) require(std::isfinite(number), "a box with a number that is not finite", where, kBoxAdvice);
  require(numbers[2] > 0 && numbers[3] > 0, "an empty box", where, kBoxAdvice);
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

Intrinsics checked_camera(const std::vector<double>& numbers, const std::string& where) {
  require(numbers.size() == 4, c10::str("a camera of ", numbers.size(), " numbers"), where, kCameraAdvice);
  for (const double number : numbers)
    require(std::isfinite(number), "a camera with a number that is not finite", where, kCameraAdvice);
  require(numbers[0] > 0 && numbers[1] > 0, "a camera whose focal length is not above 0", where, kCameraAdvice);
  for (const double focal : {numbers[0], numbers[1]})
    require(is_focal_length(focal), c10::str("a camera with a focal length of ", focal, " px"), where, kCameraAdvice);
  for (const double centre : {numbers[2], numbers[3]})
    require(std::abs(centre) <= kLargestCamera, c10::str("a camera with a principal point at ", centre, " px"), where,
            kCameraAdvice);
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

std::vector<BoxedImage> read_boxes(const std::filesystem::path& path) {
  const json document = parse_without_duplicates(read_file(path), path.string(), kForms);
  require(document.is_object(), "boxes must be an object of names", path.string(), kForms);
  if (document.contains("format") && document["format"].is_string())
    throw Error("this file is " + document["format"].get<std::string>() + ", not boxes", path.string(), kForms);
  if (is_coco(document)) return coco_boxes(document, path.string());
  std::vector<BoxedImage> images;
  for (const auto& [name, value] : document.items()) images.push_back(plain_image(name, value, path.string() + ", " + name));
  return images;
}

Box parse_box(const std::string& text) {
  return checked_box(numbers_of(text, "a box must be x,y,width,height", kBoxAdvice), text);
}

Intrinsics parse_camera(const std::string& text) {
  return checked_camera(numbers_of(text, "a camera must be fx,fy,cx,cy", kCameraAdvice), text);
}

BoxMatches::BoxMatches(std::vector<BoxedImage> boxes, const std::vector<Input>& inputs, std::string file)
    : boxes_(std::move(boxes)), matches_(keys_of(boxes_), inputs, std::move(file), {"box", "boxes"}) {}

const BoxedImage* BoxMatches::of(const Input& input, const std::string& frame_name) {
  const std::optional<size_t> entry = matches_.of(input, frame_name);
  return entry ? &boxes_[*entry] : nullptr;
}

}  // namespace interprior
