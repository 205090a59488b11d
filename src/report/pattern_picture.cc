#include "interprior/report/pattern_picture.h"

#include <c10/util/StringUtil.h>
#include <cmath>

#include "interprior/metric/table.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_picture.h"
#include "interprior/report/picture_list.h"

namespace interprior {
namespace {

constexpr int64_t kMostPatterns = 2048;  // looked at to find the best and the worst
constexpr int64_t kDraws = 10, kDrawsPerRow = 5;

// Patterns have no camera of their own: they are shown along the right wrist's axes.
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

}  // namespace

void write_prior_pictures(const std::filesystem::path& folder, InteractionPrior prior, const TwoHands& hands,
                          const Patterns& patterns, torch::Device device, Seed seed, int64_t count) {
  const torch::NoGradGuard no_gradients;
  prior->eval();
  const int64_t rows = std::min(patterns.size(), kMostPatterns);
  const PatternBatch batch =
      PatternBatch{patterns.pose.slice(0, 0, rows), patterns.shape.slice(0, 0, rows), patterns.translation.slice(0, 0, rows)}.to(
          device);
  const Interaction truth = interaction_from(batch, hands);
  const PerHand<HandMesh> is = posed(truth, hands),
                          rebuilt = posed(prior->decode(prior->encode(truth, hands).mean, hands), hands);
  const torch::Tensor errors = joint_errors_mm(is, rebuilt), order = errors.argsort();

  PictureList list(folder);
  const auto add = [&](const std::string& name, int64_t row, const char* group) {
    const HandSurfaces true_surfaces = surfaces_at_origin(is, row, hands);
    const double radius = radius_of(true_surfaces);
    list.add(name,
             beside({two_views(true_surfaces, radius, "truth"),
                     two_views(surfaces_at_origin(rebuilt, row, hands), radius, "reconstruction")},
                    12),
             group,
             c10::str("pattern ", row, ": ", number(errors[row].item<double>()), " mm mean joint error, right wrist's frame"));
  };
  const int64_t worst = std::min(count, rows), best = std::min(count, rows - worst);
  for (int64_t i = 0; i < worst; ++i)
    add(c10::str("worst_", i + 1), order[rows - 1 - i].item<int64_t>(), "Worst reconstructions");
  for (int64_t i = 0; i < best; ++i) add(c10::str("best_", i + 1), order[i].item<int64_t>(), "Best reconstructions");

  const torch::Tensor z = normal_tensor({kDraws, prior->config().latent}, seed.derive("pictures"), device);
  const PerHand<HandMesh> drawn = posed(prior->decode(z, hands), hands);
  std::vector<cv::Mat> grid;
  for (int64_t first = 0; first < kDraws; first += kDrawsPerRow) {
    std::vector<cv::Mat> panels;
    for (int64_t i = first; i < first + kDrawsPerRow; ++i) {
      const HandSurfaces surfaces = surfaces_at_origin(drawn, i, hands);
      panels.push_back(draw_framed(surfaces, 0, radius_of(surfaces)));
    }
    grid.push_back(beside(panels, 3));
  }
  list.add("samples", stacked(grid, 3), "Unconditional samples",
           c10::str(kDraws, " draws z ~ N(0, I), decoded; no encoder, no picture"));
  list.write_list();
}

}  // namespace interprior
