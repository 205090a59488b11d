#include "turnable.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "page.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

struct View {
  std::string title;
  std::vector<const NamedMesh*> hands;
  Vector3 centre;
};

std::string view_of(const NamedMesh& named) {
  const size_t slash = named.name.rfind('/');
  return slash == std::string::npos ? "" : named.name.substr(0, slash);
}
std::string side_of(const NamedMesh& named) { return named.name.substr(named.name.rfind('/') + 1); }

Vector3 vector_of(const std::array<float, 3>& vertex) { return {vertex[0], vertex[1], vertex[2]}; }

// In the order of their first meshes.
std::vector<View> views_of(const std::vector<NamedMesh>& meshes) {
  std::vector<View> views;
  for (const NamedMesh& named : meshes) {
    const std::string title = view_of(named);
    auto view = std::find_if(views.begin(), views.end(), [&](const View& one) { return one.title == title; });
    if (view == views.end()) view = views.insert(views.end(), View{title, {}, {}});
    view->hands.push_back(&named);
  }
  for (View& view : views) {
    double count = 0;
    for (const NamedMesh* hand : view.hands)
      for (const auto& vertex : hand->mesh.vertices) {
        view.centre += vector_of(vertex);
        ++count;
      }
    view.centre /= std::max(count, 1.0);
  }
  return views;
}

double radius_of(const std::vector<View>& views) {
  double radius = 1e-6;
  for (const View& view : views)
    for (const NamedMesh* hand : view.hands)
      for (const auto& vertex : hand->mesh.vertices) radius = std::max(radius, (vector_of(vertex) - view.centre).norm());
  return radius;
}

template <class Number>
std::string base64_of(const std::vector<Number>& numbers) {
  return base64(std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)));
}

}  // namespace

std::vector<NamedMesh> named_meshes(const std::string& view, const HandSurfaces& surfaces) {
  std::vector<NamedMesh> meshes;
  for (const Side side : kSides)
    if (!surfaces[side].vertices.empty())
      meshes.push_back({(view.empty() ? "" : view + "/") + side_name(side), surfaces[side], kHandColour[side]});
  return meshes;
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

std::string scene_json(const std::vector<NamedMesh>& meshes, FaceLists& faces) {
  const std::vector<View> views = views_of(meshes);
  const double scale = INT16_MAX / radius_of(views);
  Json scene = {{"views", Json::array()}};
  for (const View& view : views) {
    Json hands = Json::array();
    for (const NamedMesh* hand : view.hands) {
      std::vector<int16_t> vertices;
      for (const auto& vertex : hand->mesh.vertices)
        for (const double value : Vector3((vector_of(vertex) - view.centre) * scale))
          vertices.push_back(static_cast<int16_t>(std::lround(value)));
      hands.push_back({{"side", side_of(*hand)}, {"vertices", base64_of(vertices)}, {"faces", faces.index_of(hand->mesh.faces)}});
    }
    scene["views"].push_back({{"title", view.title}, {"hands", hands}});
  }
  return scene.dump();
}

}  // namespace interprior
