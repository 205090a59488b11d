#include "fit_starts.h"

#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 512, kLooked = 256;
constexpr double kDistinct = 0.52;                // rad: 30 degrees
constexpr double kNearest = 0.1, kFarthest = 10;  // m, of a start

// Uniform on SO(3): normalised Gaussian quaternions (Shoemake 1992).
torch::Tensor random_rotations(int64_t count, Seed seed) {
  const torch::Tensor numbers = normal_tensor({count, 4}, seed).to(torch::kFloat64), q = numbers / numbers.norm(2, {1}, true);
  const torch::Tensor w = q.select(1, 0), x = q.select(1, 1), y = q.select(1, 2), z = q.select(1, 3);
  return torch::stack(
             {1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 2 * (x * y + w * z), 1 - 2 * (x * x + z * z),
              2 * (y * z - w * x), 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)},
             1)
      .view({count, 3, 3});
}

// Rotation about the optical axis by `angle` (N).
torch::Tensor roll(const torch::Tensor& angle) {
  const torch::Tensor c = angle.cos(), s = angle.sin(), zero = torch::zeros_like(c), one = torch::ones_like(c);
  return torch::stack({c, -s, zero, s, c, zero, zero, zero, one}, 1).view({-1, 3, 3});
}

// Indices of `count` of the rotations (N,3,3), best first: greedily those farther than kDistinct from the ones already chosen,
// then the best of the others.
std::vector<int64_t> distinct(const torch::Tensor& rotations, int64_t count) {
  const torch::Tensor flat = rotations.flatten(1), cosine = ((flat.matmul(flat.t()) - 1) / 2).to(torch::kCPU).contiguous();
  const auto near = cosine.accessor<double, 2>();
  std::vector<int64_t> kept, others;
  for (int64_t i = 0; i < rotations.size(0); ++i) {
    bool far = true;
    for (const int64_t k : kept) far = far && near[i][k] < std::cos(kDistinct);
    (far ? kept : others).push_back(i);
    if (static_cast<int64_t>(kept.size()) == count) return kept;
  }
  for (size_t i = 0; static_cast<int64_t>(kept.size()) < count; ++i) kept.push_back(others[i]);
  return kept;
}

}  // namespace

FitStarts::FitStarts(const StatePrior& prior, const PairJointModel& joints, int64_t library, Seed seed, torch::Device device)
    : code_(prior.sample(library, seed.derive("codes"))), rotation_(random_rotations(library, seed.derive("views")).to(device)) {
  std::vector<torch::Tensor> chunks;
  for (int64_t begin = 0; begin < library; begin += kChunk) {
    const torch::Tensor state = prior.state(code_.slice(0, begin, begin + kChunk));
    chunks.push_back(joints.joints(state).matmul(rotation_.slice(0, begin, begin + kChunk).transpose(1, 2)));
  }
  joints_ = torch::cat(chunks);
}

FitPoint FitStarts::operator()(const FitObservations& observations, int64_t count) const {
  // Points as complex numbers: the best-fitting similarity b = alpha a + beta, with |alpha| = 1 / depth.
  const torch::Tensor weight = observations.confidence + observations.joint_confidence;
  const torch::Tensor w = weight / weight.sum(1, true);
  const torch::Tensor a = torch::complex(joints_.select(2, 0), joints_.select(2, 1));                        // (L,42)
  const torch::Tensor b = torch::complex(observations.point.select(2, 0), observations.point.select(2, 1));  // (B,42)
  const torch::Tensor wc = torch::complex(w, torch::zeros_like(w));
  const torch::Tensor a_mean = wc.matmul(a.t()), b_mean = (wc * b).sum(1, true);  // (B,L), (B,1)
  const torch::Tensor product = (wc * b).matmul(a.conj().t()) - b_mean * a_mean.conj();
  const torch::Tensor a_norm = w.matmul(a.abs().square().t()) - a_mean.abs().square();
  const torch::Tensor alpha = product / a_norm.clamp_min(1e-12);
  const torch::Tensor explained = product.abs().square() / a_norm.clamp_min(1e-12);  // of the points' variance

  const torch::Tensor best = std::get<1>(explained.topk(std::min<int64_t>(kLooked, explained.size(1)), 1));
  std::vector<torch::Tensor> index, rotation, place;
  for (int64_t row = 0; row < b.size(0); ++row) {
    const torch::Tensor scale = alpha[row].index_select(0, best[row]);
    const torch::Tensor turned = torch::matmul(roll(scale.angle()), rotation_.index_select(0, best[row]));
    const torch::Tensor some = torch::tensor(distinct(turned, count)).to(best.device());
    const torch::Tensor chosen = best[row].index_select(0, some), chosen_scale = scale.index_select(0, some);
    index.push_back(chosen);
    rotation.push_back(turned.index_select(0, some));
    // The right wrist is at a = 0; the depth is that of the weighted mean.
    const torch::Tensor wrist = b_mean[row] - chosen_scale * a_mean[row].index_select(0, chosen);
    const torch::Tensor middle = (joints_.index_select(0, chosen).select(2, 2) * w[row]).sum(1);
    const torch::Tensor depth = (1 / chosen_scale.abs().clamp_min(1e-6) - middle).clamp(kNearest, kFarthest);
    place.push_back(torch::stack({torch::real(wrist), torch::imag(wrist), depth.log()}, 1));
  }
  return {code_.index_select(0, torch::cat(index)), torch::cat(rotation), torch::cat(place)};
}

}  // namespace interprior
