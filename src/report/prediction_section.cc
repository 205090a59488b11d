#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>

#include "interprior/geometry/glb_reader.h"
#include "sections.h"

namespace interprior {
namespace {

constexpr size_t kMaxImages = 24;
const std::string kEnding = "_overlay.jpg";
// Additional images of `interprior fit`.
constexpr std::array<std::pair<const char*, const char*>, 2> kOfFits = {
    {{"_keypoints.jpg", ": keypoints (dots) and fitted skeletons"}, {"_side.jpg", ": from the side"}}};

std::string stem_of(const std::filesystem::path& overlay) {
  const std::string name = overlay.filename().string();
  return name.substr(0, name.size() - kEnding.size());
}

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
  const size_t shown = std::min(files.size(), kMaxImages);
  page.paragraph(c10::str(files.size(), " image(s) reconstructed",
                          shown < files.size() ? c10::str("; the first ", shown, " are shown") : "",
                          ". Right hand warm, left hand cool."));
  if (std::filesystem::exists(folder / (stem_of(files.front()) + kOfFits[0].first)))
    page.paragraph(
        "Fitted to 2D joints by the interaction prior alone, without an image network. So is a photograph of your own: a "
        "detector's "
        "joints in keypoints.json, then interprior fit PRIOR photo.jpg --keypoints keypoints.json (docs/keypoints.md).");
  for (size_t i = 0; i < shown; ++i) {
    const std::string stem = stem_of(files[i]);
    const std::filesystem::path meshes = folder / (stem + ".glb");
    page.image_file(files[i], stem, std::filesystem::exists(meshes) ? read_glb(meshes) : std::vector<NamedMesh>{});
    for (const auto& [ending, caption] : kOfFits)
      if (const std::filesystem::path file = folder / (stem + ending); std::filesystem::exists(file))
        page.image_file(file, stem + caption);
  }
}

}  // namespace interprior
