#include "interprior/report/sample_image.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <cmath>
#include <map>

#include "hypothesis_meshes.h"
#include "image_list.h"
#include "interprior/base/error.h"
#include "interprior/base/table.h"
#include "interprior/hand/skeleton.h"
#include "interprior/metric/hand_sets/hand_sets.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"
#include "turnable.h"

namespace interprior {
namespace {

// Heatmaps H shown when there is one per joint: a fingertip and the middle MCP joint of both hands.
constexpr std::array<int64_t, 4> kShownMaps = {8, kMiddleMcp, kJoints + 8, kJoints + kMiddleMcp};

Pinhole camera_of(const Camera& camera, int64_t row, int64_t size) {
  const torch::Tensor focal = camera.focal[row].to(torch::kCPU, torch::kFloat64),
                      principal = camera.principal[row].to(torch::kCPU, torch::kFloat64);
  return {focal[0].item<double>(), focal[1].item<double>(), principal[0].item<double>(), principal[1].item<double>(), size, size};
}

Vector3 vector_of(const torch::Tensor& row) {
  const torch::Tensor values = row.detach().to(torch::kCPU, torch::kFloat64);
  return {values[0].item<double>(), values[1].item<double>(), values[2].item<double>()};
}

cv::Mat maps_panel(const torch::Tensor& maps, const cv::Mat& crop) {
  torch::Tensor shown = maps.detach().to(torch::kCPU, torch::kFloat32).clamp(0, 1);
  if (shown.size(0) > kShownMaps.back())
    shown = shown.index_select(0, torch::tensor(std::vector<int64_t>(kShownMaps.begin(), kShownMaps.end())));
  return panel(draw_heatmaps(shown, shown.size(0) > 1 ? 2 : 1, crop));
}

ImageBatch batch_of(const ImageDataset& data, const std::vector<std::string>& samples) {
  std::map<std::string, int64_t> index;
  const auto& records = data.index().usable;
  for (size_t i = 0; i < records.size(); ++i) index[records.sample(i)] = static_cast<int64_t>(i);
  ImageBatch batch = data.allocate(static_cast<int64_t>(samples.size()));
  for (size_t row = 0; row < samples.size(); ++row) {
    const auto found = index.find(samples[row]);
    require(found != index.end(), "an evaluated sample is not in the data set", samples[row], "evaluate again");
    data.fill(found->second, Seed{0}, batch, static_cast<int64_t>(row));
  }
  return batch;
}

// The predictions of these samples as evaluated, with their hypotheses; nothing if the folder has no hypotheses.
std::vector<HandSet> predictions_with_hypotheses(const std::filesystem::path& folder, const std::vector<std::string>& samples) {
  const std::filesystem::path file = folder / "predictions.h5";
  if (!std::filesystem::exists(file)) return {};
  const HandSets sets(std::vector<std::filesystem::path>{file});
  if (!sets.has(&HandSet::hypotheses_pose)) return {};
  std::vector<HandSet> found;
  for (const int64_t row : IdRows(sets).rows_of(samples)) found.push_back(sets.rows(row, row + 1));
  return found;
}

}  // namespace

std::vector<DrawnSample> draw_samples(const ImageBatch& batch, const Reconstruction& reconstruction, const SamplerConfig& model,
                                      const TwoHands& hands) {
  const torch::NoGradGuard no_gradients;
  const Annotation annotation{batch.pose,     batch.root_in_camera, batch.joints_in_camera, batch.joint_valid,
                              batch.has_mano, batch.mask,           batch.mask_valid};
  const SamplerTruth truth = sampler_truth(model, annotation, batch.camera, hands);
  const PerHand<HandMesh> predicted = hands(reconstruction.pose);
  const int64_t size = batch.image.size(3);
  const torch::Tensor root = root_from_view_camera(reconstruction.conditional.view.camera, batch.camera, size);
  const torch::Tensor has_mano = batch.has_mano.to(torch::kCPU);

  std::vector<DrawnSample> samples;
  for (int64_t row = 0; row < batch.size(); ++row) {
    const cv::Mat crop = image_of(batch.image[row]);
    const Pinhole camera = camera_of(batch.camera, row, size);
    HandSurfaces ground_truth = surfaces_of(truth.mesh, row, vector_of(batch.root_in_camera[row]), hands);
    const HandSurfaces prediction = surfaces_of(predicted, row, vector_of(root[row]), hands);
    for (const Side side : kSides)
      if (!has_mano[row][static_cast<int64_t>(side)].item<bool>()) ground_truth[side] = Mesh{};
    const double radius =
        radius_of(ground_truth.right.vertices.empty() && ground_truth.left.vertices.empty() ? prediction : ground_truth);
    std::vector<cv::Mat> panels = {titled(panel(crop), "image"),
                                   titled(draw_surfaces(ground_truth, camera, crop), "ground truth"),
                                   titled(draw_surfaces(prediction, camera, crop), "prediction"),
                                   titled(draw_framed(ground_truth, M_PI / 2, radius), "ground truth, from the side"),
                                   titled(draw_framed(prediction, M_PI / 2, radius), "prediction, from the side")};
    if (truth.heatmap.maps.defined() && truth.heatmap.maps.size(1) > 0) {
      panels.push_back(titled(maps_panel(truth.heatmap.maps[row], crop), "H, target"));
      panels.push_back(titled(maps_panel(reconstruction.features.iah[row], crop), "H, predicted"));
    }
    std::vector<NamedMesh> meshes = named_meshes("ground truth", ground_truth);
    for (NamedMesh& mesh : named_meshes("prediction", prediction)) meshes.push_back(std::move(mesh));
    samples.push_back({beside(panels, 3), std::move(meshes)});
  }
  return samples;
}

void write_sample_images(const std::filesystem::path& folder, const EvaluatedImages& evaluated, size_t count) {
  const torch::NoGradGuard no_gradients;
  const Metrics& metrics = evaluated.evaluation.metrics;
  Sampler network = evaluated.network;
  const size_t worst = std::min(count, metrics.worst.size()),
               best = std::min({count, metrics.best.size(), static_cast<size_t>(metrics.samples) - worst});
  std::vector<RankedSample> shown(metrics.worst.begin(), metrics.worst.begin() + static_cast<int64_t>(worst));
  shown.insert(shown.end(), metrics.best.begin(), metrics.best.begin() + static_cast<int64_t>(best));
  ImageList list(folder);
  if (!shown.empty()) {
    std::vector<std::string> samples;
    for (const RankedSample& sample : shown) samples.push_back(sample.sample);
    const ImageBatch batch = batch_of(evaluated.images, samples).to(network->parameters().front().device());
    const Reconstruction reconstruction = network->forward(batch.image, evaluated.hands);
    auto drawn = draw_samples(batch, reconstruction, network->config(), evaluated.hands);
    const std::vector<HandSet> predictions = predictions_with_hypotheses(folder, samples);
    for (size_t i = 0; i < shown.size(); ++i) {
      const bool is_worst = i < worst;
      std::string note;
      if (!predictions.empty()) {
        const torch::Tensor crop_from_camera = batch.camera.camera_from_original[static_cast<int64_t>(i)];
        for (NamedMesh& mesh : hypothesis_meshes(predictions[i], "hypotheses", evaluated.hands, crop_from_camera))
          drawn[i].meshes.push_back(std::move(mesh));
        note = hypothesis_note(predictions[i]);
      }
      list.add(
          c10::str(is_worst ? "worst_" : "best_", is_worst ? i + 1 : i - worst + 1), drawn[i].image,
          is_worst ? "Worst samples" : "Best samples",
          c10::str(samples[i], ": ", number(shown[i].error_mm), " mm mean joint error (", name_of(metrics.protocol), ")", note),
          drawn[i].meshes);
    }
  }
  list.write_list();
}

}  // namespace interprior
