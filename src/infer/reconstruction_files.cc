#include "interprior/infer/reconstruction_files.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/name_text.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/render/hand_colour.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPerUnit = 1e7;   // rounding steps per unit: finer than any accuracy of a hand
constexpr double kNearest = 0.01;  // m: points nearer than this are not projected

// Division gives the double nearest to the decimal, which prints short.
double rounded(double value, double per_unit) { return std::round(value * per_unit) / per_unit; }

Json numbers(const torch::Tensor& tensor) {
  if (tensor.dim() == 0) return rounded(tensor.item<double>(), kPerUnit);
  Json list = Json::array();
  for (const torch::Tensor& row : tensor.unbind()) list.push_back(numbers(row));
  return list;
}

Json pixels(const torch::Tensor& joints_in_camera, const Pinhole& camera) {
  Json list = Json::array();
  for (const torch::Tensor& joint : joints_in_camera.unbind()) {
    const Vector3 x = {joint[0].item<double>(), joint[1].item<double>(), joint[2].item<double>()};
    if (x[2] < kNearest) {
      list.push_back(nullptr);
      continue;
    }
    const auto [u, v] = camera.project(x);
    list.push_back({rounded(u, 1000), rounded(v, 1000)});
  }
  return list;
}

Json mano_json(const ManoParameters& mano) {
  return {{"pose", numbers(mano.pose)}, {"shape", numbers(mano.shape)}, {"translation", numbers(mano.translation)}};
}

Json minimum_json(const FittedPair& pair, double weight) {
  Json json = {{"weight", rounded(weight, 1e4)}, {"energy", rounded(pair.energy, 1e4)}};
  for (const Side side : kSides) {
    Json& hand = json[side_name(side)] = mano_json(pair.mano[side]);
    hand["joints"] = numbers(pair.joints_in_camera[side]);
  }
  return json;
}

Json hand_json(const ReconstructedHands& hands, Side side) {
  const torch::Tensor& joints = hands.joints_in_camera[side];
  Json json = {{"presence", rounded(hands.presence[side], 1e4)}, {"present", hands.present[side]}};
  json.update(mano_json(hands.mano[side]));
  json["joints"] = numbers(joints);
  json["joints_2d"] = pixels(joints, hands.camera);
  json["spread"] = hands.joint_stddev.defined() ? numbers(hands.joint_stddev[static_cast<int64_t>(side)]) : Json(nullptr);
  return json;
}

Json hypotheses_json(const std::vector<PerHand<ManoParameters>>& hypotheses) {
  Json list = Json::array();
  for (const PerHand<ManoParameters>& pair : hypotheses)
    list.push_back({{"right", mano_json(pair.right)}, {"left", mano_json(pair.left)}});
  return list;
}

// px, null for a joint without a keypoint.
Json distances(const torch::Tensor& pixels) {
  Json list = Json::array();
  for (const torch::Tensor& one : pixels.unbind())
    list.push_back(std::isnan(one.item<double>()) ? Json(nullptr) : Json(rounded(one.item<double>(), 1000)));
  return list;
}

Json keypoints_json(const KeypointResidual& residual) {
  return {{"residual_of_box", rounded(residual.of_box(), 1e5)},
          {"keypoint_distance", {{"right", distances(residual.distance.right)}, {"left", distances(residual.distance.left)}}},
          {"disagreements", residual.disagreements()},
          {"sides_exchanged", residual.sides_exchanged}};
}

Json fit_json(const KeypointFitResult& fit) {
  Json others = Json::array();
  for (size_t i = 0; i < fit.minima.size(); ++i) others.push_back(minimum_json(fit.minima[i], fit.weights[i]));
  Json json = {{"prior", name_of(fit.prior)}, {"residual_of_box", rounded(fit.residual_of_box(), 1e5)}};
  if (fit.residual_of_box_exchanged) json["residual_of_box_exchanged"] = rounded(*fit.residual_of_box_exchanged, 1e5);
  json.update(
      {{"code", rounded(fit.best().code, 1e4)},
       {"keypoint_distance", {{"right", distances(fit.best().residual.right)}, {"left", distances(fit.best().residual.left)}}},
       {"disagreements", fit.disagreements()},
       {"sides_exchanged", fit.sides_exchanged},
       {"minima", others}});
  return json;
}

void require_plain(const std::string& name) {
  const bool plain =
      !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
  require(plain, "a reconstruction cannot be named `" + name + "`", "name", "use a file name without folders");
}

Json document_of(const std::string& name, const ReconstructedHands& hands, const std::string& source) {
  const Pinhole& camera = hands.camera;
  Json document;
  document["format"] = "interprior.reconstruction";
  document["version"] = 2;
  document["sample"] = name_text(name);
  document["source"] = name_text(source);
  if (hands.place.frame) document["frame"] = *hands.place.frame;
  if (hands.place.pair) document["pair"] = *hands.place.pair;
  document["units"] = {
      {"length", "m"},
      {"angle", "rad"},
      {"image", "px"},
      {"axes", "camera of the photograph: x right, y down, z forward"},
      {"pose", "axis-angle of 16 joints, absolute"},
      {"translation", "wrist minus the rest wrist of the shape"},
      {"left_shape", "x of the left hand's shapedirs mirrored: smplx.MANO needs layer.shapedirs[:, 0, :] *= -1"}};
  document["hand_source"] = hands.hand_source;
  document["camera"] = {{"fx", camera.fx},
                        {"fy", camera.fy},
                        {"cx", camera.cx},
                        {"cy", camera.cy},
                        {"width", camera.width},
                        {"height", camera.height},
                        {"focal", hands.camera_source == PhotoCameraSource::assumed ? "assumed" : "given"}};
  document["camera_source"] = name_of(hands.camera_source);
  document["box"] = {hands.box.x, hands.box.y, hands.box.width, hands.box.height};
  document["box_source"] = name_of(hands.box_source);
  document["presence_threshold"] = hands.presence_threshold;
  if (hands.sequence.smoothed) document["smoothed"] = true;
  if (hands.sequence.one_shape) document["one_shape"] = true;
  document["warnings"] = warnings_of(hands);
  document["right"] = hand_json(hands, Side::right);
  document["left"] = hand_json(hands, Side::left);
  document["left_wrist_from_right"] = numbers(hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]);
  if (hands.keypoints) document["keypoints"] = keypoints_json(*hands.keypoints);
  if (!hands.hypotheses.empty()) document["hypotheses"] = hypotheses_json(hands.hypotheses);
  if (hands.fit) document["fit"] = fit_json(*hands.fit);
  return document;
}

