#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace interprior {

// The pictures of a folder with what is to be said of each: FOLDER/pictures/*.jpg and FOLDER/pictures/list.json.
struct ListedPicture {
  std::string file;   // below pictures/
  std::string group;  // the heading it stands under
  std::string caption;
};

// Writes pictures while it lives; write_list() names them for the report. Pictures of an earlier list are removed first.
class PictureList {
 public:
  explicit PictureList(const std::filesystem::path& folder);                                                    // throws Error
  void add(const std::string& name, const cv::Mat& rgb, const std::string& group, const std::string& caption);  // NAME.jpg
  void write_list() const;

 private:
  std::filesystem::path pictures_;
  std::vector<ListedPicture> list_;
};

// In the order they were added; empty where the folder has no list. Throws Error when the list is damaged.
std::vector<ListedPicture> read_picture_list(const std::filesystem::path& folder);

}  // namespace interprior
