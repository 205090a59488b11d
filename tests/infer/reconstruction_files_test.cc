#include "interprior/infer/reconstruction_files.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/geometry/glb_reader.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/overlay.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const Reconstructor& reconstructor() {
  static const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  return reconstruct;
}

// Both hands are present.
ReconstructedHands some_hands() {
  ReconstructedHands hands = reconstructor()(random_image(200, 160), cv::Rect(40, 20, 120, 100));
  hands.present = {true, true};
  return hands;
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

torch::Tensor tensor_of(const json& list) {
  if (!list.is_array()) return torch::tensor(list.get<double>(), torch::kFloat64);
  std::vector<torch::Tensor> rows;
  for (const json& row : list) rows.push_back(tensor_of(row));
  return torch::stack(rows);
}

TEST(ReconstructionFiles, JsonParsesBackToTheHands) {
  const ReconstructedHands hands = some_hands();
  const json document = json::parse(reconstruction_json("photo", hands));
  EXPECT_EQ(document["sample"], "photo");
  EXPECT_EQ(document["hand_source"], "procedural");
  EXPECT_EQ(document["version"], 2);
  EXPECT_EQ(document["camera"]["focal"], "assumed");
  EXPECT_EQ(document["camera_source"], "assumed");
  EXPECT_EQ(document["box_source"], "given");
  EXPECT_EQ(document["units"]["length"], "m");
  EXPECT_THAT(tensor_of(document["box"]), TensorNear(torch::tensor({40., 20., 120., 100.}), 1e-12));
  HandSet set;
  set.sample = {"photo"};
  const auto both = [&](const char* key) {
    return torch::stack({tensor_of(document["right"][key]), tensor_of(document["left"][key])}).unsqueeze(0);
  };
  set.pose = both("pose");
  set.shape = both("shape");
  set.translation = both("translation");
  EXPECT_THAT(both("joints"), TensorNear(chain_joints_of(set, reconstructor().hands()), 3e-6));
  EXPECT_THAT(both("spread")[0], TensorNear(hands.joint_stddev, 1e-6));
}

TEST(ReconstructionFiles, ThePlaceInTheInputIsWrittenIfItIsKnown) {
  ReconstructedHands hands = some_hands();
  const json without = json::parse(reconstruction_json("photo", hands));
  EXPECT_FALSE(without.contains("frame") || without.contains("pair"));
  hands.place = {0, 2};
  const json line = json::parse(reconstruction_json_line("clip_000000_2", hands));
  EXPECT_EQ(line["frame"], 0);
  EXPECT_EQ(line["pair"], 2);
}

TEST(ReconstructionFiles, PixelsAreTheProjectedJoints) {
  const ReconstructedHands hands = some_hands();
  const json document = json::parse(reconstruction_json("photo", hands));
  for (const Side side : kSides)
    for (size_t joint = 0; joint < 21; ++joint) {
      const json& x = document[side_name(side)]["joints"][joint];
      const auto pixel = hands.camera.project({x[0].get<double>(), x[1].get<double>(), x[2].get<double>()});
      EXPECT_NEAR(document[side_name(side)]["joints_2d"][joint][0].get<double>(), pixel[0], 0.01);
      EXPECT_NEAR(document[side_name(side)]["joints_2d"][joint][1].get<double>(), pixel[1], 0.01);
    }
}

TEST(ReconstructionFiles, PointsBehindTheCameraHaveNoPixel) {
  ReconstructedHands hands = some_hands();
  hands.joints_in_camera.left[4][2] = -0.3;
  const json document = json::parse(reconstruction_json("photo", hands));
  EXPECT_TRUE(document["left"]["joints_2d"][4].is_null());
}

TEST(ReconstructionFiles, NamesNeedNotBeText) {
  const json document = json::parse(reconstruction_json("caf\xE9", some_hands(), "ph\xF6to/caf\xE9.jpg"));
  EXPECT_EQ(document["sample"], "caf%E9");
  EXPECT_EQ(document["source"], "ph%F6to/caf%E9.jpg");
}

TEST(ReconstructionFiles, SourcesPresenceAndWarningsAreWritten) {
  ReconstructedHands hands = some_hands();
  hands.box_source = PhotoBoxSource::file;
  hands.camera_source = PhotoCameraSource::file;
  hands.presence = {0.93, 0.021};
  hands.present = {true, false};
  const json document = json::parse(reconstruction_json("photo", hands));
  EXPECT_EQ(document["box_source"], "file");
  EXPECT_EQ(document["camera_source"], "file");
  EXPECT_EQ(document["camera"]["focal"], "given");
  EXPECT_DOUBLE_EQ(document["right"]["presence"], 0.93);
  EXPECT_EQ(document["right"]["present"], true);
  EXPECT_DOUBLE_EQ(document["left"]["presence"], 0.021);
  EXPECT_EQ(document["left"]["present"], false);
  EXPECT_DOUBLE_EQ(document["presence_threshold"], kPresent);
  EXPECT_EQ(document["warnings"].get<std::vector<std::string>>(), warnings_of(hands));
  EXPECT_EQ(document["left"]["pose"].size(), 48u);  // an absent hand keeps its numbers
}

TEST(ReconstructionFiles, AFailedWriteLeavesNoFilesOfTheImage) {
  const TemporaryDirectory folder;
  std::filesystem::create_directories(folder / "photo_overlay.jpg");  // cannot be replaced by a file
  EXPECT_THAT([&] { write_reconstruction(folder.path(), "photo", random_image(200, 160), some_hands()); },
              ThrowsError(HasSubstr("photo_overlay.jpg")));
  std::filesystem::remove(folder / "photo_overlay.jpg");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReconstructionFiles, SpreadIsNullWithoutHypotheses) {
  ReconstructedHands hands = some_hands();
  hands.joint_stddev = torch::Tensor();
  EXPECT_TRUE(json::parse(reconstruction_json("photo", hands))["right"]["spread"].is_null());
}

TEST(ReconstructionFiles, HypothesesAreInTheJsonOnlyIfTheyWereKept) {
  EXPECT_FALSE(json::parse(reconstruction_json("photo", some_hands())).contains("hypotheses"));
  const Reconstructor keeps(tiny_sampler(), procedural_model(), torch::kCPU, {.hypotheses = 3, .keep_hypotheses = true});
  const ReconstructedHands hands = keeps(random_image(200, 160), cv::Rect(40, 20, 120, 100));
  const json list = json::parse(reconstruction_json("photo", hands))["hypotheses"];
  ASSERT_EQ(list.size(), 3u);
  for (size_t k = 0; k < 3; ++k)
    for (const Side side : kSides) {
      const ManoParameters& mano = hands.hypotheses[k][side];
      EXPECT_THAT(tensor_of(list[k][side_name(side)]["pose"]), TensorNear(mano.pose, 1e-7));
      EXPECT_THAT(tensor_of(list[k][side_name(side)]["shape"]), TensorNear(mano.shape, 1e-7));
      EXPECT_THAT(tensor_of(list[k][side_name(side)]["translation"]), TensorNear(mano.translation, 1e-7));
    }
  EXPECT_NE(list[0]["left"]["pose"], list[1]["left"]["pose"]);
}

TEST(ReconstructionFiles, EveryFileIsWritten) {
  const TemporaryDirectory folder;
  const cv::Mat photo = random_image(200, 160);
  write_reconstruction(folder / "out", "photo", photo, some_hands(), "",
                       reconstruction_kinds("json,overlay,mp4,obj,ply,glb,features"));
  for (const char* name :
       {"photo.json", "photo_right.obj", "photo_right.ply", "photo_left.obj", "photo_left.ply", "photo.glb", "photo_overlay.jpg"})
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / name)) << name;
  EXPECT_THAT(read_file(folder / "out" / "photo.glb").substr(0, 4), "glTF");
  const cv::Mat overlay = read_image(folder / "out" / "photo_overlay.jpg");
  EXPECT_EQ(overlay.size(), cv::Size(photo.cols + side_view_size(photo.size()).width, photo.rows));
}

