#include <torch/types.h>
#include <torch/utils.h>

#include <mutex>

#include "evaluation_mode.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/loader.h"
#include "interprior/infer/evaluation.h"
#include "interprior/infer/hypotheses.h"
#include "interprior/infer/original_camera.h"

namespace interprior {
namespace {

constexpr int64_t kReported = 5;  // damaged samples that are named in the log

// A data set whose damaged samples stay empty rows, counted and named, instead of ending the evaluation.
class WithoutDamaged : public Dataset<ImageBatch> {
 public:
  explicit WithoutDamaged(const Dataset<ImageBatch>& data) : data_(data) {}
  int64_t size() const override { return data_.size(); }
  ImageBatch allocate(int64_t rows) const override { return data_.allocate(rows); }
  void fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const override {
    try {
      data_.fill(index, seed, slot, row);
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

// Predictions and truth of one batch in the axes of the cameras that took the pictures.
class BatchReader {
 public:
  BatchReader(Sampler network, const TwoHands& hands, int64_t hypotheses)
      : network_(std::move(network)), hands_(hands), hypotheses_(hypotheses) {}

  HandSet predictions(const ImageBatch& batch, const Reconstruction& said) {
    const int64_t size = batch.image.size(2);
    const HandsInCamera hands = in_original_camera(said.pose, said.conditional.view.camera, batch.camera, size);
    const PerHand<HandMesh> mesh = hands_(hands.pose);
    HandSet set = named(batch);
    set_parameters(set, mano_parameters(hands, hands_));
    set.joints =
        cpu(torch::stack({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1) + hands.root_in_camera.view({-1, 1, 1, 3}));
    add_hypotheses(set, network_, said, batch.camera, size, hands_, hypotheses_);
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
};

}  // namespace

PredictedSet predict_set(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data, int64_t batch, int64_t workers,
                         torch::Device device, int64_t hypotheses,
                         const std::function<void(int64_t done, int64_t all)>& progress,
                         const std::function<void(const ImageBatch& seen, const Reconstruction& said)>& look) {
  require(hypotheses >= 1, c10::str(hypotheses, " hypotheses cannot be drawn"), "hypotheses", "give 1 or more");
  const torch::NoGradGuard no_grad;
  const EvaluationMode mode(*network);
  network->to(device);
  BatchReader reader(network, hands, hypotheses);
  const WithoutDamaged readable(data);
  Loader<ImageBatch> loader(readable, LoaderConfig{batch, workers, 2}, Walk{.seed = Seed{0}, .shuffle = false, .endless = false});
  std::vector<HandSet> predictions, truth;
  int64_t done = 0;
  while (const std::optional<ImageBatch> loaded = loader.next()) {
    const torch::Tensor kept = loaded_rows(*loaded);
    if (kept.numel() > 0) {
      const ImageBatch here = loaded->to(device);
      const Reconstruction said = network->forward(here.image, hands);
      if (look) look(here, said);
      predictions.push_back(rows(reader.predictions(here, said), kept));
      truth.push_back(rows(reader.truth(here), kept));
    }
    done += loaded->size();
    if (progress) progress(done, data.size());
  }
  require(!predictions.empty(), "no sample of the data set can be loaded", "", readable.first());
  PredictedSet set{concatenated(predictions), concatenated(truth), {}};
  if (readable.damaged() > 0) set.skipped["sample_unreadable"] = readable.damaged();
  return set;
}

}  // namespace interprior
