#include "closed_hands.h"

#include <algorithm>
#include <limits>

#include "embree.h"
#include "interprior/base/error.h"
#include "interprior/geometry/distance.h"

namespace interprior {
namespace {

constexpr double kMillimetres = 1000;
constexpr double kColumn = 0.001;  // m: side of a column
constexpr double kNearest = 0.01;  // m: depths are clamped to this in projections
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Never released: scenes of threads that have not ended may still use the device.
RTCDevice device() {
  static const RTCDevice instance = rtcNewDevice("threads=1,set_affinity=0");
  require(instance != nullptr, "Embree cannot start on this machine");
  return instance;
}

struct Crossing {
  float distance;
  int sign;
  unsigned face;
};

struct NearestQuery {
  const Points* vertices;
  const std::vector<std::array<int32_t, 3>>* faces;
  Vector3 point;
  double squared;
};

bool look_at_face(RTCPointQueryFunctionArguments* arguments) {
  auto& query = *static_cast<NearestQuery*>(arguments->userPtr);
  const auto& face = (*query.faces)[arguments->primID];
  const Vector3 nearest =
      nearest_on_triangle(query.point, query.vertices->col(face[0]), query.vertices->col(face[1]), query.vertices->col(face[2]));
  const double squared = (nearest - query.point).squaredNorm();
  if (!(squared < query.squared)) return false;
  query.squared = squared;
  arguments->query->radius = std::nextafter(static_cast<float>(std::sqrt(squared)), kInfinity);
  return true;
}

void note_crossing(const RTCFilterFunctionNArguments* arguments) {
  auto& crossings = *static_cast<std::vector<Crossing>*>(arguments->geometryUserPtr);
  const auto& ray = *reinterpret_cast<const RTCRay*>(arguments->ray);
  const auto& hit = *reinterpret_cast<const RTCHit*>(arguments->hit);
  const float along = hit.Ng_x * ray.dir_x + hit.Ng_y * ray.dir_y + hit.Ng_z * ray.dir_z;
  crossings.push_back({ray.tfar, along > 0 ? 1 : -1, hit.primID});
  arguments->valid[0] = 0;  // continue behind this crossing
}

}  // namespace

struct ClosedHands::Surface {
  const std::vector<std::array<int32_t, 3>>& faces;
  Points vertices;  // about the centre, m
  Vector3 low, high;
  std::vector<Crossing> crossings;
  RTCGeometry geometry = nullptr;
  RTCScene scene = nullptr;
  float* buffer = nullptr;

  Surface(const std::vector<std::array<int32_t, 3>>& closed, size_t vertex_count) : faces(closed) {
    geometry = rtcNewGeometry(device(), RTC_GEOMETRY_TYPE_TRIANGLE);
    // Successive hands have the same topology: the hierarchy is only refitted.
    rtcSetGeometryBuildQuality(geometry, RTC_BUILD_QUALITY_REFIT);
    buffer = static_cast<float*>(
        rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 3 * sizeof(float), vertex_count));
    auto* corners = static_cast<uint32_t*>(
        rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(uint32_t), faces.size()));
    require(buffer != nullptr && corners != nullptr, "Embree has no memory for a hand");
    for (const auto& face : faces)
      for (const int32_t corner : face) *corners++ = static_cast<uint32_t>(corner);
    rtcSetGeometryUserData(geometry, &crossings);
    rtcSetGeometryIntersectFilterFunction(geometry, note_crossing);
    scene = rtcNewScene(device());
    rtcSetSceneFlags(scene, static_cast<RTCSceneFlags>(RTC_SCENE_FLAG_DYNAMIC | RTC_SCENE_FLAG_ROBUST));
    rtcAttachGeometry(scene, geometry);
  }
  ~Surface() {
    rtcReleaseScene(scene);
    rtcReleaseGeometry(geometry);
  }
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  void place(const Points& points, const Vector3& centre) {
    vertices = points.colwise() - centre;
    low = vertices.rowwise().minCoeff();
    high = vertices.rowwise().maxCoeff();
    Eigen::Map<Eigen::Matrix3Xf>(buffer, 3, vertices.cols()) = vertices.cast<float>();
    rtcUpdateGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0);
    rtcCommitGeometry(geometry);
    rtcCommitScene(scene);
  }

  bool in_box(const Vector3& point) const {
    return (point.array() >= low.array()).all() && (point.array() <= high.array()).all();
  }

  // Crossings of a ray, nearest first.
  const std::vector<Crossing>& along(const Vector3& origin, const Vector3& direction) {
    crossings.clear();
    RTCRayHit ray = embree_ray(origin, direction, kInfinity);
    embree_intersect(scene, ray);
    std::sort(crossings.begin(), crossings.end(),
              [](const Crossing& a, const Crossing& b) { return std::tie(a.distance, a.face) < std::tie(b.distance, b.face); });
    return crossings;
  }

  bool contains(const Vector3& point) {
    if (!in_box(point)) return false;
    static const Vector3 direction = Vector3(0.267, 0.535, 0.802).normalized();  // not axis-aligned
    int sum = 0;
    for (const Crossing& crossing : along(point, direction)) sum += crossing.sign;
    return sum != 0;
  }

  // Distance of a point from the surface, at most `limit`, m.
  double distance(const Vector3& point, double limit) const {
    NearestQuery query{&vertices, &faces, point, limit * limit};
    RTCPointQuery box{};
    box.x = static_cast<float>(point.x());
    box.y = static_cast<float>(point.y());
    box.z = static_cast<float>(point.z());
    box.radius = std::nextafter(static_cast<float>(limit), kInfinity);
    RTCPointQueryContext context;
    rtcInitPointQueryContext(&context);
    rtcPointQuery(scene, &box, &context, look_at_face, &query);
    return std::sqrt(query.squared);
  }
};

