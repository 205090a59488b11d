#pragma once
#include <sys/file.h>

#include "program.h"

// Tiny data and two tiny trained networks, made once by the program and shared by all integration tests. ctest runs every test in
// its own process, so the folder is in the build tree, with a lock, and is made again when the program changes.
namespace interprior {

inline const std::vector<std::string> kTinyPrior = {"loader.batch=16",        "loader.workers=1", "model.latent=8",
                                                    "model.width=32",         "model.depth=1",    "fit.warmup=2",
                                                    "fit.learning_rate=1e-3", "fit.log_every=1",  "fit.checkpoint_every=1000",
                                                    "fit.validate_every=1000"};
inline const std::vector<std::string> kTinySampler = {"loader.batch=4",
                                                      "loader.workers=1",
                                                      "model.image_size=64",
                                                      "model.extraction.trunk=resnet18",
                                                      "model.extraction.width=8",
                                                      "model.extraction.features=8",
                                                      "model.extraction.decoder=16",
                                                      "model.fusion.width=24",
                                                      "model.fusion.depth=1",
                                                      "model.fusion.heads=2",
                                                      "model.sampling.heads=2",
                                                      "model.sampling.width=32",
                                                      "fit.warmup=2",
                                                      "fit.log_every=1",
                                                      "fit.checkpoint_every=1000",
                                                      "fit.validate_every=1000"};

using Words = std::vector<std::string>;

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Words sets(const Words& overrides) {
  Words words;
  for (const std::string& override_text : overrides) words = words + Words{"--set", override_text};
  return words;
}

struct Fixture {
  std::filesystem::path folder;
  std::filesystem::path hand() const { return folder / "hand.h5"; }
  std::filesystem::path patterns() const { return folder / "patterns.h5"; }
  std::filesystem::path images() const { return folder / "images"; }
  std::filesystem::path prior_run() const { return folder / "prior"; }
  std::filesystem::path sampler_run() const { return folder / "sampler"; }
  std::filesystem::path prior() const { return prior_run() / "checkpoints/last.safetensors"; }
  std::filesystem::path sampler() const { return sampler_run() / "checkpoints/last.safetensors"; }
  std::filesystem::path image() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(images()))
      if (entry.path().extension() == ".jpg") return entry.path();
    throw std::runtime_error("no image was synthesised");
  }

  // Arguments of a training run in a new folder; `more` takes precedence.
  Words train_prior(const std::filesystem::path& run, int64_t steps, const Words& more = {}) const {
    return Words{"train", "prior", "--device", "cpu", "--run", run.string()} +
           sets(kTinyPrior +
                Words{"hand=" + hand().string(), "data.train.path=" + patterns().string(), "fit.steps=" + std::to_string(steps)} +
                more);
  }
  Words train_sampler(const std::filesystem::path& run, int64_t steps, const Words& more = {}) const {
    return Words{"train", "sampler", "--device", "cpu", "--run", run.string()} +
           sets(kTinySampler +
                Words{"hand=" + hand().string(), "prior=" + prior().string(),
                      "data.train=[{path: " + images().string() + ", split: train}]", "fit.steps=" + std::to_string(steps)} +
                more);
  }
  Words train_cues(const std::filesystem::path& run, int64_t steps, const Words& more = {}) const {
    return Words{"train", "cues", "--device", "cpu", "--run", run.string()} +
           sets(kTinySampler +
                Words{"hand=" + hand().string(), "prior=" + prior().string(), "data.train.path=" + patterns().string(),
                      "fit.steps=" + std::to_string(steps)} +
                more);
  }
  std::vector<Words> recipe() const {
    return {{"prepare", "hand", "--procedural", "--out", hand().string()},
            {"synthesize", "patterns", patterns().string(), "--hand", hand().string(), "--count", "120", "--seed", "3"},
            {"synthesize", "images", images().string(), "--hand", hand().string(), "--count", "40", "--seed", "4"},
            train_prior(prior_run(), 8),
            train_sampler(sampler_run(), 4)};
  }
};

// The fixture, made if this program has none yet. Throws with the program's output when a command fails.
inline const Fixture& fixture() {
  static const Fixture made = [] {
    const std::filesystem::path root = std::filesystem::path(INTERPRIOR_BUILD_DIR) / "integration";
    std::filesystem::create_directories(root);
    const int lock = open((root / "lock").c_str(), O_CREAT | O_RDWR, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + root.string());
    Fixture fixture{root / "fixture"};
    std::string key = std::to_string(
        std::filesystem::last_write_time(INTERPRIOR_BUILD_DIR "/lib/libinterprior_cpu.so").time_since_epoch().count());
    for (const Words& words : fixture.recipe())
      for (const std::string& word : words) key += " " + word;
    if (bytes_of(fixture.folder / "key") != key) {
      std::filesystem::remove_all(fixture.folder);
      std::filesystem::create_directories(fixture.folder);
      for (const Words& words : fixture.recipe()) {
        const Outcome outcome = run_program(words, fixture.folder);
        if (outcome.exit_code != 0)
          throw std::runtime_error("`" + words[0] + " " + words[1] + "`: exit " + std::to_string(outcome.exit_code) + "\n" +
                                   outcome.err);
      }
      std::ofstream(fixture.folder / "key") << key;
    }
    close(lock);
    return fixture;
  }();
  return made;
}

}  // namespace interprior
