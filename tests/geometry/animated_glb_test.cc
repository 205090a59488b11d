#include "interprior/geometry/animated_glb.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "gltf_animation.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "interprior/geometry/glb_reader.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;
using Frames = std::vector<std::optional<Mesh>>;  // of one surface; none: absent

const std::vector<AnimatedSurface> kHands = {{"right", {0.8f, 0.6f, 0.5f}}, {"left", {0.2f, 3.0f, -1.0f}}};

Mesh tetrahedron(Random& random) {
  Mesh mesh{{}, {{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {0, 3, 2}}};
  for (int i = 0; i < 4; ++i)
    mesh.vertices.push_back({static_cast<float>(random.normal()), static_cast<float>(random.normal()),
                             static_cast<float>(0.5 + 0.2 * random.normal())});
  return mesh;
}

// A pyramid of five vertices: the two surfaces have different sizes.
Mesh pyramid(Random& random) {
  Mesh mesh = tetrahedron(random);
  mesh.vertices.push_back({static_cast<float>(random.normal()), 1, 2});
  mesh.faces = {{0, 1, 4}, {1, 2, 4}, {2, 3, 4}, {3, 0, 4}, {0, 3, 2}, {0, 2, 1}};
  return mesh;
}

// Two surfaces; present(i) of each says in which frames.
template <class Right, class Left>
std::array<Frames, 2> frames_of(size_t count, const Right& right, const Left& left) {
  Random random(Seed{count});
  std::array<Frames, 2> frames;
  for (size_t i = 0; i < count; ++i) {
    const Mesh a = tetrahedron(random), b = pyramid(random);
    frames[0].push_back(right(i) ? std::optional(a) : std::nullopt);
    frames[1].push_back(left(i) ? std::optional(b) : std::nullopt);
  }
  return frames;
}

void write(const std::filesystem::path& file, const std::array<Frames, 2>& frames, const std::vector<double>& times) {
  AnimatedGlb glb(file, kHands);
  for (size_t i = 0; i < times.size(); ++i) {
    const auto mesh = [&](size_t surface) { return frames[surface][i] ? &*frames[surface][i] : nullptr; };
    glb.add(times[i], {mesh(0), mesh(1)});
  }
  glb.close();
}

std::vector<double> times_at(size_t count, double rate) {
  std::vector<double> times;
  for (size_t i = 0; i < count; ++i) times.push_back(static_cast<double>(i) / rate);
  return times;
}

// The shown surface of this name at a time; fails if several blocks are shown.
std::optional<ShownMesh> shown(const GltfAnimation& animation, const std::string& name, float time) {
  std::optional<ShownMesh> found;
  for (const ShownMesh& mesh : animation.shown_at(time)) {
    if (mesh.name.substr(0, mesh.name.find('_')) != name) continue;
    EXPECT_FALSE(found.has_value()) << name << " is shown twice at " << time;
    found = mesh;
  }
  return found;
}

void expect_mesh(const ShownMesh& shown, const Mesh& mesh, float time) {
  const auto normals = vertex_normals(mesh);
  ASSERT_EQ(shown.positions.size(), mesh.vertices.size());
  EXPECT_EQ(shown.faces, mesh.faces);
  for (size_t v = 0; v < mesh.vertices.size(); ++v)
    for (size_t axis = 0; axis < 3; ++axis) {
      const double sign = axis == 0 ? 1 : -1;  // y up, z backward
      EXPECT_NEAR(shown.positions[v][axis], sign * mesh.vertices[v][axis], 1e-6) << time;
      EXPECT_NEAR(shown.normals[v][axis], sign * normals[v][axis], 1e-6) << time;
    }
}

void expect_frames(const std::filesystem::path& file, const std::array<Frames, 2>& frames, const std::vector<double>& times) {
  const GltfAnimation animation(read_file(file));
  for (size_t i = 0; i < times.size(); ++i) {
    const auto time = static_cast<float>(times[i]);
    for (size_t surface = 0; surface < 2; ++surface) {
      const std::optional<ShownMesh> mesh = shown(animation, kHands[surface].name, time);
      ASSERT_EQ(mesh.has_value(), frames[surface][i].has_value()) << kHands[surface].name << " in frame " << i;
      if (mesh) expect_mesh(*mesh, *frames[surface][i], time);
    }
  }
}

const auto kAlways = [](size_t) { return true; };
const auto kNever = [](size_t) { return false; };

TEST(AnimatedGlb, EveryFrameIsShownAtItsTime) {
  const TemporaryDirectory folder;
  for (const size_t count : {size_t{1}, size_t{2}, kGlbBlock, kGlbBlock + 1, kGlbBlock + 2, 3 * kGlbBlock + 5}) {
    const auto frames = frames_of(count, kAlways, kAlways);
    const std::vector<double> times = times_at(count, 29.97);
    write(folder / "hands.glb", frames, times);
    expect_frames(folder / "hands.glb", frames, times);
  }
}

TEST(AnimatedGlb, AbsentHandsAreHidden) {
  const TemporaryDirectory folder;
  const std::vector<std::function<bool(size_t)>> patterns = {
      kNever,
      [](size_t i) { return i >= 3; },
      [](size_t i) { return i < kGlbBlock; },
      [](size_t i) { return i < kGlbBlock + 1; },
      [](size_t i) { return i % 2 == 0; },
      [](size_t i) { return i % 2 == 1; },
      [](size_t i) { return i == 0 || i == 69; },
      [](size_t i) { return i < 10 || (i > 11 && i < 60); },
  };
  const std::vector<double> times = times_at(70, 25);
  for (const auto& right : patterns)
    for (const auto& left : {patterns[2], patterns[5]}) {
      const auto frames = frames_of(70, right, left);
      write(folder / "hands.glb", frames, times);
      expect_frames(folder / "hands.glb", frames, times);
    }
}

TEST(AnimatedGlb, BetweenFramesVerticesAreInterpolated) {
  const TemporaryDirectory folder;
  const size_t count = 2 * kGlbBlock + 3;
  const auto frames = frames_of(count, kAlways, [](size_t i) { return i != 7; });
  const std::vector<double> times = times_at(count, 4);
  write(folder / "hands.glb", frames, times);
  const GltfAnimation animation(read_file(folder / "hands.glb"));
  for (size_t i = 0; i + 1 < count; ++i) {
    const std::optional<ShownMesh> mesh = shown(animation, "right", static_cast<float>(times[i] + 0.0625));  // a quarter
    ASSERT_TRUE(mesh) << i;
    for (size_t v = 0; v < 4; ++v)
      EXPECT_NEAR(mesh->positions[v][0], 0.75 * frames[0][i]->vertices[v][0] + 0.25 * frames[0][i + 1]->vertices[v][0], 2e-6)
          << i;
    EXPECT_EQ(shown(animation, "left", static_cast<float>(times[i] + 0.0625)).has_value(), i != 7) << i;
  }
  EXPECT_EQ(animation.duration(), static_cast<float>(times.back()));
}

TEST(AnimatedGlb, TimesNeedNotBeEvenNorBeginAtZero) {
  const TemporaryDirectory folder;
  const std::vector<double> times = {0.5, 0.75, 3.125, 3.25, 600.0};
  const auto frames = frames_of(times.size(), kAlways, [](size_t i) { return i != 2; });
  write(folder / "hands.glb", frames, times);
  expect_frames(folder / "hands.glb", frames, times);
}

TEST(AnimatedGlb, FollowsTheRulesOfTheFormat) {
  const TemporaryDirectory folder;
  write(folder / "hands.glb", frames_of(kGlbBlock + 9, kAlways, [](size_t i) { return i > 4 && i % 3 != 0; }),
        times_at(kGlbBlock + 9, 30));
  const GltfAnimation animation(read_file(folder / "hands.glb"));
  animation.expect_valid();
  EXPECT_EQ(animation.document().at("materials").at(1).at("pbrMetallicRoughness").at("baseColorFactor"),
            nlohmann::json({0.2f, 1.0f, 0.0f, 1.0f}));
}

TEST(AnimatedGlb, WithoutAnimationTheFirstFrameIsShown) {
  const TemporaryDirectory folder;
  const auto frames = frames_of(kGlbBlock + 9, kAlways, [](size_t i) { return i >= 5; });
  write(folder / "hands.glb", frames, times_at(kGlbBlock + 9, 30));
  const GltfAnimation animation(read_file(folder / "hands.glb"));
  size_t visible = 0;
  for (const auto& node : animation.document().at("nodes")) visible += node.at("scale").at(0) == 1.0;
  EXPECT_EQ(visible, 1u);
  // The reader of still meshes finds the first frame of each block.
  const std::vector<NamedMesh> meshes = read_glb(folder / "hands.glb");
  ASSERT_EQ(meshes.size(), 4u);
  EXPECT_EQ(meshes[0].name, "right_0");
  EXPECT_EQ(meshes[0].mesh.vertices, frames[0][0]->vertices);
  EXPECT_EQ(meshes[2].name, "left_0");
  EXPECT_EQ(meshes[2].mesh.vertices, frames[1][5]->vertices);
}

TEST(AnimatedGlb, AppearsAtCloseOnly) {
  const TemporaryDirectory folder;
  const auto frames = frames_of(3, kAlways, kNever);
  {
    AnimatedGlb glb(folder / "hands.glb", kHands);
    glb.add(0, {&*frames[0][0], nullptr});
    EXPECT_FALSE(std::filesystem::exists(folder / "hands.glb"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "no close(), nothing left";
  write(folder / "hands.glb", frames_of(4, kNever, kNever), times_at(4, 30));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "without hands there is no file";
  {
    AnimatedGlb empty(folder / "hands.glb", kHands);
    empty.add(0, {nullptr, nullptr});
    EXPECT_FALSE(empty.close());
  }
  write(folder / "hands.glb", frames, times_at(3, 30));
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 1u);
}

TEST(AnimatedGlb, RefusesInvalidFrames) {
  const TemporaryDirectory folder;
  Random random(Seed{2});
  const Mesh good = tetrahedron(random), other = pyramid(random);
  Mesh bad = good, turned = good;
  bad.vertices[1][2] = std::numeric_limits<float>::quiet_NaN();
  std::swap(turned.faces[0][0], turned.faces[0][1]);
  AnimatedGlb glb(folder / "hands.glb", kHands);
  EXPECT_THAT([&] { glb.add(-0.1, {&good, nullptr}); }, ThrowsError(HasSubstr("below 0")));
  EXPECT_THAT([&] { glb.add(std::nan(""), {&good, nullptr}); }, ThrowsError(HasSubstr("hands.glb")));
  glb.add(1, {&good, nullptr});
  EXPECT_THAT([&] { glb.add(1, {&good, nullptr}); }, ThrowsError(HasSubstr("not above")));
  EXPECT_THAT([&] { glb.add(1 + 1e-9, {&good, nullptr}); }, ThrowsError(HasSubstr("not above")));
  EXPECT_THAT([&] { glb.add(2, {&bad, nullptr}); }, ThrowsError(HasSubstr("not finite")));
  EXPECT_THAT([&] { glb.add(2, {&other, nullptr}); }, ThrowsError(HasSubstr("mesh right")));
  EXPECT_THAT([&] { glb.add(2, {&turned, nullptr}); }, ThrowsError(HasSubstr("other faces")));
  EXPECT_THAT([&] { glb.add(2, {&good}); }, ThrowsError(HasSubstr("1 meshes for 2 surfaces")));
  glb.add(2, {&good, &other});  // a refused frame leaves no trace
  EXPECT_TRUE(glb.close());
  expect_frames(folder / "hands.glb", {Frames{good, good}, Frames{std::nullopt, other}}, {1, 2});
  EXPECT_THAT([&] { AnimatedGlb(folder / "a.glb", {}); }, ThrowsError(HasSubstr("no surface")));
  EXPECT_THROW(AnimatedGlb("/proc/no/such/place.glb", kHands), Error);
}

}  // namespace
}  // namespace interprior
