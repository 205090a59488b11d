#include "interprior/infer/reconstructor.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <thread>

#include "interprior/base/stage_times.h"
#include "interprior/infer/left_out.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/model/checkpoint.h"
#include "interprior/model/extraction.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

torch::Tensor tensor_of(const Mesh& mesh) {
  const auto count = static_cast<int64_t>(mesh.vertices.size());
  return torch::from_blob(const_cast<float*>(mesh.vertices.data()->data()), {count, 3}, torch::kFloat32).clone();
}

// Writes hand.h5 and sampler.safetensors of this network into a folder.
void write_files(const TemporaryDirectory& folder, const Sampler& network) {
  write_hand_model(folder / "hand.h5", procedural_model());
  CheckpointInfo info;
  info.kind = "sampler";
  info.hand_file = "hand.h5";
  info.hand_hash = read_hand_model(folder / "hand.h5").hash;
  info.sampler_model = dump_config(network->config());
  info.prior_model = dump_config(tiny_prior());
  write_checkpoint(folder / "sampler.safetensors", *network, info);
}

TEST(Reconstructor, GivesTwoMeshesInFiveLines) {
  const TemporaryDirectory folder;
  write_files(folder, tiny_sampler());
  const auto reconstruct = Reconstructor::open(folder / "sampler.safetensors", folder / "hand.h5");
  const cv::Mat photo = random_image(640, 480);
  const auto hands = reconstruct(photo, cv::Rect(120, 80, 400, 400));
  interprior::write_obj(folder / "right.obj", hands.surface.right);
  EXPECT_GT(std::filesystem::file_size(folder / "right.obj"), 1000u);
  EXPECT_EQ(hands.hand_source, "procedural");
  EXPECT_EQ(reconstruct.info().hand_file, "hand.h5");
  for (const Side side : kSides) {
    EXPECT_EQ(static_cast<int64_t>(hands.surface[side].vertices.size()), reconstruct.hands().layer[side].vertex_count());
    EXPECT_EQ(hands.joints_in_camera[side].sizes(), torch::IntArrayRef({21, 3}));
  }

  HandModel other = procedural_model();
  other.hand.right.v_template = other.hand.right.v_template * 1.01;
  write_hand_model(folder / "other.h5", other);
  EXPECT_THAT([&] { Reconstructor::open(folder / "sampler.safetensors", folder / "other.h5"); },
              ThrowsError(AllOf(HasSubstr("other.h5"), HasSubstr("hand.h5"))));
}

// open() folds norms into convolutions; results differ by rounding only, and are the same from every thread.
TEST(Reconstructor, OpenedFromFilesItIsTheSameFunctionForManyThreads) {
  const TemporaryDirectory folder;
  const Sampler network = tiny_sampler();
  write_files(folder, network);
  const Reconstructor given(network, procedural_model());
  const auto opened = Reconstructor::open(folder / "sampler.safetensors", folder / "hand.h5");
  const cv::Mat photo = random_image(640, 480);
  const cv::Rect box(120, 80, 400, 400);
  const ReconstructedHands expected = given(photo, box), hands = opened(photo, box);
  for (const Side side : kSides) {
    EXPECT_THAT(hands.joints_in_camera[side] - hands.right_wrist_in_camera,
                TensorNear(expected.joints_in_camera[side] - expected.right_wrist_in_camera, 1e-5));
    EXPECT_NEAR(hands.presence[side], expected.presence[side], 1e-4);
  }
  std::vector<torch::Tensor> joints(4);
  std::vector<std::thread> threads;
  for (torch::Tensor& own : joints)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) own = opened(photo, box).joints_in_camera.left;
    });
  for (std::thread& thread : threads) thread.join();
  for (const torch::Tensor& own : joints) EXPECT_TRUE(torch::equal(own, hands.joints_in_camera.left));
}

