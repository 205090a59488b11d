#include <cstdio>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/pattern_statistics.h"
#include "interprior/synthesis/image_synthesis.h"
#include "run_commands.h"

namespace interprior {
namespace {

HandModel hand_from(const std::string& file) { return file.empty() ? procedural_hand() : read_hand_model(file); }

template <class Config>
Config config_of(const SynthesisFlags& flags, int64_t count) {
  Config config;
  config.count = count;
  config.seed = flags.seed;
  config.threads = flags.threads;
  config.views = flags.views;
  config.hand_variety = flags.hand_variety;
  return config;
}

}  // namespace

void synthesize_images(const SynthesizeImagesFlags& flags) {
  auto config = config_of<ImageSynthesisConfig>(flags, flags.count);
  config.patterns = flags.patterns;
  config.width = flags.width;
  config.height = flags.height;
  config.variety = variety_of(flags.variety);
  synthesize_images(flags.out, hand_from(flags.hand), config);
  std::printf("%lld images in %s\n", static_cast<long long>(config.count), flags.out.c_str());
}

void synthesize_patterns(const SynthesizePatternsFlags& flags) {
  const HandModel hand = hand_from(flags.hand);
  const Patterns made = synthesize_patterns(hand, config_of<InteractionSynthesisConfig>(flags, flags.count));
  write_patterns(flags.out, made);
  std::fputs(statistics_text(pattern_statistics(made, TwoHands(hand))).c_str(), stderr);
  std::printf("%lld patterns in %s\n", static_cast<long long>(made.size()), flags.out.c_str());
}

}  // namespace interprior
