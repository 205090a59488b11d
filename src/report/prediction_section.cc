#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <set>

#include "interprior/geometry/glb_reader.h"
#include "interprior/report/hand_image.h"
#include "sections.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxImages = 24;
const std::string kOverlay = "_overlay.jpg", kKeypoints = "_keypoints.jpg", kMeshes = ".glb", kJson = ".json",
                  kVideo = "_overlay.mp4", kLines = ".jsonl";
// Additional images of `interprior fit`.
const std::array<std::pair<std::string, const char*>, 2> kOfFits = {
    {{kKeypoints, ": keypoints (dots) and fitted skeletons"}, {"_side.jpg", ": from the side"}}};

// Names of the files of `predict` and `fit` in a folder.
struct Found {
  std::set<std::string> images, videos;
};

bool is_reconstruction(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string start(128, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start.find("\"interprior.reconstruction\"") != std::string::npos;
}

Found found_in(const fs::path& folder) {
  Found found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    const auto add_if = [&](const std::string& ending, std::set<std::string>& names) {
      if (!name.ends_with(ending) || name.size() == ending.size()) return false;
      names.insert(name.substr(0, name.size() - ending.size()));
      return true;
    };
    if (add_if(kVideo, found.videos) || add_if(kOverlay, found.images) || add_if(kKeypoints, found.images)) continue;
    if ((name.ends_with(kJson) || name.ends_with(kLines)) && is_reconstruction(entry.path()))
      add_if(kJson, found.images) || add_if(kLines, found.videos);
  }
  return found;
}

// The overlay, or else the meshes as a still image; both above the meshes that turn.
void add_hands(Page& page, const fs::path& folder, const std::string& name) {
  const fs::path overlay = folder / (name + kOverlay), glb = folder / (name + kMeshes);
  const std::vector<NamedMesh> meshes = fs::exists(glb) ? meshes_of(page, glb) : std::vector<NamedMesh>{};
  if (fs::exists(overlay)) return page.image_file(overlay, name, meshes);
  HandSurfaces surfaces;
  for (const NamedMesh& named : meshes)
    for (const Side side : kSides)
      if (named.name == side_name(side)) surfaces[side] = named.mesh;
  if (!meshes.empty()) page.image(draw_framed(surfaces, 0, radius_of(surfaces)), name, meshes);
}

void add_videos(Page& page, const fs::path& folder, const std::set<std::string>& videos) {
  for (const std::string& name : videos) {
    std::string files;
    for (const std::string& ending : {kVideo, kLines})
      if (fs::exists(folder / (name + ending))) files += (files.empty() ? "" : " and ") + name + ending;
    page.paragraph(c10::str("Video ", name, ": see ", files, "."));
  }
}

}  // namespace

bool is_prediction_folder(const fs::path& folder) {
  const Found found = found_in(folder);
  return !found.images.empty() || !found.videos.empty();
}

void add_predictions(Page& page, const fs::path& folder) {
  const Found found = found_in(folder);
  add_videos(page, folder, found.videos);
  if (found.images.empty()) return;
  const size_t shown = std::min(found.images.size(), kMaxImages);
  page.paragraph(c10::str(found.images.size(), " image(s) reconstructed",
                          shown < found.images.size() ? c10::str("; the first ", shown, " are shown") : "",
                          ". Right hand warm, left hand cool."));
  if (fs::exists(folder / (*found.images.begin() + kKeypoints)))
    page.paragraph(
        "Fitted to 2D joints by the interaction prior alone, without an image network. So is a photograph of your own: a "
        "detector's "
        "joints in keypoints.json, then interprior fit PRIOR photo.jpg --keypoints keypoints.json (docs/keypoints.md).");
  size_t number = 0;
  for (const std::string& name : found.images) {
    if (number++ == shown) break;
    add_hands(page, folder, name);
    for (const auto& [ending, caption] : kOfFits)
      if (const fs::path file = folder / (name + ending); fs::exists(file)) page.image_file(file, name + caption);
  }
}

}  // namespace interprior