TEST(Reconstructor, ParametersMeshAndJointsAreOneHand) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const ReconstructedHands hands = reconstruct(random_image(500, 300), cv::Rect(300, 40, 150, 200));
  HandSet set;
  set.sample = {"x"};
  set.pose = torch::stack({hands.mano.right.pose, hands.mano.left.pose}).unsqueeze(0);
  set.shape = torch::stack({hands.mano.right.shape, hands.mano.left.shape}).unsqueeze(0);
  set.translation = torch::stack({hands.mano.right.translation, hands.mano.left.translation}).unsqueeze(0);
  const torch::Tensor vertices = vertices_of(set, reconstruct.hands()), joints = chain_joints_of(set, reconstruct.hands());
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    EXPECT_THAT(tensor_of(hands.surface[side]), TensorNear(vertices[0][row], 2e-6));
    EXPECT_THAT(hands.joints_in_camera[side], TensorNear(joints[0][row], 2e-6));
  }
  EXPECT_THAT(hands.joints_in_camera.right[0], TensorNear(hands.right_wrist_in_camera, 1e-6));
  EXPECT_THAT(hands.joints_in_camera.left[0] - hands.right_wrist_in_camera, TensorNear(hands.pose.left.wrist_in_root[0], 1e-6));
}

TEST(Reconstructor, ImagesInOnePassGiveTheResultsOfSingleImages) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const std::vector<PhotoOfHands> photos = {
      {random_image(640, 480), {120, 80, 400, 380}, {}},
      {random_image(100, 90), {500, 0, 50, 50}, {}},  // outside
      {cv::Mat(), {0, 0, 10, 10}, {}},
      {random_image(300, 500, 8), {20, 100, 250, 250}, Pinhole{700, 690, 150, 240, 300, 500}}};
  const std::vector<ReconstructionAttempt> attempts = reconstruct.reconstruct(photos);
  ASSERT_EQ(attempts.size(), photos.size());
  const auto error_of = [&](size_t i) { return [&, i] { std::rethrow_exception(attempts[i].error); }; };
  EXPECT_THROW(error_of(1)(), LeftOut);
  EXPECT_THAT(error_of(2), ThrowsError(HasSubstr("image is empty")));
  for (const size_t i : {0u, 3u}) {
    ASSERT_FALSE(attempts[i].error);
    const ReconstructedHands& hands = *attempts[i].hands;
    const ReconstructedHands alone = reconstruct.reconstruct(photos[i].bgr, photos[i].box, photos[i].camera);
    EXPECT_EQ(hands.camera_source, alone.camera_source);
    EXPECT_EQ(hands.camera.fx, alone.camera.fx);
    EXPECT_THAT(hands.network.features.tau, TensorNear(alone.network.features.tau, 1e-5));
    EXPECT_THAT(hands.network.interaction.left_in_right, TensorNear(alone.network.interaction.left_in_right, 1e-5));
    EXPECT_THAT(hands.joint_stddev, TensorNear(alone.joint_stddev, 1e-5));
    for (const Side side : kSides) {
      EXPECT_THAT(tensor_of(hands.surface[side]), TensorNear(tensor_of(alone.surface[side]), 1e-4));
      EXPECT_THAT(hands.mano[side].pose, TensorNear(alone.mano[side].pose, 1e-4));
      EXPECT_THAT(hands.pose[side].rotations, TensorNear(alone.pose[side].rotations, 1e-5));
      EXPECT_NEAR(hands.presence[side], alone.presence[side], 1e-4);
    }
  }
  EXPECT_TRUE(reconstruct.reconstruct(std::vector<PhotoOfHands>{}).empty());
}

