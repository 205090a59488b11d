#include "interprior/distributed/gradient_average.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

namespace interprior {
namespace {

constexpr int64_t kBucketBytes = int64_t{25} << 20, kFirstBucketBytes = int64_t{1} << 20;

struct Arrival : torch::autograd::FunctionPostHook {
  explicit Arrival(std::function<void()> what) : then(std::move(what)) {}
  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                            const torch::autograd::variable_list&) override {
    then();
    return outputs;
  }
  std::function<void()> then;
};

// View of a flat tensor with a parameter's sizes and strides (channels last included).
torch::Tensor place_in(const torch::Tensor& flat, int64_t begin, const torch::Tensor& parameter) {
  return flat.as_strided(parameter.sizes(), parameter.strides(), flat.storage_offset() + begin);
}

}  // namespace

GradientAverage::GradientAverage(std::vector<torch::Tensor> parameters, std::shared_ptr<Communicator> communicator)
    : parameters_(std::move(parameters)), communicator_(std::move(communicator)), bucket_of_(parameters_.size()) {
  if (communicator_->ranks() == 1) return;
  // The last parameters' gradients are ready first; a small first bucket starts the communication early.
  int64_t bytes = 0;
  for (size_t i = parameters_.size(); i-- > 0;) {
    const int64_t limit = buckets_.size() <= 1 ? kFirstBucketBytes : kBucketBytes;
    const bool fits = !buckets_.empty() && bytes + static_cast<int64_t>(parameters_[i].nbytes()) <= limit &&
                      buckets_.back().parameters.back().scalar_type() == parameters_[i].scalar_type();
    if (!fits) buckets_.emplace_back(), bytes = 0;
    buckets_.back().parameters.push_back(parameters_[i]);
    bytes += static_cast<int64_t>(parameters_[i].nbytes());
    bucket_of_[i] = buckets_.size() - 1;
  }
  for (Bucket& bucket : buckets_) {
    int64_t numbers = 0;
    for (const torch::Tensor& parameter : bucket.parameters) numbers += parameter.numel();
    bucket.flat = torch::zeros({numbers}, bucket.parameters.front().options().requires_grad(false));
  }
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto node = torch::autograd::impl::grad_accumulator(parameters_[i]);
    const uintptr_t key = node->add_post_hook(std::make_unique<Arrival>([this, i] { arrived(i); }));
    remove_hooks_.push_back([node, key] { node->del_post_hook(key); });
  }
}

GradientAverage::~GradientAverage() {
  for (const auto& remove : remove_hooks_) remove();
}

void GradientAverage::backward(const torch::Tensor& loss, bool last) {
  sending_ = last && !buckets_.empty();
  if (sending_) {
    next_ = 0;
    for (Bucket& bucket : buckets_) bucket.arrived = 0;
  }
  loss.backward();
  sending_ = false;
}

void GradientAverage::arrived(size_t parameter) {
  const std::lock_guard lock(mutex_);
  if (!sending_) return;
  ++buckets_[bucket_of_[parameter]].arrived;
  while (next_ < buckets_.size() && buckets_[next_].arrived == buckets_[next_].parameters.size())
    pack_and_send(buckets_[next_++]);
}

void GradientAverage::pack_and_send(Bucket& bucket) {
  torch::NoGradGuard no_grad;
  int64_t begin = 0;
  for (torch::Tensor& parameter : bucket.parameters) {
    torch::Tensor place = place_in(bucket.flat, begin, parameter);
    if (parameter.grad().defined())
      place.copy_(parameter.grad());
    else
      place.zero_();
    begin += parameter.numel();
  }
  bucket.pending = communicator_->begin_average(bucket.flat);
}

torch::Tensor GradientAverage::finish(const torch::Tensor& loss) {
  if (buckets_.empty()) return loss;
  const std::lock_guard lock(mutex_);
  while (next_ < buckets_.size()) pack_and_send(buckets_[next_++]);
  const torch::Tensor mean = loss.detach().clone().contiguous();
  const auto mean_pending = communicator_->begin_average(mean);
  torch::NoGradGuard no_grad;
  for (Bucket& bucket : buckets_) {
    bucket.pending->wait();
    bucket.pending.reset();
    int64_t begin = 0;
    for (torch::Tensor& parameter : bucket.parameters) {
      if (parameter.grad().defined()) parameter.mutable_grad() = place_in(bucket.flat, begin, parameter);
      begin += parameter.numel();
    }
  }
  mean_pending->wait();
  return mean;
}

}  // namespace interprior
