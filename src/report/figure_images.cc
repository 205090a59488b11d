#include <c10/util/StringUtil.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "interprior/base/error.h"
#include "interprior/data/images/image.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/report/figure.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

std::string split_of(const std::string& sample) { return sample.substr(0, sample.find('/')); }

// The one split of all samples, or all.
std::string split_of(const std::vector<std::string>& samples) {
  const std::string first = samples.empty() ? "" : split_of(samples.front());
  const bool known = first == "train" || first == "val" || first == "test";
  const bool one =
      std::all_of(samples.begin(), samples.end(), [&](const std::string& sample) { return split_of(sample) == first; });
  return known && one ? first : "all";
}

std::map<std::string, ImageRecord> records_of(const fs::path& path, const std::vector<std::string>& samples) {
  ImageFilter everything;
  everything.single_hands = everything.without_mano = true;
  const ImageIndex index = read_images(path, split_of(samples), UsableRule(everything));
  const std::set<std::string> wanted(samples.begin(), samples.end());
  std::map<std::string, ImageRecord> records;
  for (size_t i = 0; i < index.usable.size(); ++i)
    if (const std::string sample = index.usable.sample(i); wanted.count(sample) > 0) records.emplace(sample, index.usable[i]);
  std::vector<std::string> missing;
  for (const std::string& sample : samples)
    if (records.count(sample) == 0) missing.push_back(sample);
  require(missing.empty(),
          c10::str("the data set has no usable image of sample ", missing.empty() ? "" : missing.front(),
                   missing.size() > 1 ? c10::str(" and ", missing.size() - 1, " more") : ""),
          path.string(), "see `interprior inspect`");
  return records;
}

// Whether the id names a file below a folder, and none beside it.
bool stays_below(const fs::path& sample) {
  return sample.is_relative() && std::find(sample.begin(), sample.end(), "..") == sample.end();
}

}  // namespace

FigureImages images_of_data(const fs::path& path, const std::vector<std::string>& samples) {
  const auto records = std::make_shared<const std::map<std::string, ImageRecord>>(records_of(path, samples));
  return [records](const std::string& sample) -> FigureImage {
    const ImageRecord& record = records->at(sample);
    cv::Mat rgb = decode_rgb(read_image_bytes(record), record.sample);
    require(rgb.cols == record.camera.width && rgb.rows == record.camera.height,
            c10::str("the image has ", rgb.cols, " x ", rgb.rows, " px, its annotation ", record.camera.width, " x ",
                     record.camera.height),
            sample, "see `interprior inspect`");
    return {rgb, record.camera};
  };
}

FigureImages images_in_folder(const fs::path& folder) {
  std::error_code ignored;
  require(fs::is_directory(folder, ignored), "there is no folder of images", folder.string(), "check --images");
  return [folder](const std::string& sample) -> FigureImage {
    require(stays_below(sample), "the sample's id is no path below a folder", sample, "leave --images out");
    const fs::path id = sample, without_split = sample.substr(std::min(sample.size(), sample.find('/') + 1));
    std::error_code ignored;
    for (const fs::path& file : {folder / id, folder / "images" / id, folder / without_split})
      if (fs::is_regular_file(file, ignored)) return {read_image(file), std::nullopt};
    throw Error("the folder has no image of sample " + sample, folder.string(),
                "samples are searched as FOLDER/SAMPLE, FOLDER/images/SAMPLE and FOLDER/FILE");
  };
}

}  // namespace interprior
