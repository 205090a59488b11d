#include "flow_fit.h"

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 4096;
constexpr int64_t kWarmup = 50;
constexpr int64_t kMomentSamples = 65536;
constexpr double kMinGain = 0.05;                    // nats: smallest gain for which the flow is kept
constexpr int64_t kCheckEvery = 200, kPatience = 8;  // steps between evaluations on held-out codes; evaluations without gain
constexpr double kWeightDecay = 0.01, kLargestGradient = 1;
constexpr double kEmaDecay = 0.99;  // EMA decay; the EMA weights are the result

// Makes parameters trainable for one scope.
class Learning {
 public:
  explicit Learning(const std::vector<torch::Tensor>& parameters) : parameters_(parameters), gradient_(true) {
    for (torch::Tensor& parameter : parameters_) parameter.requires_grad_(true);
  }
  ~Learning() {
    for (torch::Tensor& parameter : parameters_) {
      parameter.mutable_grad().reset();
      parameter.requires_grad_(false);
    }
  }
  Learning(const Learning&) = delete;
  Learning& operator=(const Learning&) = delete;

 private:
  std::vector<torch::Tensor> parameters_;
  torch::AutoGradMode gradient_;
};

// Linear warm-up, then a cosine down to zero.
double rate(int64_t step, int64_t steps) {
  const double rise = std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(std::min(kWarmup, steps)));
  return rise * 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps)));
}

double mean_log_density(InteractionPrior& prior, const torch::Tensor& codes) {
  const torch::NoGradGuard no_grad;
  double sum = 0;
  for (const torch::Tensor& some : codes.split(kChunk))
    sum += prior->flow()->log_density(prior->whitened(some)).sum().item<double>();
  return sum / static_cast<double>(codes.size(0));
}

// The same under the Gaussian with the moments of the training codes, posterior noise included.
double gaussian_log_density(InteractionPrior& prior, const Latent& training, const torch::Tensor& codes) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor means = training.mean.to(torch::kFloat64), mean = means.mean(0), centred = means - mean;
  const torch::Tensor covariance = centred.t().matmul(centred) / static_cast<double>(means.size(0)) +
                                   training.log_variance.to(torch::kFloat64).exp().mean(0).diag();
  const auto [factor, failed] = at::linalg_cholesky_ex(covariance);
  if (failed.item<int64_t>() != 0 || !factor.isfinite().all().item<bool>()) return -std::numeric_limits<double>::infinity();
  const torch::Tensor white = at::linalg_solve_triangular(factor, (codes.to(torch::kFloat64) - mean).t(), /*upper=*/false).t();
  // In the flow's space, which is whitened by the means' moments.
  const torch::Tensor whitening = prior->whitened(torch::eye(mean.size(0), codes.options())) -
                                  prior->whitened(torch::zeros({1, mean.size(0)}, codes.options()));
  const torch::Tensor volume = factor.diagonal().log().sum() + whitening.to(torch::kFloat64).diagonal().log().sum();
  return (normal_log_density(white).mean() - volume).item<double>();
}

torch::Tensor rows_of_step(int64_t count, int64_t batch, Seed seed, torch::Device device) {
  const torch::Tensor share = uniform_tensor({batch}, seed);
  return (share * count).to(torch::kInt64).clamp_max(count - 1).to(device);
}

using Weights = std::vector<torch::Tensor>;

Weights copied(const Weights& weights) {
  Weights copies;
  for (const torch::Tensor& one : weights) copies.push_back(one.detach().clone());
  return copies;
}

void put(const Weights& into, const Weights& from) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < into.size(); ++i) torch::Tensor(into[i]).copy_(from[i]);
}

// Keeps the weights with the highest log-likelihood of held-out codes (sampled from their posteriors), initial weights included.
class BestFlow {
 public:
  BestFlow(InteractionPrior& prior, const torch::Tensor& held_out)
      : prior_(prior), held_out_(held_out), parameters_(prior->flow()->parameters()) {
    look(parameters_);
  }
  // Evaluates and, if better, keeps these weights; the flow's weights are unchanged. Returns whether they are better.
  bool look(const Weights& weights) {
    const Weights now = copied(parameters_), candidate = copied(weights);
    put(parameters_, candidate);
    const double found = mean_log_density(prior_, held_out_);
    put(parameters_, now);
    if (!(found > log_density_)) return false;  // also when it is NaN
    log_density_ = found;
    weights_ = candidate;
    return true;
  }
  // Copies the best weights into the prior's flow; false when no evaluation was finite.
  bool restore() const {
    if (!weights_.empty()) put(parameters_, weights_);
    return !weights_.empty();
  }
  double log_density() const { return log_density_; }