TEST(ReconstructionFiles, AnOverlayHasOneSizeForAnyNumberOfPairs) {
  using Pairs = std::vector<const ReconstructedHands*>;
  const cv::Mat photo = random_image(200, 160);
  ReconstructedHands hands = some_hands(), absent = hands;
  hands.present = {true, true};
  absent.present = {false, false};
  const cv::Size size(photo.cols + side_view_size(photo.size()).width, photo.rows);
  const cv::Mat none = reconstruction_overlay(photo, Pairs{}), one = reconstruction_overlay(photo, hands);
  EXPECT_EQ(none.size(), size);
  EXPECT_EQ(one.size(), size);
  EXPECT_EQ(reconstruction_overlay(photo, Pairs{&hands, &absent}).size(), size);
  cv::Mat rgb;
  cv::cvtColor(photo, rgb, cv::COLOR_BGR2RGB);
  const cv::Rect image({0, 0}, photo.size());
  const double drawn = cv::norm(one(image), rgb, cv::NORM_L1),
               faint = cv::norm(reconstruction_overlay(photo, absent)(image), rgb, cv::NORM_L1);
  EXPECT_EQ(cv::norm(none(image), rgb, cv::NORM_INF), 0);
  EXPECT_GT(faint, 0);
  EXPECT_LT(faint, 0.75 * drawn);
}

