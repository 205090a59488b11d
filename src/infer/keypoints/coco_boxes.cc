#include <c10/util/StringUtil.h>

#include "box_numbers.h"
#include "coco_images.h"
#include "interprior/base/error.h"

namespace interprior {

using nlohmann::json;

std::vector<BoxedImage> coco_boxes(const json& document, const std::string& file) {
  const CocoImages known = coco_images(document, file);
  std::vector<BoxedImage> images;
  for (const CocoImage& image : known.images) images.push_back({image.file_name, {}, image.width, image.height});
  for (size_t i = 0; i < document["annotations"].size(); ++i) {
    const json& annotation = document["annotations"][i];
    const std::string where = c10::str(file, ", annotations[", i, "]");
    const size_t image = known.of(annotation, where);
    require(annotation.contains("bbox"), "there is no `bbox`", where, kBoxAdvice);
    const std::string place = where + " of " + images[image].key;
    const Box box = checked_box(four_numbers(annotation["bbox"], "a box", place, kBoxAdvice), place);
    const std::optional<Intrinsics> camera = coco_camera(annotation, place);
    images[image].pairs.push_back({box, camera ? camera : known.images[image].camera});
  }
  return images;
}

}  // namespace interprior
