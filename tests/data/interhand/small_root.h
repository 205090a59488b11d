#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "interprior/data/images/image.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"

namespace interprior {

inline const HandModel& test_hand() {
  static const HandModel hand = procedural_hand();
  return hand;
}

// Without fsync, which a test of many damaged files does not need.
inline void write_plainly(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A tiny InterHand2.6M root, independent of src/synthesis: frames of two posed hands seen by one rotated camera.
// The JSON trees can be damaged before they are written.
struct SmallRoot {
  nlohmann::json data, camera, joints, mano;
  std::vector<cv::Mat> images;       // in order of ids 10, 11, ...
  torch::Tensor rotation, position;  // camera from world, (3) m
  torch::Tensor joints_in_world;     // (N,2,21,3) m, order of hand/skeleton.h
  Pinhole pinhole{1270, 1268, 165, 250, 334, 512};

  static nlohmann::json list(const torch::Tensor& tensor) {
    const torch::Tensor flat = tensor.to(torch::kFloat64).contiguous().view({-1});
    return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  }

  static nlohmann::json rows(const torch::Tensor& matrix) {
    nlohmann::json json = nlohmann::json::array();
    for (int64_t i = 0; i < matrix.size(0); ++i) json.push_back(list(matrix[i]));
    return json;
  }

  std::string file_name(int64_t i) const { return data["images"][static_cast<size_t>(i)]["file_name"]; }

  void write(const std::filesystem::path& root, const std::string& split = "test", const std::string& folder = "") const {
    const std::filesystem::path annotations = root / "annotations" / (folder.empty() ? split : folder);
    const auto file = [&](const std::string& what) { return annotations / ("InterHand2.6M_" + split + "_" + what + ".json"); };
    write_plainly(file("data"), data.dump());
    write_plainly(file("camera"), camera.dump());
    write_plainly(file("joint_3d"), joints.dump());
    write_plainly(file("MANO_NeuralAnnot"), mano.dump());
    for (const auto& image : data["images"])
      if (image.contains("file_name") && image["id"].is_number())
        write_plainly(root / "images" / split / image["file_name"].get<std::string>(),
                      encode_jpeg(images[image["id"].get<size_t>() - 10], 95));
  }
};

inline SmallRoot small_root(int64_t frames = 3) {
  const HandModel& model = test_hand();
  const TwoHands hands(model, torch::kCPU, torch::kFloat64);
  torch::manual_seed(4);
  const auto options = torch::kFloat64;
  SmallRoot root;
  root.rotation = matrix_from_axis_angle(torch::tensor({0.3, -1.1, 0.6}, options));
  root.position = torch::tensor({0.4, -0.2, 0.7}, options);
  root.joints_in_world = torch::zeros({frames, 2, 21, 3}, options);
  root.camera["7"] = {{"campos", {{"400262", SmallRoot::list(root.position * 1000)}}},
                      {"camrot", {{"400262", SmallRoot::rows(root.rotation)}}},
                      {"focal", {{"400262", {root.pinhole.fx, root.pinhole.fy}}}},
                      {"princpt", {{"400262", {root.pinhole.cx, root.pinhole.cy}}}}};
  for (int64_t i = 0; i < frames; ++i) {
    const std::string frame = std::to_string(5000 + i);
    nlohmann::json all_valid = nlohmann::json::array();
    for (int k = 0; k < 42; ++k) all_valid.push_back({1});
    torch::Tensor world = torch::zeros({42, 3}, options);
    for (const Side side : kSides) {
      const auto k = static_cast<int64_t>(side);
      const torch::Tensor offsets = 0.25 * torch::randn({48}, options), shape = 0.5 * torch::randn({10}, options);
      const torch::Tensor in_camera =
          torch::tensor({side == Side::right ? 0.05 : -0.05, 0.01, 1.0}, options) + 0.01 * torch::randn({3}, options);
      const torch::Tensor wrist = torch::matmul(root.rotation.t(), in_camera) + root.position;
      const torch::Tensor mean = torch::cat({torch::zeros({3}, options), model.hand[side].hands_mean});
      const HandPose pose = {matrix_from_axis_angle((offsets + mean).view({1, 16, 3})), shape.unsqueeze(0), wrist.unsqueeze(0)};
      root.joints_in_world[i][k] = hands.layer[side](pose).joints_in_root[0];
      for (int64_t joint = 0; joint < 21; ++joint)
        world[21 * k + joint] = 1000 * root.joints_in_world[i][k][kToInterHand[static_cast<size_t>(joint)]];
      const torch::Tensor translation = wrist - hands.layer[side].rest_wrist(shape.unsqueeze(0))[0];
      root.mano["7"][frame][side_name(side)] = {
          {"pose", SmallRoot::list(offsets)}, {"shape", SmallRoot::list(shape)}, {"trans", SmallRoot::list(translation)}};
    }
    root.joints["7"][frame] = {{"world_coord", SmallRoot::rows(world)},
                               {"joint_valid", all_valid},
                               {"hand_type", "interacting"},
                               {"hand_type_valid", true}};
    root.data["images"].push_back({{"id", 10 + i},
                                   {"file_name", "Capture7/0042_pray/cam400262/image" + frame + ".jpg"},
                                   {"width", 334},
                                   {"height", 512},
                                   {"capture", 7},
                                   {"subject", 1},
                                   {"seq_name", "0042_pray"},
                                   {"camera", "400262"},
                                   {"frame_idx", 5000 + i}});
    root.data["annotations"].push_back({{"id", 10 + i},
                                        {"image_id", 10 + i},
                                        {"bbox", {60, 150, 210, 200}},
                                        {"joint_valid", all_valid},
                                        {"hand_type", "interacting"},
                                        {"hand_type_valid", 1}});
    root.images.emplace_back(512, 334, CV_8UC3);
    cv::randu(root.images.back(), 0, 255);
    cv::GaussianBlur(root.images.back(), root.images.back(), {}, 3);
  }
  return root;
}

}  // namespace interprior