 private:
  InteractionPrior& prior_;
  torch::Tensor held_out_;
  Weights parameters_, weights_;
  double log_density_ = -std::numeric_limits<double>::infinity();
};

void learn(InteractionPrior& prior, const Latent& training, const FlowFitConfig& config, Seed seed, BestFlow& best) {
  const Weights parameters = prior->flow()->parameters();
  const Weights ema_weights = copied(parameters);
  int64_t without_gain = 0;
  {
    const Learning learning(parameters);
    torch::optim::AdamW optimiser(parameters, torch::optim::AdamWOptions(config.learning_rate).weight_decay(kWeightDecay));
    const torch::Device device = training.mean.device();
    for (int64_t step = 0; step < config.steps; ++step) {
      const Seed here = seed.derive(static_cast<uint64_t>(step));
      const torch::Tensor rows = rows_of_step(training.mean.size(0), config.batch, here.derive("rows"), device);
      const Latent some{training.mean.index_select(0, rows), training.log_variance.index_select(0, rows)};
      const torch::Tensor codes = sample(some, normal_tensor(some.mean.sizes(), here.derive("posterior"), device));
      const torch::Tensor loss = -prior->flow()->log_density(prior->whitened(codes)).mean() / codes.size(1);
      if (!loss.isfinite().item<bool>()) break;
      for (auto& group : optimiser.param_groups())
        static_cast<torch::optim::AdamWOptions&>(group.options()).lr(config.learning_rate * rate(step, config.steps));
      optimiser.zero_grad();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(parameters, kLargestGradient);
      optimiser.step();
      const torch::NoGradGuard no_grad;
      const double done = static_cast<double>(step), follow = 1 - std::min(kEmaDecay, (done + 1) / (done + 10));
      for (size_t i = 0; i < parameters.size(); ++i) torch::Tensor(ema_weights[i]).lerp_(parameters[i].detach(), follow);
      if ((step + 1) % kCheckEvery != 0 && step + 1 < config.steps) continue;
      without_gain = best.look(ema_weights) ? 0 : without_gain + 1;
      if (without_gain >= kPatience) break;
    }
  }
}

// The layers are fitted to codes with posterior noise, which is much larger than the variation of the means in dimensions that
// the decoder hardly uses. The affine map gives the flow's samples the moments of the whitened means: 0 and 1.
void match_moments(InteractionPrior& prior, int64_t size, torch::Device device, Seed seed) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor noise = normal_tensor({kMomentSamples, size}, seed, device);
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& some : noise.split(kChunk)) parts.push_back(prior->flow()->forward(some).to(torch::kFloat64));
  const torch::Tensor samples = torch::cat(parts), mean = samples.mean(0), centred = samples - mean;
  const auto [factor, failed] = at::linalg_cholesky_ex(centred.t().matmul(centred) / static_cast<double>(kMomentSamples));
  if (failed.item<int64_t>() != 0 || !factor.isfinite().all().item<bool>()) return;
  const torch::Tensor whitening =
      at::linalg_solve_triangular(factor, torch::eye(factor.size(0), factor.options()), /*upper=*/false);
  prior->flow()->set_affine(-whitening.mv(mean), whitening);
}

}  // namespace

FlowFit fit_flow(InteractionPrior prior, const Latent& training, const Latent& held_out, const FlowFitConfig& config, Seed seed) {
  require(!prior->flow().is_empty(), "this prior has no flow", "fit_flow");
  const auto begin = std::chrono::steady_clock::now();
  FlowFit fit;
  prior->flow()->reset_affine();
  const torch::Tensor codes =
      sample(held_out, normal_tensor(held_out.mean.sizes(), seed.derive("held-out"), held_out.mean.device()));
  BestFlow best(prior, codes);
  fit.gaussian_log_density = fit.log_density = gaussian_log_density(prior, training, codes);
  if (training.mean.isfinite().all().item<bool>() && training.log_variance.isfinite().all().item<bool>())
    learn(prior, training, config, seed, best);
  fit.kept =
      best.restore() && std::isfinite(fit.gaussian_log_density) && best.log_density() > fit.gaussian_log_density + kMinGain;
  if (fit.kept) {
    fit.log_density = best.log_density();
    match_moments(prior, codes.size(1), codes.device(), seed.derive("moments"));
  } else {
    prior->flow()->reset_weights();
  }
  fit.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return fit;
}

}  // namespace interprior