ClosedHands::ClosedHands(const MeshPoser& poser)
    : surface_{std::make_unique<Surface>(poser.closed_faces(Side::right), poser.vertex_count()),
               std::make_unique<Surface>(poser.closed_faces(Side::left), poser.vertex_count())} {}

ClosedHands::~ClosedHands() = default;

void ClosedHands::place(const PerHand<Points>& vertices) {
  centre_ = (vertices.right.rowwise().mean() + vertices.left.rowwise().mean()) / 2;
  for (const Side side : kSides) surface_[side]->place(vertices[side], centre_);
}

ContactMeasures ClosedHands::measures() {
  ContactMeasures measures;
  Surface &right = *surface_.right, &left = *surface_.left;
  const Vector3 low = right.low.cwiseMax(left.low), high = right.high.cwiseMin(left.high);
  const bool boxes_meet = (low.array() <= high.array()).all();
  double depth_sum = 0, nearest = (right.vertices.col(0) - left.vertices.col(0)).norm();
  int64_t inside = 0;
  for (const Side side : kSides) {
    const Surface& own = *surface_[side];
    Surface& other = *surface_[side == Side::right ? Side::left : Side::right];
    for (Eigen::Index i = 0; i < own.vertices.cols(); ++i) {
      const Vector3 point = own.vertices.col(i);
      if (boxes_meet && other.contains(point)) {
        const double depth = kMillimetres * other.distance(point, std::numeric_limits<float>::max());
        measures.penetration_mm = std::max(measures.penetration_mm, depth);
        depth_sum += depth;
        ++inside;
      } else if (inside == 0) {
        nearest = other.distance(point, nearest);
      }
    }
  }
  if (inside > 0) measures.mean_depth_mm = depth_sum / static_cast<double>(inside);
  measures.distance_mm = inside > 0 ? -measures.penetration_mm : kMillimetres * nearest;
  if (!boxes_meet) return measures;

  double length = 0;
  std::vector<std::pair<Crossing, bool>> both;
  const auto first = [&](int axis) { return static_cast<int64_t>(std::ceil((low[axis] + centre_[axis]) / kColumn - 0.5)); };
  const auto place = [&](int64_t column, int axis) { return (static_cast<double>(column) + 0.5) * kColumn - centre_[axis]; };
  for (int64_t i = first(0); place(i, 0) <= high.x(); ++i)
    for (int64_t j = first(1); place(j, 1) <= high.y(); ++j) {
      both.clear();
      // The ray starts in front of both hands, so that it crosses every surface that it enters.
      const Vector3 origin(place(i, 0), place(j, 1), std::min(right.low.z(), left.low.z()) - kColumn);
      for (const Crossing& crossing : right.along(origin, Vector3::UnitZ())) both.emplace_back(crossing, false);
      if (both.empty()) continue;
      const size_t of_right = both.size();
      for (const Crossing& crossing : left.along(origin, Vector3::UnitZ())) both.emplace_back(crossing, true);
      if (both.size() == of_right) continue;
      std::sort(both.begin(), both.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first.distance, a.second, a.first.face) < std::tie(b.first.distance, b.second, b.first.face);
      });
      int winding[2] = {0, 0};
      float entered = 0;
      for (const auto& [crossing, is_left] : both) {
        const bool was_in = winding[0] != 0 && winding[1] != 0;
        winding[is_left] += crossing.sign;
        const bool is_in = winding[0] != 0 && winding[1] != 0;
        if (is_in && !was_in) entered = crossing.distance;
        if (was_in && !is_in) length += static_cast<double>(crossing.distance - entered);
      }
    }
  measures.intersection_cm3 = length * kColumn * kColumn * 1e6;
  return measures;
}

double ClosedHands::occlusion(Side side, const JointPoints& joints) {
  const Surface& other = *surface_[side == Side::right ? Side::left : Side::right];
  int hidden = 0;
  for (Eigen::Index joint = 0; joint < joints.cols(); ++joint) {
    // The joint at parameter 1.
    RTCRayHit ray = embree_ray(-centre_, joints.col(joint), 1);
    hidden += embree_occluded(other.scene, ray.ray);
  }
  return static_cast<double>(hidden) / static_cast<double>(joints.cols());
}

double box_overlap(const PerHand<Points>& vertices) {
  PerHand<Eigen::Array2d> low, high;
  for (const Side side : kSides) {
    const Points& points = vertices[side];
    const Eigen::Array2Xd seen = points.topRows<2>().array().rowwise() / points.row(2).array().max(kNearest);
    low[side] = seen.rowwise().minCoeff();
    high[side] = seen.rowwise().maxCoeff();
  }
  const Eigen::Array2d shared = (high.right.min(high.left) - low.right.max(low.left)).max(0);
  const double smaller = std::min((high.right - low.right).prod(), (high.left - low.left).prod());
  return smaller > 0 ? shared.prod() / smaller : 0;
}

}  // namespace interprior
