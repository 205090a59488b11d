#include <algorithm>
#include <c10/util/StringUtil.h>

#include "sections.h"

namespace interprior {
namespace {

constexpr size_t kMostPictures = 24;
const std::string kEnding = "_overlay.jpg";

std::vector<std::filesystem::path> overlays_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > kEnding.size() && name.compare(name.size() - kEnding.size(), kEnding.size(), kEnding) == 0)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool is_prediction_folder(const std::filesystem::path& folder) { return !overlays_in(folder).empty(); }

void add_predictions(Page& page, const std::filesystem::path& folder) {
  const auto files = overlays_in(folder);
  const size_t shown = std::min(files.size(), kMostPictures);
  page.paragraph(c10::str(files.size(), " picture(s) reconstructed",
                          shown < files.size() ? c10::str("; the first ", shown, " are shown") : "",
                          ". Right hand warm, left hand cool."));
  for (size_t i = 0; i < shown; ++i) {
    const std::string name = files[i].filename().string();
    page.picture_file(files[i], name.substr(0, name.size() - kEnding.size()));
  }
}

}  // namespace interprior