// The network's weights are random and not normalised for bf16's 8 bits: a trained network's change is printed by `predict`.
TEST(Reconstructor, InBf16JointsMoveByLittle) {
  const TemporaryDirectory folder;
  write_files(folder, tiny_sampler());
  const auto open = [&](bool bf16) {
    return Reconstructor::open(folder / "sampler.safetensors", folder / "hand.h5", torch::kCPU, {.bf16 = bf16});
  };
  if (!bf16_in_hardware()) {
    EXPECT_THAT([&] { open(true); }, ThrowsError(HasSubstr("does not compute in bf16")));
    GTEST_SKIP() << "this CPU has no bf16";
  }
  const cv::Mat photo = random_image(640, 480);
  const cv::Rect box(120, 80, 400, 400);
  const ReconstructedHands exact = open(false)(photo, box), fast = open(true)(photo, box);
  const auto left_from_right = [](const ReconstructedHands& hands) {
    return hands.joints_in_camera.left - hands.right_wrist_in_camera;
  };
  const double moved = (left_from_right(fast) - left_from_right(exact)).norm(2, 1).max().item<double>();
  EXPECT_GT(moved, 1e-6);  // m: it is another arithmetic
  EXPECT_LT(moved, 5e-3);
  EXPECT_EQ(fast.network.features.map.scalar_type(), torch::kBFloat16);
}

TEST(Reconstructor, ReportsTheTimeOfEachStage) {
  const auto times = std::make_shared<StageTimes>();
  const Reconstructor reconstruct(tiny_sampler(), procedural_model(), torch::kCPU, {.times = times});
  reconstruct(random_image(500, 300), cv::Rect(100, 40, 150, 200));
  std::vector<std::string> names;
  for (const StageTimes::Stage& stage : times->stages()) {
    names.push_back(stage.name);
    EXPECT_GT(stage.seconds, 0);
    EXPECT_EQ(stage.calls, 1);
  }
  EXPECT_THAT(names,
              ::testing::ElementsAre("crop", "extraction", "fusion, sampling, decoder", "meshes", "hypotheses", "presence"));
}

TEST(Reconstructor, TheRootProjectsToTheSamePointByBothCameras) {
  // The right wrist projects to the same image point by the original camera and by the crop's.
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const ReconstructedHands hands = reconstruct(random_image(500, 300), cv::Rect(300, 40, 150, 200));
  const torch::Tensor view = hands.network.conditional.view.camera[0];
  const double half = static_cast<double>(kTinyCrop) / 2;
  const double u = hands.crop.camera.cx + view[1].item<double>() * half, v = hands.crop.camera.cy + view[2].item<double>() * half;
  const torch::Tensor root = hands.right_wrist_in_camera.to(torch::kFloat64);
  const auto pixel = hands.camera.project({root[0].item<double>(), root[1].item<double>(), root[2].item<double>()});
  const Vector3 in_crop = hands.crop.crop_pixel_from_original_pixel * Vector3(pixel[0], pixel[1], 1);
  EXPECT_NEAR(in_crop[0] / in_crop[2], u, 1e-3);
  EXPECT_NEAR(in_crop[1] / in_crop[2], v, 1e-3);
}

TEST(Reconstructor, ReportsTheSourceOfTheFocalLength) {
  const cv::Mat photo = random_image(500, 300);
  const cv::Rect box(100, 40, 150, 200);
  const ReconstructedHands assumed = Reconstructor(tiny_sampler(), procedural_model())(photo, box);
  EXPECT_EQ(assumed.camera_source, PhotoCameraSource::assumed);
  EXPECT_DOUBLE_EQ(assumed.camera.fx, kAssumedFocal * 500);
  EXPECT_DOUBLE_EQ(assumed.camera.cx, 249.5);
  const Reconstructor given(tiny_sampler(), procedural_model(), torch::kCPU, {.focal = 750});
  EXPECT_EQ(given(photo, box).camera_source, PhotoCameraSource::focal);
  EXPECT_DOUBLE_EQ(given(photo, box).camera.fy, 750);
  const Pinhole known{810, 800, 240, 150, 500, 300};
  const ReconstructedHands measured = given.reconstruct(photo, {100, 40, 150, 200}, known);
  EXPECT_DOUBLE_EQ(measured.camera.fx, 810);
  EXPECT_EQ(measured.camera_source, PhotoCameraSource::given);
}

