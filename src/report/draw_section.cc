#include <c10/util/StringUtil.h>

#include <algorithm>

#include "sections.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

const std::string kSheet = "contact_sheet.png", kPrefix = "draw_", kEnding = ".glb";

// draw_0000.glb ... of a folder, in their order.
std::vector<fs::path> draws_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (const std::string name = entry.path().filename().string(); name.starts_with(kPrefix) && name.ends_with(kEnding))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool is_draw_folder(const fs::path& folder) { return fs::exists(folder / kSheet) && !draws_in(folder).empty(); }

void add_draws(Page& page, const fs::path& folder) {
  std::vector<NamedMesh> meshes;
  size_t number = 0;
  for (const fs::path& file : draws_in(folder)) {
    ++number;
    for (NamedMesh& mesh : meshes_of(page, file)) {
      mesh.name = c10::str("samples#", number, "/", mesh.name);
      meshes.push_back(std::move(mesh));
    }
  }
  page.paragraph(
      "Interactions sampled from a prior, without an image, seen along the right wrist's axes. Right hand "
      "orange, left hand blue.");
  page.image_file(folder / kSheet, c10::str("samples in order, row by row; in 3D the first ", number), meshes);
}

}  // namespace interprior
