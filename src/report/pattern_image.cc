#include "interprior/report/pattern_image.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <cmath>

#include "image_list.h"
#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/base/table.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"
#include "turnable.h"

namespace interprior {
namespace {

constexpr int64_t kMaxPatterns = 2048;  // patterns searched for the best and the worst
constexpr int64_t kSamples = 10, kSamplesPerRow = 5, kWalkSteps = 7;
constexpr int64_t kWalkFrames = 2 * kWalkSteps - 1;  // in 3D also the codes halfway between those of the image

struct Drawn {
  cv::Mat image;
  std::vector<NamedMesh> meshes;
};

void append(std::vector<NamedMesh>& meshes, std::vector<NamedMesh> more) {
  for (NamedMesh& mesh : more) meshes.push_back(std::move(mesh));
}

// Patterns have no camera: the view is along the right wrist's axes.
cv::Mat two_views(const HandSurfaces& surfaces, double radius, const std::string& title) {
  return beside(
      {titled(draw_framed(surfaces, 0, radius), title), titled(draw_framed(surfaces, M_PI / 2, radius), "from the side")}, 3);
}

HandSurfaces surfaces_at_origin(const PerHand<HandMesh>& mesh, int64_t row, const TwoHands& hands) {
  return surfaces_of(mesh, row, {0, 0, 0}, hands);
}

PerHand<HandMesh> posed(const Interaction& interaction, const TwoHands& hands) {
  const int64_t count = interaction.left_in_right.size(0);
  const torch::Tensor upright = torch::eye(3, interaction.left_in_right.options()).expand({count, 3, 3});
  return hands(pose_from(interaction, upright));
}

torch::Tensor joint_errors_mm(const PerHand<HandMesh>& a, const PerHand<HandMesh>& b) {
  torch::Tensor sum = torch::zeros({a.right.joints_in_root.size(0)}, torch::kFloat64);
  for (const Side side : kSides)
    sum += (a[side].joints_in_root - b[side].joints_in_root).norm(2, -1).mean(-1).to(torch::kCPU, torch::kFloat64) * 500;
  return sum;
}

// Decoded z (N,Z), kSamplesPerRow per row, each scaled to its panel.
Drawn sample_grid(InteractionPrior& prior, const torch::Tensor& z, const TwoHands& hands) {
  const PerHand<HandMesh> mesh = posed(prior->decode(z, hands), hands);
  std::vector<cv::Mat> grid;
  std::vector<NamedMesh> meshes;
  for (int64_t first = 0; first < z.size(0); first += kSamplesPerRow) {
    std::vector<cv::Mat> panels;
    for (int64_t i = first; i < std::min(first + kSamplesPerRow, z.size(0)); ++i) {
      const HandSurfaces surfaces = surfaces_at_origin(mesh, i, hands);
      panels.push_back(draw_framed(surfaces, 0, radius_of(surfaces)));
      append(meshes, named_frame("samples", static_cast<size_t>(i + 1), surfaces));
    }
    grid.push_back(beside(panels, 3));
  }
  return {stacked(grid, 3), meshes};
}

// Every second of the decoded z (N,Z) in one row, at one scale, and a second row seen from the side; all of them as frames.
Drawn walked(InteractionPrior& prior, const torch::Tensor& z, const TwoHands& hands) {
  const PerHand<HandMesh> mesh = posed(prior->decode(z, hands), hands);
  std::vector<HandSurfaces> surfaces;
  std::vector<NamedMesh> meshes;
  double radius = 0;
  for (int64_t i = 0; i < z.size(0); ++i) {
    surfaces.push_back(surfaces_at_origin(mesh, i, hands));
    radius = std::max(radius, radius_of(surfaces.back()));
    append(meshes, named_frame("walk", surfaces.size(), surfaces.back()));
  }
  std::vector<cv::Mat> rows;
  for (const double turn : {0.0, M_PI / 2}) {
    std::vector<cv::Mat> panels;
    for (size_t i = 0; i < surfaces.size(); i += 2) panels.push_back(draw_framed(surfaces[i], turn, radius));
    rows.push_back(beside(panels, 3));
  }
  return {stacked(rows, 3), meshes};
}

// Between the posterior means of two patterns (rows of `mean`).
void add_walk(ImageList& list, InteractionPrior& prior, const torch::Tensor& mean, const TwoHands& hands, Seed seed) {
  const std::vector<int64_t> order = random_order(mean.size(0), seed.derive("walk"));
  const Drawn walk = walked(prior, latent_walk(mean[order[0]], mean[order[1]], kWalkFrames), hands);
  list.add("walk", walk.image, "Latent walk",
           c10::str("from pattern ", order[0], " to pattern ", order[1], ": ", kWalkSteps, " codes on the straight line between ",
                    "their means, decoded (", kWalkFrames,
                    " in 3D); the ends are the patterns' reconstructions, the second row is ", "seen from the side"),
           walk.meshes);
}

}  // namespace

torch::Tensor latent_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps) {
  ShapeCheck("latent_walk")(from, "from", {"Z"})(to, "to", {"Z"});
  require(steps > 1, "a walk has two ends", "latent_walk", "take at least two steps");
  return torch::lerp(from.unsqueeze(0), to.unsqueeze(0), torch::linspace(0, 1, steps, from.options()).unsqueeze(1));
}