TEST(ReconstructionFiles, TheViewsFromTheSideOfAVideoHaveItsScale) {
  const cv::Mat photo = random_image(200, 160);
  ReconstructedHands hands = some_hands();
  hands.present = {true, true};
  hands.surface.left = hands.surface.right;  // near each other, whatever the network predicts
  const std::vector<const ReconstructedHands*> pairs = {&hands};
  SideViewScale scale;
  const cv::Mat single = reconstruction_overlay(photo, pairs), first = reconstruction_overlay(photo, pairs, &scale),
                second = reconstruction_overlay(photo, pairs, &scale);
  const cv::Rect image({0, 0}, photo.size());
  EXPECT_EQ(cv::norm(first(image), single(image), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(first, single, cv::NORM_INF), 0) << "a margin for the motion of later frames";
  EXPECT_EQ(cv::norm(first, second, cv::NORM_INF), 0);
}

TEST(ReconstructionFiles, OnlyTheNamedKindsAreWritten) {
  const TemporaryDirectory folder;
  write_reconstruction(folder.path(), "a", random_image(200, 160), some_hands());
  write_reconstruction(folder.path(), "b", random_image(200, 160), some_hands(), "", reconstruction_kinds("glb"));
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("a.json", "a_overlay.jpg", "b.glb"));
  EXPECT_TRUE(reconstruction_kinds("json,mp4").mp4);
  EXPECT_FALSE(reconstruction_kinds("json,mp4").overlay);
  EXPECT_TRUE(reconstruction_kinds("features").features);
  EXPECT_THAT([] { reconstruction_kinds("json,fbx"); }, ThrowsError(HasSubstr("'fbx'")));
  EXPECT_TRUE(reconstruction_kinds("json,hypotheses").hypotheses);
  EXPECT_TRUE(reconstruction_kinds("keypoints").keypoints);
  EXPECT_TRUE(reconstruction_kinds("keypoints,side").side);
  EXPECT_FALSE(reconstruction_kinds("json").side);
  EXPECT_FALSE(ReconstructionKinds().hypotheses);
  EXPECT_THAT([] { reconstruction_kinds("glb,glb"); }, ThrowsError(HasSubstr("twice: glb")));
  EXPECT_THAT([] { reconstruction_kinds(""); }, ThrowsError(HasSubstr("no output is named")));
  EXPECT_THAT([] { reconstruction_kinds("json,"); }, ThrowsError(HasSubstr("ends with a comma")));
  EXPECT_THAT([] { reconstruction_kinds("json,,glb"); }, ThrowsError(HasSubstr("no kind of output ''")));
}

TEST(ReconstructionFiles, MeshesAreOfTheHandsThatArePresent) {
  const TemporaryDirectory folder;
  const cv::Mat photo = random_image(200, 160);
  ReconstructedHands hands = some_hands();
  const ReconstructionKinds kinds = reconstruction_kinds("json,obj,ply,glb");
  write_reconstruction(folder.path(), "photo", photo, hands, "", kinds);
  ASSERT_EQ(read_glb(folder / "photo.glb").size(), 2u);
  hands.present = {false, true};
  write_reconstruction(folder.path(), "photo", photo, hands, "", kinds);
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("photo.glb", "photo.json", "photo_left.obj", "photo_left.ply"));
  const std::vector<NamedMesh> meshes = read_glb(folder / "photo.glb");
  ASSERT_EQ(meshes.size(), 1u);
  EXPECT_EQ(meshes[0].name, "left");
  EXPECT_EQ(meshes[0].mesh.vertices, hands.surface.left.vertices);
  hands.present = {false, false};
  write_reconstruction(folder.path(), "photo", photo, hands, "", kinds);
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("photo.json"));
}

