#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include "interprior/geometry/glb_reader.h"
#include "interprior/infer/hypothesis_file.h"
#include "interprior/report/hand_image.h"
#include "prediction_table.h"
#include "sections.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxImages = 20;
constexpr size_t kFigureBytes = 1'850'000;  // of the page: images and meshes
constexpr size_t kBytesPerVertex = 8;       // three 16-bit numbers in base64
constexpr size_t kLeastImageBytes = 8 << 10;
const std::string kOverlay = "_overlay.jpg", kKeypoints = "_keypoints.jpg", kMeshes = ".glb", kJson = ".json",
                  kVideo = "_overlay.mp4", kLines = ".jsonl", kAnimated = "_animated.glb";
const std::string kSide = "_side.jpg";  // of `fit`: the same view as beside the overlay

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

// A pair of hands on the page: meshes that turn, of the result and of the first hypotheses, and images.
struct Pair {
  std::string name;
  std::vector<NamedMesh> meshes;
  std::vector<Page::ImageFile> images;
  std::string described;  // the images
  size_t hypotheses = 0;
};

void add_image_files(Pair& pair, const fs::path& folder) {
  const auto add = [&](const std::string& ending, const char* what) {
    const fs::path file = folder / (pair.name + ending);
    if (!fs::exists(file)) return false;
    pair.described += (pair.images.empty() ? ": " : "; ") + std::string(what);
    pair.images.push_back({file, c10::str(pair.name, ": ", what)});
    return true;
  };
  const bool overlay = add(kOverlay, "hands in the image and from the side");
  add(kKeypoints, "keypoints (dots) and fitted skeletons");
  if (!overlay) add(kSide, "hands from the side");
}

Pair pair_of(Page& page, const fs::path& folder, const std::string& name) {
  Pair pair;
  pair.name = name;
  add_image_files(pair, folder);
  const fs::path result = folder / (name + kMeshes), hypotheses = folder / kHypothesisFolder / (name + kMeshes);
  if (fs::exists(result)) pair.meshes = meshes_of(page, result);
  if (!fs::exists(hypotheses)) return pair;
  std::vector<NamedMesh> frames = meshes_of(page, hypotheses);
  frames.resize(std::min(frames.size(), 2 * kHypothesisMeshes));
  if (frames.empty()) return pair;
  std::set<std::string> numbers;  // of the hypotheses, of which some have one hand
  for (const NamedMesh& mesh : frames) numbers.insert(mesh.name.substr(0, mesh.name.rfind('/')));
  pair.hypotheses = numbers.size();
  for (NamedMesh& mesh : pair.meshes) mesh.name = "prediction/" + mesh.name;
  std::move(frames.begin(), frames.end(), std::back_inserter(pair.meshes));
  return pair;
}

// The bytes that each image may have, so that a page stays below 2 MB.
size_t image_limit(const std::vector<Pair>& pairs) {
  size_t meshes = 0, images = 0;
  for (const Pair& pair : pairs) {
    for (const NamedMesh& named : pair.meshes) meshes += kBytesPerVertex * named.mesh.vertices.size();
    images += std::max<size_t>(1, pair.images.size());
  }
  const size_t rest = kFigureBytes - std::min(kFigureBytes, meshes);
  return std::max(kLeastImageBytes, rest / images / 4 * 3);  // base64
}

// One figure: the images, or else the meshes as a still image, and the meshes that turn.
void add_hands(Page& page, const Pair& pair, size_t most_bytes) {
  const std::string caption = c10::str(
      pair.name, pair.described, pair.hypotheses > 0 ? c10::str("; in 3D also ", pair.hypotheses, " of its hypotheses") : "");
  if (!pair.images.empty()) return page.image_row(pair.images, caption, pair.meshes, most_bytes);
  HandSurfaces surfaces;
  for (const NamedMesh& named : pair.meshes)
    for (const Side side : kSides)
      if (surfaces[side].vertices.empty() && named.name.ends_with(side_name(side))) surfaces[side] = named.mesh;
  if (!pair.meshes.empty()) page.image(draw_framed(surfaces, 0, radius_of(surfaces)), caption, pair.meshes);
}

void add_images(Page& page, const fs::path& folder, const std::set<std::string>& images) {
  const size_t shown = std::min(images.size(), kMaxImages);
  page.paragraph(c10::str(images.size(), " image(s) reconstructed",
                          shown < images.size() ? c10::str("; the first ", shown, " are shown") : "",
                          ". Right hand orange, left hand blue."));
  if (fs::exists(folder / (*images.begin() + kKeypoints)))
    page.paragraph(
        "Fitted to the joints of a keypoints file with the interaction prior, without an image network. The same for a "
        "photograph "
        "of your own: interprior fit PRIOR photo.jpg --keypoints keypoints.json (docs/keypoints.md).");
  std::vector<Pair> pairs;
  for (auto name = images.begin(); pairs.size() < shown; ++name) pairs.push_back(pair_of(page, folder, *name));
  const size_t most_bytes = image_limit(pairs);
  for (const Pair& pair : pairs) add_hands(page, pair, most_bytes);
}

void add_table(Page& page, const fs::path& folder, const Found& found) {
  const PredictionTable all = prediction_table(folder, found.images, found.videos);
  if (all.damaged > 0)
    page.warning(
        c10::str(all.damaged, " file(s) or line(s) are no JSON objects and are not in the table, first in ", all.first_damaged));
  if (all.table.rows.size() > 1) page.table(all.table);
}

void add_videos(Page& page, const fs::path& folder, const std::set<std::string>& videos) {
  for (const std::string& name : videos) {
    std::vector<fs::path> files;
    for (const std::string& ending : {kVideo, kLines, kAnimated})
      if (fs::exists(folder / (name + ending))) files.push_back(folder / (name + ending));
    page.video("Video " + name, fs::exists(folder / (name + kVideo)) ? folder / (name + kVideo) : fs::path(), files);
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
  if (!found.images.empty()) add_images(page, folder, found.images);
  add_table(page, folder, found);
}

}  // namespace interprior
