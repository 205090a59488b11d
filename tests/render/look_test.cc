#include <gtest/gtest.h>
#include <torch/torch.h>

#include <sys/resource.h>
#include <functional>
#include <cstdlib>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "interprior/geometry/rotation.h"
#include "interprior/render/image_file.h"
#include "interprior/render/overlay.h"

namespace interprior {
TEST(Look, AtIt) {
  const char* dir = std::getenv("LOOK_DIR");
  if (!dir) GTEST_SKIP() << "scratch";
  const std::filesystem::path out = dir;
  const HandModel model = procedural_hand();
  const TwoHands hands(model);
  PerHand<HandPose> pose;
  for (const Side side : kSides) {
    torch::Tensor aa = model.hand[side].hands_mean.to(torch::kFloat32).view({1, 15, 3});
    torch::Tensor root = torch::tensor({{{1.3f, side == Side::right ? -1.2f : 1.2f, side == Side::right ? 0.5f : -0.5f}}});
    pose[side].rotations = matrix_from_axis_angle(torch::cat({root, aa}, 1));
    pose[side].shape = torch::zeros({1, 10});
    pose[side].wrist_in_root = torch::zeros({1, 3});
  }
  const auto mesh = hands(pose);
  PerHand<Mesh> m;
  PerHand<Joints2d> joints;
  const Pinhole camera = {900, 900, 255.5, 120.5, 512, 334};
  for (const Side side : kSides) {
    const torch::Tensor offset = torch::tensor({side == Side::right ? -0.05f : 0.05f, 0.0f, 0.75f});
    m[side] = mesh_from(mesh[side].vertices_in_root[0] + offset, hands.layer[side].faces());
    const torch::Tensor j = mesh[side].joints_in_root[0] + offset;
    for (int64_t i = 0; i < 21; ++i)
      joints[side].push_back(camera.project({j[i][0].item<double>(), j[i][1].item<double>(), j[i][2].item<double>()}));
  }
  cv::Mat photo(334, 512, CV_8UC3);
  for (int v = 0; v < 334; ++v)
    for (int u = 0; u < 512; ++u) photo.at<cv::Vec3b>(v, u) = {uint8_t(60 + u / 6), uint8_t(70 + v / 6), 90};
  const cv::Mat meshes = draw_meshes(photo, {&m.right, &m.left}, camera);
  const cv::Mat both = draw_joints(meshes, joints);
  write_image(out / "meshes.png", meshes);
  write_image(out / "joints.png", draw_joints(photo, joints));
  write_image(out / "both.png", both);
  torch::Tensor maps = torch::zeros({10, 64, 64});
  for (int64_t i = 0; i < 10; ++i)
    for (int64_t y = 0; y < 64; ++y)
      for (int64_t x = 0; x < 64; ++x)
        maps[i][y][x] = std::exp(-(std::abs(double(x - 10 - 4 * i)) + std::abs(double(y - 50 + 3 * i))) / 1.5);
  write_image(out / "maps.png", stacked({draw_heatmaps(maps, 5, meshes(cv::Rect(89, 0, 334, 334))), draw_heatmaps(maps, 5)}));
  std::filesystem::path real = std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "../shared/real_images/interhand_crop_20817.jpg";
  if (std::filesystem::exists(real)) {
    cv::Mat p = read_image(real);
    write_image(out / "real.png", p);
  }

  const Pinhole crop = {700, 700, 127.5, 127.5, 256, 256};
  const std::vector<const Mesh*> list = {&m.right, &m.left};
  Shading shading;
  shading.skin = {{0.7f, 0.5f, 0.4f}, {0.7f, 0.5f, 0.4f}};
  shading.lights = {{{0, 0, 1}, {0.7f, 0.7f, 0.7f}}, {{1, 0, 1}, {0.2f, 0.2f, 0.2f}}};
  const auto cpu = [] { rusage u; getrusage(RUSAGE_SELF, &u); return std::array<double,3>{u.ru_utime.tv_sec*1e3+u.ru_utime.tv_usec/1e3, u.ru_stime.tv_sec*1e3+u.ru_stime.tv_usec/1e3, double(u.ru_minflt)}; };
  const auto timed = [&](const char* name, const std::function<void()>& f) {
    const auto a = cpu();
    for (int i = 0; i < 200; ++i) f();
    const auto b = cpu();
    std::printf("%s: user %.3f ms, system %.3f ms, faults %.1f\n", name, (b[0] - a[0]) / 200, (b[1] - a[1]) / 200, (b[2] - a[2]) / 200);
  };
  const Raster r = rasterise(list, crop);
  for (int repeat = 0; repeat < 2; ++repeat) {
    timed("rasterise", [&] { rasterise(list, crop); });
    timed("rasterise nothing", [&] { rasterise({}, crop); });
    timed("shade", [&] { shade(r, list, shading); });
    timed("normals", [&] { vertex_normals(m.right); });
    timed("mask", [&] { visible_mask(r, 0); });
  }
}
}  // namespace interprior
