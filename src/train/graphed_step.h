#pragma once
#include <torch/types.h>

#include <optional>

#include "interprior/base/autocast.h"
#include "interprior/base/cuda_graph.h"
#include "interprior/base/error.h"
#include "interprior/base/recorded_random_tensors.h"
#include "interprior/train/task.h"
#include "optimiser.h"

namespace interprior {

// Captures whole training steps of a task as CUDA graphs: one graph per phase, captured after a few eager steps.
template <class Batch>
class GraphedStep {
 public:
  // Throws Error when the task's steps need the host.
  GraphedStep(Task<Batch>& task, Optimiser& optimiser, const FitConfig& config, torch::Device device)
      : task_(task), optimiser_(optimiser), config_(config), device_(device) {
    require(task.graph_phase(0).has_value(), task.needs_host() + ", so that its steps cannot be recorded", "fit.cuda_graph",
            "set it to false");
    optimiser_.schedule_on_device();
  }

  // Does a step on this batch; terms() and loss() are valid until the next step.
  void operator()(const Batch& batch, const Step& step) {
    const int64_t index = step.index, phase = *task_.graph_phase(index);
    if (!graph_ || phase != phase_) begin(batch, phase);
    copy_in(batch);
    progress_.copy_(step.progress);
    random_tensors_.refill(step.seed.seed);
    optimiser_.prepare(index);
    const auto work = [this, &step] { do_step(step); };
    if (graph_->recorded()) return graph_->replay();
    if (steps_in_phase_++ < kWarmUp) return graph_->on_its_stream(work);
    graph_->record(work);
    graph_->replay();
  }
  const Terms& terms() const { return terms_; }
  torch::Tensor loss() const { return loss_; }

 private:
  static constexpr int64_t kWarmUp = 3;

  void begin(const Batch& batch, int64_t phase) {
    graph_.reset();
    optimiser_.clear_gradients();
    terms_ = {};
    loss_ = torch::Tensor();
    graph_ = std::make_unique<CudaGraph>(device_, "fit.cuda_graph");
    input_ = batch;
    input_->for_each_tensor([](torch::Tensor& tensor) { tensor = tensor.clone(); });
    progress_ = torch::zeros({}, device_);
    random_tensors_ = {};
    phase_ = phase;
    steps_in_phase_ = 0;
  }

  void copy_in(Batch batch) {
    std::vector<torch::Tensor> from;
    batch.for_each_tensor([&](torch::Tensor& tensor) { from.push_back(tensor); });
    size_t i = 0;
    input_->for_each_tensor([&](torch::Tensor& tensor) { tensor.copy_(from[i++]); });
  }

  void do_step(const Step& step) {
    RowSeed seed = step.seed;
    seed.recorded = &random_tensors_;
    optimiser_.clear_gradients();
    {
      const Autocast autocast(config_.precision == Precision::bf16, device_.type());
      terms_ = task_.losses(*input_, {step.index, progress_, seed});
    }
    loss_ = terms_.total();
    loss_.backward();
    loss_ = loss_.detach();
    optimiser_.update_prepared(loss_);
  }

  Task<Batch>& task_;
  Optimiser& optimiser_;
  const FitConfig& config_;
  torch::Device device_;
  std::unique_ptr<CudaGraph> graph_;
  std::optional<Batch> input_;
  RecordedRandomTensors random_tensors_;
  torch::Tensor progress_, loss_;
  Terms terms_;
  int64_t phase_ = 0, steps_in_phase_ = 0;
};

}  // namespace interprior
