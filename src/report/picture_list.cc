#include "interprior/report/picture_list.h"

#include <c10/util/StringUtil.h>

#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/render/image_files/image_file.h"

namespace interprior {
namespace {

std::filesystem::path list_file(const std::filesystem::path& pictures) { return pictures / "list.json"; }

std::string text_of(const nlohmann::json& entry, const char* key, const std::filesystem::path& file) {
  require(entry.is_object() && entry.contains(key) && entry[key].is_string(), c10::str("an entry has no text '", key, "'"),
          file.string(), "evaluate again");
  return entry[key].get<std::string>();
}

}  // namespace

PictureList::PictureList(const std::filesystem::path& folder) : pictures_(folder / "pictures") {
  make_folder(pictures_);
  for (const ListedPicture& old : read_picture_list(folder)) std::filesystem::remove(pictures_ / old.file);
  std::filesystem::remove(list_file(pictures_));
}

void PictureList::add(const std::string& name, const cv::Mat& rgb, const std::string& group, const std::string& caption) {
  write_image(pictures_ / (name + ".jpg"), rgb);
  list_.push_back({name + ".jpg", group, caption});
}

void PictureList::write_list() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedPicture& picture : list_)
    list.push_back({{"file", picture.file}, {"group", picture.group}, {"caption", picture.caption}});
  write_file(list_file(pictures_), list.dump(2) + "\n");
}

std::vector<ListedPicture> read_picture_list(const std::filesystem::path& folder) {
  const std::filesystem::path file = list_file(folder / "pictures");
  if (!std::filesystem::exists(file)) return {};
  const nlohmann::json list = nlohmann::json::parse(read_file(file), nullptr, false);
  require(list.is_array(), "this is no list of pictures", file.string(), "evaluate again");
  std::vector<ListedPicture> pictures;
  for (const nlohmann::json& entry : list) {
    pictures.push_back({text_of(entry, "file", file), text_of(entry, "group", file), text_of(entry, "caption", file)});
    require(std::filesystem::path(pictures.back().file).filename() == pictures.back().file,
            "a listed picture lies outside its folder", file.string(), "evaluate again");
  }
  return pictures;
}

}  // namespace interprior
