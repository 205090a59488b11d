#include "image_list.h"

#include <c10/util/StringUtil.h>

#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/render/image_files/image_file.h"

namespace interprior {
namespace {

std::filesystem::path list_file(const std::filesystem::path& images) { return images / "list.json"; }

std::string text_of(const nlohmann::json& entry, const char* key, const std::filesystem::path& file) {
  require(entry.is_object() && entry.contains(key) && entry[key].is_string(), c10::str("an entry has no text '", key, "'"),
          file.string(), "evaluate again");
  return entry[key].get<std::string>();
}

}  // namespace

ImageList::ImageList(const std::filesystem::path& folder) : images_(folder / "images") {
  make_folder(images_);
  for (const ListedImage& old : read_image_list(folder)) {
    std::filesystem::remove(images_ / old.file);
    if (!old.meshes.empty()) std::filesystem::remove(images_ / old.meshes);
  }
  std::filesystem::remove(list_file(images_));
}

void ImageList::add(const std::string& name, const cv::Mat& rgb, const std::string& group, const std::string& caption,
                    const std::vector<NamedMesh>& meshes) {
  write_image(images_ / (name + ".jpg"), rgb);
  if (!meshes.empty()) write_glb(images_ / (name + ".glb"), meshes);
  list_.push_back({name + ".jpg", group, caption, meshes.empty() ? "" : name + ".glb"});
}

void ImageList::write_list() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedImage& image : list_) {
    list.push_back({{"file", image.file}, {"group", image.group}, {"caption", image.caption}});
    if (!image.meshes.empty()) list.back()["meshes"] = image.meshes;
  }
  write_file(list_file(images_), list.dump(2) + "\n");
}

std::vector<ListedImage> read_image_list(const std::filesystem::path& folder) {
  const std::filesystem::path file = list_file(folder / "images");
  if (!std::filesystem::exists(file)) return {};
  const nlohmann::json list = nlohmann::json::parse(read_file(file), nullptr, false);
  require(list.is_array(), "this is no list of images", file.string(), "evaluate again");
  std::vector<ListedImage> images;
  for (const nlohmann::json& entry : list) {
    images.push_back({text_of(entry, "file", file), text_of(entry, "group", file), text_of(entry, "caption", file),
                      entry.contains("meshes") ? text_of(entry, "meshes", file) : ""});
    for (const std::string& name : {images.back().file, images.back().meshes})
      require(std::filesystem::path(name).filename() == name, "a listed image lies outside its folder", file.string(),
              "evaluate again");
  }
  return images;
}

}  // namespace interprior
