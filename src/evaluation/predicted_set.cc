#include "interprior/evaluation/predicted_set.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <mutex>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/loader.h"
#include "interprior/data/patterns.h"
#include "interprior/evaluation/hypotheses.h"
#include "interprior/infer/original_camera.h"
#include "interprior/model/evaluation_mode.h"

namespace interprior {
namespace {

constexpr int64_t kReported = 5;  // damaged samples named in the log

// Rows [begin, end) of a data set. A damaged sample becomes an empty row and is counted and logged instead of ending the
// evaluation.
class WithoutDamaged : public Dataset<ImageBatch> {
 public:
  WithoutDamaged(const Dataset<ImageBatch>& data, int64_t begin, int64_t end) : data_(data), begin_(begin), end_(end) {}
  int64_t size() const override { return end_ - begin_; }
  ImageBatch allocate(int64_t rows) const override { return data_.allocate(rows); }
  void fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const override {
    try {
      data_.fill(begin_ + index, seed, slot, row);
    } catch (const Error& error) {
      slot.sample[static_cast<size_t>(row)].clear();
      const std::lock_guard lock(mutex_);
      if (first_.empty()) first_ = error.what();
      if (damaged_++ < kReported) log_warning(error.what());
    }
  }
  int64_t damaged() const { return damaged_; }
  const std::string& first() const { return first_; }

 private:
  const Dataset<ImageBatch>& data_;
  int64_t begin_, end_;
  mutable std::mutex mutex_;
  mutable int64_t damaged_ = 0;
  mutable std::string first_;
};

torch::Tensor cpu(const torch::Tensor& tensor) { return tensor.to(torch::kCPU).contiguous(); }

torch::Tensor loaded_rows(const ImageBatch& batch) {
  std::vector<int64_t> index;
  for (size_t i = 0; i < batch.sample.size(); ++i)
    if (!batch.sample[i].empty()) index.push_back(static_cast<int64_t>(i));
  return torch::tensor(index, torch::kInt64);
}

HandSet named(const ImageBatch& batch) {
  HandSet set;
  set.sample = batch.sample;
  set.group = batch.sequence;
  return set;
}

void set_parameters(HandSet& set, const PatternBatch& mano) {
  set.pose = cpu(mano.pose);
  set.shape = cpu(mano.shape);
  set.translation = cpu(mano.translation);
}

// Predictions and ground truth of one batch in the axes of the original cameras.
class BatchReader {
 public:
  BatchReader(Sampler network, const TwoHands& hands, int64_t hypotheses, double temperature)
      : network_(std::move(network)), hands_(hands), hypotheses_(hypotheses), temperature_(temperature) {}

  HandSet predictions(const ImageBatch& batch, const Reconstruction& prediction) {
    const int64_t size = batch.image.size(2);
    const HandsInCamera hands = in_original_camera(prediction.pose, prediction.conditional.view.camera, batch.camera, size);
    const PerHand<HandMesh> mesh = hands_(hands.pose);
    HandSet set = named(batch);
    set_parameters(set, mano_parameters(hands, hands_));
    set.joints =
        cpu(torch::stack({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1) + hands.root_in_camera.view({-1, 1, 1, 3}));
    add_hypotheses(set, network_, prediction, batch.camera, size, hands_, hypotheses_, temperature_);
    return set;
  }

  HandSet truth(const ImageBatch& batch) const {
    const torch::Tensor original_from_crop = batch.camera.camera_from_original.transpose(1, 2);
    HandSet set = named(batch);
    set_parameters(set, mano_parameters(turned({batch.pose, batch.root_in_camera}, original_from_crop), hands_));
    set.joints =
        cpu(torch::matmul(batch.joints_in_camera, batch.camera.camera_from_original.unsqueeze(1)));  // rows: x^T R = (R^T x)^T
    set.joint_valid = cpu(batch.joint_valid);
    set.hand_valid = cpu(batch.hand_present);
    set.mesh_valid = cpu(batch.has_mano);
    return set;
  }

 private:
  Sampler network_;
  const TwoHands& hands_;
  int64_t hypotheses_;
  double temperature_;
};

}  // namespace

std::map<std::string, int64_t> predict_each(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data,
                                            torch::Device device, const PredictionOptions& options,
                                            const std::function<void(const HandSet& predictions, const HandSet& truth)>& take) {
  require(options.hypotheses >= 1, c10::str(options.hypotheses, " hypotheses cannot be sampled"), "hypotheses", "give 1 or more");
  const torch::NoGradGuard no_grad;
  const EvaluationMode mode(*network);
  network->to(device);
  BatchReader reader(network, hands, options.hypotheses, options.temperature);
  const WithoutDamaged readable(data, options.begin, options.end < 0 ? data.size() : options.end);
  Loader<ImageBatch> loader(readable, LoaderConfig{options.batch, options.workers, 2},
                            SampleOrder{.seed = Seed{0}, .shuffle = false, .endless = false});
  int64_t done = 0, predicted = 0;
  while (const std::optional<ImageBatch> loaded = loader.next()) {
    const torch::Tensor kept = loaded_rows(*loaded);
    if (kept.numel() > 0) {
      const ImageBatch here = loaded->to(device);
      const Reconstruction prediction = network->forward(here.image, hands);
      if (options.look) options.look(here, prediction);
      take(rows(reader.predictions(here, prediction), kept), rows(reader.truth(here), kept));
      predicted += kept.numel();
    }
    done += loaded->size();
    if (options.progress) options.progress(done, readable.size());
  }
  require(predicted > 0, "no sample of the data set can be loaded", "", readable.first());
  std::map<std::string, int64_t> skipped;
  if (readable.damaged() > 0) skipped["sample_unreadable"] = readable.damaged();
  return skipped;
}

PredictedSet predict_set(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data, torch::Device device,
                         const PredictionOptions& options) {
  std::vector<HandSet> predictions, truth;
  PredictedSet set;
  set.skipped =
      predict_each(std::move(network), hands, data, device, options, [&](const HandSet& prediction, const HandSet& ground_truth) {
        predictions.push_back(prediction);
        truth.push_back(ground_truth);
      });
  set.predictions = concatenated(predictions);
  set.truth = concatenated(truth);
  return set;
}

}  // namespace interprior
