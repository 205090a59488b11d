#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/patterns.h"
#include "interprior/infer/hand_file.h"
#include "interprior/infer/prior_sampling.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/interaction/pattern_statistics.h"
#include "interprior/metric/plausible.h"
#include "interprior/model/checkpoint.h"
#include "interprior/report/draw_image.h"
#include "interprior/train/device.h"
#include "run_commands.h"

namespace interprior {
namespace {

// Rows of the seed's noise from `number` on; they do not depend on the count.
torch::Tensor noise_rows(const SampleFlags& flags, int64_t number, int64_t rows, int64_t latent) {
  return normal_tensor({rows, latent}, RowSeed(Seed{static_cast<uint64_t>(flags.seed)}.derive("sample"), number));
}

torch::Tensor noise_of(const SampleFlags& flags, int64_t latent) {
  if (flags.interpolate.empty()) return noise_rows(flags, 0, flags.count, latent);
  return noise_walk(noise_rows(flags, flags.interpolate[0], 1, latent)[0], noise_rows(flags, flags.interpolate[1], 1, latent)[0],
                    flags.count);
}

// Splits of the samples: 80 % train, 10 % val, 10 % test.
torch::Tensor splits(int64_t count, Seed seed) {
  torch::Tensor split = torch::zeros({count}, torch::kInt64);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t tenth = Random(seed.derive("split").derive(static_cast<uint64_t>(i))).integer(10);
    split.data_ptr<int64_t>()[i] = tenth < 8 ? 0 : tenth - 7;
  }
  return split;
}

Patterns patterns_of(const Interaction& interaction, const TwoHands& hands, Seed seed, const std::string& modality) {
  const torch::Tensor upright = torch::eye(3, interaction.left_from_right.options()).expand_as(interaction.left_from_right);
  const PatternBatch rows = pattern_from(pose_from(interaction, upright), hands).to(torch::kCPU);
  const int64_t count = rows.pose.size(0);
  Patterns patterns;
  patterns.pose = rows.pose;
  patterns.shape = rows.shape;
  patterns.translation = rows.translation;
  patterns.source = patterns.modality = torch::zeros({count}, torch::kInt64);
  patterns.seed = torch::full({count}, static_cast<int64_t>(seed.value), torch::kInt64);
  patterns.split = splits(count, seed);
  patterns.sources = {"prior"};
  patterns.modalities = {modality};
  return patterns;
}

}  // namespace

void sample(const SampleFlags& flags) {
  const torch::Device device = device_named(flags.device);
  CheckpointInfo info;
  InteractionPrior prior = load_prior(flags.checkpoint, &info);
  const std::string hand_file = flags.hand.empty() ? hand_file_of(info, flags.checkpoint).string() : flags.hand;
  const HandModel hand = read_hand_model(hand_file);
  require_same_hand(info, hand, hand_file);
  require(flags.interpolate.empty() || flags.count > 1, "an interpolation has two ends", "--count", "take at least 2");
  const TwoHands hands(hand, device);
  prior->to(device);

  const double temperature = flags.temperature > 0 ? flags.temperature : prior->temperature();
  const torch::Tensor noise = temperature * noise_of(flags, prior->config().latent).to(device);
  const SampledInteractions samples = interactions_of_noise(prior, hands, noise);
  const Patterns patterns = patterns_of(samples.interaction, hands, Seed{static_cast<uint64_t>(flags.seed)},
                                        flags.interpolate.empty() ? "draw" : "interpolation");
  const torch::Tensor finite = (patterns.pose.flatten(1).isfinite().all(1) & patterns.translation.flatten(1).isfinite().all(1));
  require(finite.all().item<bool>(),
          c10::str(finite.logical_not().sum().item<int64_t>(), " of ", flags.count, " samples are not finite"), flags.checkpoint,
          "this prior is not trained enough; train it longer or lower --temperature");
  write_patterns(flags.out, patterns);
  if (!flags.draw.empty()) write_samples(flags.draw, samples.interaction, hands);

  std::fputs(statistics_text(pattern_statistics(patterns, TwoHands(hand))).c_str(), stderr);
  std::printf("%lld patterns in %s (%s, temperature %.3g); %lld had penetrating hands and were separated\n",
              static_cast<long long>(patterns.size()), flags.out.c_str(), name_of(prior->config().density).c_str(), temperature,
              static_cast<long long>((samples.moved > 0).sum().item<int64_t>()));
  if (!flags.draw.empty()) std::printf("images and meshes in %s\n", flags.draw.c_str());
  if (const int64_t left = samples.overlapping.sum().item<int64_t>(); left > 0)
    log_warning(c10::str(left, " of ", flags.count, " patterns still have penetrating hands: separating them failed"));
}

}  // namespace interprior
