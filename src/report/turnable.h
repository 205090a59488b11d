#pragma once
#include <string>
#include <vector>

#include "interprior/geometry/mesh.h"
#include "interprior/report/hand_image.h"

// Meshes of a page that turn (page.js).
namespace interprior {

// Both hands under the names "VIEW/right" and "VIEW/left", or without "VIEW/" if `view` is empty; an absent hand is left out.
std::vector<NamedMesh> named_meshes(const std::string& view, const HandSurfaces& surfaces);
// Frame `number` (from 1) of a view that a slider steps through: "VIEW#NUMBER/right" and "VIEW#NUMBER/left".
std::vector<NamedMesh> named_frame(const std::string& view, size_t number, const HandSurfaces& surfaces);

// The distinct lists of faces of a page. Every hand model has one per side, so a page holds few of them, each once.
class FaceLists {
 public:
  size_t index_of(const std::vector<std::array<int32_t, 3>>& faces);  // of at most 65,536 vertices
  bool empty() const { return lists_.empty(); }
  std::string json() const;

 private:
  std::vector<std::string> lists_;  // base64 of 16-bit indices
};

// Whether a page can show them: none is empty or has more than 65,536 vertices.
bool can_turn(const std::vector<NamedMesh>& meshes);

// The colours of the hands for page.js, sRGB: {"right": [0.93, 0.56, 0.31], "left": ...}. The lights of page.js multiply them.
std::string hand_colours_json();

// The meshes of one figure, grouped by view and frame, as JSON for page.js: 16-bit vertices about each view's centre, one scale
// for all views. The centre of a view is that of all its frames, so that its hands move from frame to frame as they do in space.
std::string scene_json(const std::vector<NamedMesh>& meshes, FaceLists& faces);

}  // namespace interprior
