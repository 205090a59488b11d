#include "turnable.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "interprior/render/hand_colour.h"
#include "page.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

struct Frame {
  std::string number;  // empty: the only one
  std::vector<const NamedMesh*> hands;
};

struct View {
  std::string title;
  std::vector<Frame> frames;
  Vector3 centre;
};

// The parts of "VIEW#FRAME/SIDE"; view and frame may be missing.
struct Place {
  std::string view, frame, side;
};

Place place_of(const NamedMesh& named) {
  const size_t slash = named.name.rfind('/');
  if (slash == std::string::npos) return {"", "", named.name};
  const std::string view = named.name.substr(0, slash);
  const size_t hash = view.rfind('#');
  return {view.substr(0, hash), hash == std::string::npos ? "" : view.substr(hash + 1), named.name.substr(slash + 1)};
}

Vector3 vector_of(const std::array<float, 3>& vertex) { return {vertex[0], vertex[1], vertex[2]}; }

template <class Use>
void each_vertex(const View& view, const Use& use) {
  for (const Frame& frame : view.frames)
    for (const NamedMesh* hand : frame.hands)
      for (const auto& vertex : hand->mesh.vertices) use(vector_of(vertex));
}

// In the order of their first meshes.
std::vector<View> views_of(const std::vector<NamedMesh>& meshes) {
  std::vector<View> views;
  for (const NamedMesh& named : meshes) {
    const Place place = place_of(named);
    auto view = std::find_if(views.begin(), views.end(), [&](const View& one) { return one.title == place.view; });
    if (view == views.end()) view = views.insert(views.end(), View{place.view, {}, {0, 0, 0}});
    std::vector<Frame>& frames = view->frames;
    auto frame = std::find_if(frames.begin(), frames.end(), [&](const Frame& one) { return one.number == place.frame; });
    if (frame == frames.end()) frame = frames.insert(frames.end(), Frame{place.frame, {}});
    frame->hands.push_back(&named);
  }
  for (View& view : views) {
    double count = 0;
    each_vertex(view, [&](const Vector3& vertex) {
      view.centre += vertex;
      ++count;
    });
    view.centre /= std::max(count, 1.0);
  }
  return views;
}

double radius_of(const std::vector<View>& views) {
  double radius = 1e-6;
  for (const View& view : views)
    each_vertex(view, [&](const Vector3& vertex) { radius = std::max(radius, (vertex - view.centre).norm()); });
  return radius;
}

template <class Number>
std::string base64_of(const std::vector<Number>& numbers) {
  return base64(std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)));
}

std::vector<int16_t> stored(const Mesh& mesh, const Vector3& centre, double scale) {
  std::vector<int16_t> numbers;
  for (const auto& vertex : mesh.vertices)
    for (const double value : Vector3((vector_of(vertex) - centre) * scale))
      numbers.push_back(static_cast<int16_t>(std::lround(value)));
  return numbers;
}

}  // namespace

std::vector<NamedMesh> named_meshes(const std::string& view, const HandSurfaces& surfaces) {
  std::vector<NamedMesh> meshes;
  for (const Side side : kSides)
    if (!surfaces[side].vertices.empty())
      meshes.push_back({(view.empty() ? "" : view + "/") + side_name(side), surfaces[side], linear_hand_colour(side)});
  return meshes;
}

std::vector<NamedMesh> named_frame(const std::string& view, size_t number, const HandSurfaces& surfaces) {
  return named_meshes(view + "#" + std::to_string(number), surfaces);
}

size_t FaceLists::index_of(const std::vector<std::array<int32_t, 3>>& faces) {
  std::vector<uint16_t> indices;
  for (const auto& face : faces)
    for (const int32_t index : face) indices.push_back(static_cast<uint16_t>(index));
  const std::string text = base64_of(indices);
  const auto found = std::find(lists_.begin(), lists_.end(), text);
  if (found == lists_.end()) lists_.push_back(text);
  return static_cast<size_t>(std::find(lists_.begin(), lists_.end(), text) - lists_.begin());
}

bool can_turn(const std::vector<NamedMesh>& meshes) {
  return !meshes.empty() && std::all_of(meshes.begin(), meshes.end(), [](const NamedMesh& named) {
    return !named.mesh.faces.empty() && named.mesh.vertices.size() <= size_t{UINT16_MAX} + 1;
  });
}

std::string FaceLists::json() const { return Json(lists_).dump(); }

std::string hand_colours_json() {
  Json colours;
  for (const Side side : kSides) colours[side_name(side)] = kHandColour[side];
  return colours.dump();
}

std::string scene_json(const std::vector<NamedMesh>& meshes, FaceLists& faces) {
  const std::vector<View> views = views_of(meshes);
  const double scale = INT16_MAX / radius_of(views);
  Json scene = {{"views", Json::array()}};
  for (const View& view : views) {
    Json frames = Json::array();
    for (const Frame& frame : view.frames) {
      Json hands = Json::array();
      for (const NamedMesh* hand : frame.hands)
        hands.push_back({{"side", place_of(*hand).side},
                         {"vertices", base64_of(stored(hand->mesh, view.centre, scale))},
                         {"faces", faces.index_of(hand->mesh.faces)}});
      frames.push_back(hands);
    }
    scene["views"].push_back({{"title", view.title}, {"frames", frames}});
  }
  return scene.dump();
}

}  // namespace interprior
