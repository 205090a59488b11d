#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "interprior/geometry/mesh.h"

namespace interprior {

// Images of a folder with their captions: FOLDER/images/*.jpg, *.glb and FOLDER/images/list.json.
struct ListedImage {
  std::string file;   // relative to images/
  std::string group;  // heading in the report
  std::string caption;
  std::string meshes;  // NAME.glb, relative to images/: the same hands as meshes that turn; empty: none
};

// Writes images; write_list() lists them for the report. The constructor removes images of an earlier list.
class ImageList {
 public:
  explicit ImageList(const std::filesystem::path& folder);  // throws Error
  // Writes NAME.jpg and, if there are meshes, NAME.glb (names as in turnable.h).
  void add(const std::string& name, const cv::Mat& rgb, const std::string& group, const std::string& caption,
           const std::vector<NamedMesh>& meshes = {});
  void write_list() const;

 private:
  std::filesystem::path images_;
  std::vector<ListedImage> list_;
};

// In the order of adding; empty when the folder has no list. Throws Error when the list is damaged.
std::vector<ListedImage> read_image_list(const std::filesystem::path& folder);

}  // namespace interprior