void write_prior_images(const std::filesystem::path& folder, const EvaluatedPatterns& evaluated, Seed seed, int64_t count) {
  const torch::NoGradGuard no_gradients;
  InteractionPrior prior = evaluated.prior;
  const TwoHands& hands = evaluated.hands;
  const Patterns& patterns = evaluated.patterns;
  const torch::Device device = prior->parameters().front().device();
  const int64_t rows = std::min(patterns.size(), kMaxPatterns);
  const PatternBatch batch =
      PatternBatch{patterns.pose.slice(0, 0, rows), patterns.shape.slice(0, 0, rows), patterns.translation.slice(0, 0, rows)}.to(
          device);
  const Interaction truth = interaction_from(batch, hands);
  const torch::Tensor mean = prior->encode(truth, hands).mean;
  const PerHand<HandMesh> ground_truth = posed(truth, hands), rebuilt = posed(prior->decode(mean, hands), hands);
  const torch::Tensor errors = joint_errors_mm(ground_truth, rebuilt), order = errors.argsort();

  ImageList list(folder);
  const auto add = [&](const std::string& name, int64_t row, const char* group) {
    const HandSurfaces true_surfaces = surfaces_at_origin(ground_truth, row, hands),
                       rebuilt_surfaces = surfaces_at_origin(rebuilt, row, hands);
    const double radius = radius_of(true_surfaces);
    std::vector<NamedMesh> meshes = named_meshes("ground truth", true_surfaces);
    append(meshes, named_meshes("reconstruction", rebuilt_surfaces));
    list.add(
        name,
        beside({two_views(true_surfaces, radius, "ground truth"), two_views(rebuilt_surfaces, radius, "reconstruction")}, 12),
        group, c10::str("pattern ", row, ": ", number(errors[row].item<double>()), " mm mean joint error, right wrist's frame"),
        meshes);
  };
  const int64_t worst = std::min(count, rows), best = std::min(count, rows - worst);
  for (int64_t i = 0; i < worst; ++i)
    add(c10::str("worst_", i + 1), order[rows - 1 - i].item<int64_t>(), "Worst reconstructions");
  for (int64_t i = 0; i < best; ++i) add(c10::str("best_", i + 1), order[i].item<int64_t>(), "Best reconstructions");

  const torch::Tensor noise = normal_tensor({kSamples, prior->config().latent}, seed.derive("pictures"), device);
  const Drawn samples = sample_grid(prior, noise, hands),
              aggregated = sample_grid(prior, prior->from_aggregate(prior->temperature() * noise), hands);
  list.add("samples", samples.image, "Unconditional samples",
           c10::str(kSamples, " samples z ~ N(0, I), decoded; no encoder, no image"), samples.meshes);
  list.add("samples_aggregated", aggregated.image, "Unconditional samples",
           c10::str("the same ", kSamples, " samples, of the aggregated posterior by the prior's density (",
                    name_of(prior->config().density), ", temperature ", prior->temperature(), ")"),
           aggregated.meshes);
  if (rows > 1) add_walk(list, prior, mean, hands, seed);
  list.write_list();
}

}  // namespace interprior
