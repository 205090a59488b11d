// The programs of docs/examples, built in one project against the installed package. Each one prints a number that is checked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "installed_package.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/infer/keypoint_fit/fit_reconstruction.h"
#include "interprior/metric/sample_errors.h"
#include "interprior/model/checkpoint.h"
#include "keypoint_document.h"
#include "metric/hand_sets/random_hand_set.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

// The number after `words` in a text; NaN where there is none.
double number_after(const std::string& text, const std::string& words) {
  const size_t at = text.find(words);
  return at == std::string::npos ? std::numeric_limits<double>::quiet_NaN()
                                 : std::strtod(text.c_str() + at + words.size(), nullptr);
}

class Examples : public InstalledPackage {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string example(const std::string& name) const { return (programs_ / name).string() + " "; }

  void expect_files() {
    const std::string text = printed(example("safetensors_file") + path("x.safetensors"));
    EXPECT_THAT(text, HasSubstr("joints [2, 21, 3]\nseen [2, 21, 3]\nunit m, equal: 1"));
    EXPECT_TRUE(torch::equal(Safetensors(path("x.safetensors")).tensor("joints").flatten(), torch::arange(126, torch::kFloat32)));
  }
  void expect_gradients() {
    const std::string text = printed(example("mano_gradient"));
    const auto tip = [](double angle) {
      const torch::Tensor rotations = matrix_from_axis_angle(torch::full({1, 16, 3}, angle));
      return ManoLayer(procedural_hand().hand.right, Side::right)({rotations, torch::zeros({1, 10}), torch::zeros({1, 3})})
          .joints_in_root[0][8];
    };
    EXPECT_NEAR(number_after(text, "step 0: "), 1000 * (tip(0.1) - tip(0)).norm().item<double>(), 0.01) << text;
    EXPECT_LT(number_after(text, "step 99: "), 2) << text;
  }
  void expect_heatmaps() {
    const std::string text = printed(example("heatmap_targets"));
    EXPECT_NEAR(number_after(text, "joint: "), 1, 1e-5) << text;
    EXPECT_NEAR(number_after(text, "joint: 1 at the tip, "), std::exp(-2 / 1.5), 1e-5) << text;
    EXPECT_NEAR(number_after(text, "iah: 1 at the tip, "), 1, 1e-5) << "the neighbour belongs to the map\n" << text;
    EXPECT_LT(number_after(text, "at the other hand's tip, "), 1e-6) << text;
  }
  void expect_tokens() {
    const std::string text = printed(example("fused_tokens"));
    EXPECT_THAT(text, HasSubstr("tokens [1, 64, 384], change by F 0, by H "));
    EXPECT_GT(number_after(text, "by H "), 0.01) << text;
  }
  void expect_samples(const Fixture& prepared) {
    const std::string files = prepared.prior().string() + " " + prepared.hand().string() + " " + path("both.glb");
    const double wrist = number_after(printed(example("sampled_interaction") + files + " 7"), "left wrist at ");
    const torch::NoGradGuard no_grad;
    InteractionPrior prior = load_prior(prepared.prior());
    const TwoHands hands(read_hand_model(prepared.hand()));
    const torch::Tensor noise = prior->temperature() * normal_tensor({1, prior->config().latent}, Seed{7});
    EXPECT_NEAR(wrist, prior->decode(prior->from_aggregate(noise), hands).left_in_right[0][0].item<double>(), 1e-5);
    EXPECT_NE(wrist, number_after(printed(example("sampled_interaction") + files + " 8"), "left wrist at "));
    EXPECT_EQ(bytes_of(path("both.glb")).substr(0, 4), "glTF");
  }
  void expect_metrics(const Fixture& prepared) {
    const HandSet truth = random_hand_set(3, 1), predictions = random_hand_set(3, 2);
    write_hand_set(path("truth.h5"), truth);
    write_hand_set(path("predictions.h5"), predictions);
    const std::string ends = " " + path("truth.h5") + " " + prepared.hand().string();
    const double ours = number_after(printed(example("own_metrics") + path("predictions.h5") + ends), "MPJPE ");
    MeasureOptions options;
    options.surfaces = false;
    const SampleErrors errors = sample_errors(Protocol::intaghand, predictions, truth, procedural_hands(), options);
    EXPECT_NEAR(ours, errors.joint.mean().item<double>(), 1e-3);
    EXPECT_GT(ours, 1);
    EXPECT_NEAR(number_after(printed(example("own_metrics") + path("truth.h5") + ends), "MPJPE "), 0, 1e-6);
  }
  void expect_fit(const Fixture& prepared) {
    nlohmann::json document = two_hands();
    document["images"]["photo.jpg"]["size"] = {300, 260};
    std::ofstream(path("keypoints.json")) << document.dump();
    const std::string text = printed(example("fitted_keypoints") + prepared.prior().string() + " " + prepared.hand().string() +
                                     " " + path("keypoints.json") + " " + path("right.obj"));
    const HandModel hand = read_hand_model(prepared.hand());
    const double focal = 300 * kAssumedFocal;
    const FitTarget target{read_keypoints(path("keypoints.json")).images.at(0).pairs.at(0),
                           {focal, focal, 149.5, 129.5, 300, 260}};
    const KeypointFitResult result = KeypointFit(load_prior(prepared.prior()), hand)({target}).at(0);
    EXPECT_NEAR(number_after(text, "keypoints: "), 100 * result.residual_of_box(), 0.05) << text;
    EXPECT_THAT(bytes_of(path("right.obj")), HasSubstr("\nf "));
  }

  std::filesystem::path programs_;
};

TEST_F(Examples, EachBuildsAgainstTheInstalledPackageAndComputesWhatItsPageSays) {
  const Fixture& prepared = fixture();
  programs_ = built("docs/examples");
  expect_files();
  expect_gradients();
  expect_heatmaps();
  expect_tokens();
  expect_samples(prepared);
  expect_metrics(prepared);
  expect_fit(prepared);
}

}  // namespace
}  // namespace interprior