// sRGB (IEC 61966-2-1) of the base colour, which glTF defines as linear.
TEST(ReconstructionFiles, AViewerShowsTheHandsOfAGlbInTheirColours) {
  const TemporaryDirectory folder;
  write_reconstruction(folder.path(), "photo", random_image(200, 160), some_hands(), "", reconstruction_kinds("glb"));
  const std::string bytes = read_file(folder / "photo.glb");
  const json materials = json::parse(bytes.substr(20, bytes.find("BIN") - 24), nullptr, false)["materials"];
  ASSERT_EQ(materials.size(), 2u);
  const double expected[2][3] = {{0.93, 0.56, 0.31}, {0.29, 0.58, 0.95}};
  for (size_t hand = 0; hand < 2; ++hand)
    for (size_t i = 0; i < 3; ++i) {
      const double linear = materials[hand]["pbrMetallicRoughness"]["baseColorFactor"][i];
      EXPECT_NEAR(1.055 * std::pow(linear, 1 / 2.4) - 0.055, expected[hand][i], 1e-6);
    }
}

TEST(ReconstructionFiles, NamesStayInTheFolder) {
  const TemporaryDirectory folder;
  for (const char* name : {"", ".", "..", "../photo", "a/b", "a\\b"})
    EXPECT_THAT([&] { write_reconstruction(folder.path(), name, random_image(200, 160), some_hands()); },
                ThrowsError(HasSubstr("named")))
        << name;
}

TEST(FeaturesFile, KeepsEveryStageUnderThePapersLetters) {
  const TemporaryDirectory folder;
  const ReconstructedHands a = some_hands(), b = reconstructor()(random_image(90, 90, 3), cv::Rect(5, 5, 60, 60));
  FeaturesFile writer(folder / "f.h5");
  writer.add("a", a.network);
  writer.add("b", b.network);
  writer.close();
  const TensorFileReader file(folder / "f.h5", "interprior.features", 1);
  EXPECT_EQ(file.read_strings("sample"), (std::vector<std::string>{"a", "b"}));
  const int64_t grid = kTinyCrop / 4;
  EXPECT_THAT(file.read("F", torch::kFloat32, {2, 8, grid, grid})[1], TensorNear(b.network.features.map[0], 1e-7));
  EXPECT_THAT(file.read("H", torch::kFloat32, {2, 42, grid, grid})[0], TensorNear(a.network.features.iah[0], 1e-7));
  EXPECT_THAT(file.read("M", torch::kFloat32, {2, 2, grid, grid})[0], TensorNear(a.network.features.mask[0], 1e-7));
  EXPECT_THAT(file.read("tau", torch::kFloat32, {2, 3})[0], TensorNear(a.network.features.tau[0], 1e-7));
  EXPECT_THAT(file.read("X", torch::kFloat32)[1], TensorNear(b.network.tokens[0], 1e-7));
  EXPECT_THAT(file.read("z_mean", torch::kFloat32, {2, 6})[1], TensorNear(b.network.conditional.z.mean[0], 1e-7));
  EXPECT_TRUE(file.has("z_log_variance"));
}

TEST(FeaturesFile, RefusesOtherShapesAndWritesNothingWithoutFeatures) {
  const TemporaryDirectory folder;
  FeaturesFile(folder / "f.h5").close();
  EXPECT_FALSE(std::filesystem::exists(folder / "f.h5"));
  FeaturesFile writer(folder / "f.h5");
  Reconstruction network = some_hands().network;
  writer.add("a", network);
  network.tokens = network.tokens.slice(1, 1);
  EXPECT_THAT([&] { writer.add("b", network); }, ThrowsError(HasSubstr("features of b")));
  EXPECT_THAT([] { FeaturesFile("/dev/null/f.h5"); }, ThrowsError(HasSubstr("/dev/null")));
}

}  // namespace
}  // namespace interprior
