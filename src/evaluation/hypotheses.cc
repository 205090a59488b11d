#include "interprior/evaluation/hypotheses.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/seed.h"
#include "interprior/data/patterns.h"
#include "interprior/infer/original_camera.h"

namespace interprior {

void add_hypotheses(HandSet& set, Sampler network, const Reconstruction& reconstruction, const Camera& camera, int64_t size,
                    const TwoHands& hands, int64_t count, double temperature) {
  if (count < 2) return;
  const torch::NoGradGuard no_grad;
  const int64_t rows = set.size(), code = reconstruction.conditional.z.mean.size(1);
  const torch::Device device = reconstruction.conditional.z.mean.device();
  const auto of_samples = [&](const RowSeed& seed) {
    std::vector<torch::Tensor> noise;
    for (const std::string& sample : set.sample) noise.push_back(normal_tensor({count, code + 3}, seed.derive(sample)));
    return torch::stack(noise, 1);
  };
  const torch::Tensor noise = sample_tensor(of_samples, Seed{0}.derive("hypotheses"), device);
  const PerHand<HandPose> poses = network->sample(reconstruction, temperature * noise, hands);
  const PatternBatch mano = mano_of_samples(poses, reconstruction.conditional.view.camera, camera, size, hands);
  const auto sample_major = [&](const torch::Tensor& tensor) {
    return tensor.unflatten(0, {count, rows}).transpose(0, 1).to(torch::kCPU).contiguous();
  };
  set.hypotheses_pose = sample_major(mano.pose);
  set.hypotheses_shape = sample_major(mano.shape);
  set.hypotheses_translation = sample_major(mano.translation);
}

}  // namespace interprior
