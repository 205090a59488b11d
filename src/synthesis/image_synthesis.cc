#include "interprior/synthesis/image_synthesis.h"

#include <algorithm>
#include <array>

#include "interhand_writer.h"
#include "interprior/base/error.h"
#include "interprior/base/files/partial_folder.h"
#include "interprior/base/parallel.h"
#include "scene_renderer.h"
#include "split_writer.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// 80 / 10 / 10, with at least one in each held-out split if count >= 3.
std::array<int64_t, 3> shares(int64_t count) {
  const int64_t held_out = count < 3 ? 0 : std::max<int64_t>(1, count / 10);
  return {count - 2 * held_out, held_out, held_out};
}

std::vector<SplitPlan> plan_splits(const ImageSynthesisConfig& config) {
  const int64_t patterns = config.patterns == 0 ? config.count : std::min(config.patterns, config.count);
  const auto images = shares(config.count), distinct = shares(patterns);
  std::vector<SplitPlan> plans;
  int64_t first = 0, first_pattern = 0;
  for (size_t split = 0; split < 3; ++split) {
    if (images[split] > 0)
      plans.push_back({kSplitNames[split], first, images[split], first_pattern, std::min(distinct[split], images[split])});
    first += images[split];
    first_pattern += distinct[split];
  }
  return plans;
}

}  // namespace

void synthesize_images(const fs::path& root, const HandModel& hand, const ImageSynthesisConfig& config) {
  require(config.count > 0, "the number of images must be above 0");
  require(config.patterns == 0 || config.patterns >= 3 || config.count < 3,
          "fewer than 3 patterns cannot be split into train, val and test", "", "give 0 (one per image) or at least 3");
  require(config.views >= 0 && config.views <= 180, "views must be between 0 and 180 degrees");
  require(config.width >= 64 && config.height >= 64 && config.width <= 8192 && config.height <= 8192,
          "images must have 64 to 8192 pixels per side");
  config.variety.check();
  PartialFolder folder(root);
  const std::vector<SplitPlan> plans = plan_splits(config);
  InteractionSynthesisConfig wanted;
  wanted.count = plans.back().first_pattern + plans.back().patterns;
  // Differs from the seeds of `synthesize patterns`, so that a prior trained on those has not seen these patterns.
  wanted.seed = static_cast<int64_t>(Seed{static_cast<uint64_t>(config.seed)}.derive("patterns of images").value);
  wanted.hand_variety = config.hand_variety;
  wanted.threads = config.threads;
  const Patterns patterns = synthesize_patterns(hand, wanted);
  const SceneRenderer renderer(hand, config.variety);
  int64_t first_capture = 0;
  for (const SplitPlan& plan : plans) {
    SplitWriter writer(hand, config, plan, first_capture, patterns, renderer);
    const fs::path images = folder.temporary() / "images" / plan.name;
    for_each_index(writer.chunks(), config.threads, [&](int64_t chunk) { writer.write_chunk(chunk, images); });
    write_interhand_annotations(folder.temporary(), plan.name, writer.captures(), writer.images());
    first_capture += static_cast<int64_t>(writer.captures().size());
  }
  folder.commit();
}

}  // namespace interprior