TEST(Reconstructor, HypothesesAreDeterminedByTheSeed) {
  const cv::Mat photo = random_image(500, 300);
  const cv::Rect box(100, 40, 150, 200);
  const auto joint_stddev = [&](const ReconstructorOptions& options) {
    return Reconstructor(tiny_sampler(), procedural_model(), torch::kCPU, options)(photo, box).joint_stddev;
  };
  const torch::Tensor first = joint_stddev({.seed = 1});
  EXPECT_EQ(first.sizes(), torch::IntArrayRef({2, 21}));
  EXPECT_TRUE(torch::equal(first, joint_stddev({.seed = 1})));
  EXPECT_FALSE(torch::equal(first, joint_stddev({.seed = 2})));
  EXPECT_LT(first[0][0].item<double>(), 1e-6);  // the right wrist is the root
  EXPECT_GT(first.slice(1, 1).min().item<double>(), 1e-5);
  EXPECT_FALSE(joint_stddev({.hypotheses = 1}).defined());
}

TEST(Reconstructor, AcceptsGreyAndTransparentImages) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  cv::Mat grey(300, 500, CV_8UC1, cv::Scalar(90)), bgr(300, 500, CV_8UC3, cv::Scalar(90, 90, 90)),
      bgra(300, 500, CV_8UC4, cv::Scalar(90, 90, 90, 255));
  const cv::Rect box(100, 40, 150, 200);
  const torch::Tensor expected = reconstruct(bgr, box).joints_in_camera.left;
  EXPECT_THAT(reconstruct(grey, box).joints_in_camera.left, TensorNear(expected, 1e-7));
  EXPECT_THAT(reconstruct(bgra, box).joints_in_camera.left, TensorNear(expected, 1e-7));
}

TEST(Reconstructor, TheOrderOfColoursIsBgr) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const cv::Mat blue(300, 500, CV_8UC3, cv::Scalar(250, 10, 0));
  const cv::Rect box(100, 40, 150, 200);
  const torch::Tensor image = torch::tensor({0, 10, 250}, torch::kUInt8).view({1, 3, 1, 1}).expand({1, 3, kTinyCrop, kTinyCrop});
  Sampler network = tiny_sampler();
  network->eval();
  const torch::NoGradGuard no_grad;
  EXPECT_THAT(reconstruct(blue, box).network.tokens, TensorNear(network->forward(image, reconstruct.hands()).tokens, 1e-5));
}

TEST(Reconstructor, RefusesInvalidInputs) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const cv::Mat photo = random_image(500, 300);
  EXPECT_THAT([&] { reconstruct(photo, cv::Rect(600, 40, 100, 100)); }, ThrowsError(HasSubstr("outside")));
  EXPECT_THAT([&] { reconstruct(photo, cv::Rect(10, 40, 0, 100)); }, ThrowsError(HasSubstr("empty")));
  EXPECT_THAT([&] { reconstruct(cv::Mat(), cv::Rect(10, 40, 50, 100)); }, ThrowsError(HasSubstr("empty")));
  EXPECT_THAT([&] { reconstruct(cv::Mat(300, 500, CV_16UC3), cv::Rect(10, 40, 50, 100)); }, ThrowsError(HasSubstr("8 bits")));
  EXPECT_THAT([&] { reconstruct(cv::Mat(300, 500, CV_8UC2), cv::Rect(10, 40, 50, 100)); }, ThrowsError(HasSubstr("channels")));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT([&] { reconstruct.reconstruct(photo, {nan, 0, 10, 10}); }, ThrowsError(HasSubstr("finite")));
  EXPECT_THAT(
      [&] {
        reconstruct.reconstruct(photo, {0, 0, 10, 10}, Pinhole{500, 500, 10, 10, 20, 20});
      },
      ThrowsError(HasSubstr("camera")));
  EXPECT_THAT([&] { Reconstructor(tiny_sampler(), procedural_model(), torch::kCPU, {.focal = -5}); },
              ThrowsError(HasSubstr("focal")));
  for (const double focal : {1e-4, 1e300, nan, std::numeric_limits<double>::infinity()})
    EXPECT_THAT([&] { Reconstructor(tiny_sampler(), procedural_model(), torch::kCPU, {.focal = focal}); },
                ThrowsError(HasSubstr("0.001 to 1e7 px")));
  EXPECT_THAT([&] { Reconstructor(tiny_sampler(), procedural_model(), torch::kCPU, {.hypotheses = -1}); },
              ThrowsError(HasSubstr("hypotheses")));
}

