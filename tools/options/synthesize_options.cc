#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {
namespace {

void add_hand_flag(CLI::App& command, std::string& hand) {
  command.add_option("--hand", hand, "hand.h5; default: the procedural hand (interprior prepare hand --procedural)")
      ->type_name("FILE");
}

void add_shared_flags(CLI::App& command, SynthesisFlags& flags) {
  command.add_option("--seed", flags.seed, "random seed")->capture_default_str()->type_name("N")->check(CLI::NonNegativeNumber);
  command.add_option("--views", flags.views, "largest angle between view and canonical view; 180: the whole sphere")
      ->capture_default_str()
      ->type_name("DEG")
      ->check(CLI::Range(0.0, 180.0));
  command
      .add_option("--hand-variety", flags.hand_variety,
                  "variety of hands: independent finger articulation, bone proportions; 0: all fingers curl alike")
      ->capture_default_str()
      ->type_name("0..1")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--threads", flags.threads, "threads; 0: one per core. The result does not depend on it")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
}

void add_images(CLI::App& command) {
  const auto flags = std::make_shared<SynthesizeImagesFlags>();
  CLI::App* images = command.add_subcommand("images", "Render a data set in InterHand2.6M's own layout (train, val, test)");
  images->add_option("DIR", flags->out, "new folder of the data set")->required();
  images->add_option("--count", flags->count, "images, over all splits")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{100000000}));
  images->add_option("--patterns", flags->patterns, "distinct interactions; 0: a new one for every image")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  images->add_option("--width", flags->width, "px")->capture_default_str()->check(CLI::Range(32, 8192));
  images->add_option("--height", flags->height, "px")->capture_default_str()->check(CLI::Range(32, 8192));
  images
      ->add_option("--variety", flags->variety,
                   "variety of skin, lights, backgrounds, clutter, lenses, blur, noise, compression; 0: plain images, on which "
                   "training takes minutes")
      ->capture_default_str()
      ->type_name("0..1")
      ->check(CLI::Range(0.0, 1.0));
  add_shared_flags(*images, *flags);
  add_hand_flag(*images, flags->hand);
  images->callback([flags] { commands().synthesize_images(*flags); });
}

void add_patterns(CLI::App& command) {
  const auto flags = std::make_shared<SynthesizePatternsFlags>();
  CLI::App* patterns = command.add_subcommand("patterns", "Generate two-hand patterns for the interaction prior (patterns.h5)");
  patterns->add_option("FILE", flags->out, "the patterns.h5 to write")->required();
  patterns->add_option("--count", flags->count, "patterns, over all splits")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{100000000}));
  add_shared_flags(*patterns, *flags);
  add_hand_flag(*patterns, flags->hand);
  patterns->callback([flags] { commands().synthesize_patterns(*flags); });
}

}  // namespace

void add_synthesize(CLI::App& app) {
  CLI::App* command = app.add_subcommand("synthesize", "Generate data that needs no licence and no download");
  command->require_subcommand(1);
  add_images(*command);
  add_patterns(*command);
}

}  // namespace interprior