constexpr std::array<std::pair<const char*, bool ReconstructionKinds::*>, 10> kKinds = {
    {{"json", &ReconstructionKinds::json},
     {"overlay", &ReconstructionKinds::overlay},
     {"mp4", &ReconstructionKinds::mp4},
     {"obj", &ReconstructionKinds::obj},
     {"ply", &ReconstructionKinds::ply},
     {"glb", &ReconstructionKinds::glb},
     {"features", &ReconstructionKinds::features},
     {"keypoints", &ReconstructionKinds::keypoints},
     {"side", &ReconstructionKinds::side},
     {"hypotheses", &ReconstructionKinds::hypotheses}}};
constexpr const char* kChooseKinds =
    "choose from json, overlay, mp4, obj, ply, glb, hypotheses, of `predict` also features, of `fit` also keypoints and side, "
    "separated by commas";

}  // namespace

ReconstructionKinds reconstruction_kinds(const std::string& names) {
  ReconstructionKinds kinds{false, false};
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& one) { return name == one.first; });
    require(kind != kKinds.end(), "there is no kind of output '" + name + "'", "--write", kChooseKinds);
    require(!(kinds.*kind->second), "an output is named twice: " + name, "--write", "name it once");
    kinds.*kind->second = true;
  }
  require(!names.empty(), "no output is named", "--write", kChooseKinds);
  require(!names.ends_with(','), "the list of outputs ends with a comma: " + names, "--write", "remove it");
  return kinds;
}

std::string reconstruction_json(const std::string& name, const ReconstructedHands& hands, const std::string& source) {
  return document_of(name, hands, source).dump(1) + "\n";
}

std::string reconstruction_json_line(const std::string& name, const ReconstructedHands& hands, const std::string& source) {
  return document_of(name, hands, source).dump();
}

cv::Mat reconstruction_overlay(const cv::Mat& bgr, const ReconstructedHands& hands) {
  return reconstruction_overlay(bgr, std::vector<const ReconstructedHands*>{&hands});
}

cv::Mat reconstruction_overlay(const cv::Mat& bgr, const std::vector<const ReconstructedHands*>& pairs, SideViewScale* scale) {
  cv::Mat rgb;
  const int channels = bgr.channels();
  cv::cvtColor(bgr, rgb, channels == 1 ? cv::COLOR_GRAY2RGB : channels == 4 ? cv::COLOR_BGRA2RGB : cv::COLOR_BGR2RGB);
  std::vector<DrawnHand> all;
  for (const ReconstructedHands* hands : pairs) {
    std::vector<DrawnHand> pair;
    for (const Side side : kSides) pair.push_back({&hands->surface[side], side, !hands->present[side]});
    rgb = draw_hands(rgb, pair, hands->camera);
    all.insert(all.end(), pair.begin(), pair.end());
  }
  const cv::Size size = side_view_size(rgb.size());
  return beside({rgb, scale == nullptr ? draw_side_view(all, size) : draw_side_view(all, size, *scale)}, 0);
}

void write_reconstruction(const std::filesystem::path& folder, const std::string& name, const cv::Mat& bgr,
                          const ReconstructedHands& hands, const std::string& source, const ReconstructionKinds& kinds) {
  require_plain(name);
  make_folder(folder);
  std::vector<std::filesystem::path> written;
  const auto write = [&](bool wanted, const std::string& ending, const auto& writer) {
    if (!wanted) return;
    const std::filesystem::path file = folder / (name + ending);
    writer(file);
    written.push_back(file);
  };
  const auto write_mesh = [&](bool wanted, const std::string& ending, bool present, const auto& writer) {
    std::error_code ignored;
    if (wanted && !present) std::filesystem::remove(folder / (name + ending), ignored);  // of an earlier run
    write(wanted && present, ending, writer);
  };
  try {
    std::vector<NamedMesh> meshes;
    for (const Side side : kSides) {
      const std::string stem = std::string("_") + side_name(side);
      const bool present = hands.present[side];
      write_mesh(kinds.obj, stem + ".obj", present, [&](const auto& file) { write_obj(file, hands.surface[side]); });
      write_mesh(kinds.ply, stem + ".ply", present, [&](const auto& file) { write_ply(file, hands.surface[side]); });
      if (present) meshes.push_back({side_name(side), hands.surface[side], linear_hand_colour(side)});
    }
    write_mesh(kinds.glb, ".glb", !meshes.empty(), [&](const auto& file) { write_glb(file, meshes); });
    write(kinds.overlay, "_overlay.jpg", [&](const auto& file) { write_image(file, reconstruction_overlay(bgr, hands)); });
    write(kinds.json, ".json", [&](const auto& file) { write_file(file, reconstruction_json(name, hands, source)); });
  } catch (const Error&) {
    std::error_code ignored;
    for (const std::filesystem::path& file : written) std::filesystem::remove(file, ignored);
    throw;
  }
}

}  // namespace interprior