TEST(Reconstructor, NonFiniteOutputsAreReported) {
  Sampler network = tiny_sampler();
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : network->named_parameters())
      if (parameter.key() == "prior.decoder.output.bias") parameter.value().fill_(std::numeric_limits<float>::quiet_NaN());
  }
  const Reconstructor reconstruct(network, procedural_model());
  EXPECT_THAT([&] { reconstruct(random_image(500, 300), cv::Rect(10, 40, 50, 100)); }, ThrowsError(HasSubstr("not finite")));
}

// A ReLU may make NaN 0, and the hands would look sound.
TEST(Reconstructor, ABackboneThatIsNotFiniteIsReported) {
  const TemporaryDirectory folder;
  Sampler network = tiny_sampler();
  {
    const torch::NoGradGuard no_grad;
    network->named_parameters()["extraction.trunk.conv1.weight"][2][1].fill_(std::numeric_limits<float>::quiet_NaN());
  }
  write_files(folder, network);
  EXPECT_THAT(
      [&] {
        const auto reconstruct = Reconstructor::open(folder / "sampler.safetensors", folder / "hand.h5");
        reconstruct(random_image(500, 300), cv::Rect(10, 40, 50, 100));
      },
      ThrowsError(HasSubstr("not finite")));
}

std::string reason_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const LeftOut& error) {
    return error.reason();
  }
  return "";
}

TEST(Reconstructor, SkippedImagesHaveAReason) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const cv::Mat photo = random_image(500, 300);
  EXPECT_EQ(reason_of([&] { reconstruct(photo, cv::Rect(600, 40, 100, 100)); }), "box_outside");
  EXPECT_EQ(reason_of([&] { reconstruct(photo, cv::Rect(10, -80, 100, 79)); }), "box_outside");
  EXPECT_EQ(reason_of([&] { reconstruct.reconstruct(photo, {-4e5, -4e5, 8e5, 8e5}); }), "box_too_large");
  for (const cv::Mat& image : {random_image(40000, 40), random_image(40, 40000)})
    EXPECT_EQ(reason_of([&] { reconstruct(image, cv::Rect(10, 10, 20, 20)); }), "image_too_large");
  // A short focal length places the hands so near that one extends behind the camera.
  const Pinhole near{1, 1, 249.5, 149.5, 500, 300};
  EXPECT_EQ(reason_of([&] { reconstruct.reconstruct(photo, {0, 0, 500, 300}, near); }), "behind_camera");
}

TEST(Reconstructor, EveryHandIsInFrontOfTheCamera) {
  const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  const cv::Mat photo = random_image(500, 300);
  int written = 0, refused = 0;
  for (double focal = 2; focal < 20000; focal *= 2) {
    try {
      const Pinhole camera{focal, focal, 249.5, 149.5, 500, 300};
      const ReconstructedHands hands = reconstruct.reconstruct(photo, {150, 50, 200, 200}, camera);
      ++written;
      for (const Side hand : kSides)
        for (const auto& vertex : hands.surface[hand].vertices) ASSERT_GT(vertex[2], 0) << focal;
    } catch (const LeftOut& error) {
      ++refused;
      EXPECT_EQ(error.reason(), "behind_camera");
    }
  }
  EXPECT_GT(written, 2);
  EXPECT_GT(refused, 2);
}

TEST(Reconstructor, AHandFileWithAnotherHashIsRefused) {
  CheckpointInfo info;
  info.hand_hash = "aa";
  info.hand_source = "mano";
  HandModel hand = procedural_model();
  hand.hash = "aa";
  EXPECT_NO_THROW(require_same_hand(info, hand, "hand.h5"));
  hand.hash = "bb";
  EXPECT_THAT([&] { require_same_hand(info, hand, "hand.h5"); }, ThrowsError(AllOf(HasSubstr("hand.h5"), HasSubstr("--hand"))));
}

}  // namespace
}  // namespace interprior
