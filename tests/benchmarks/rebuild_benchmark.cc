#include <benchmark/benchmark.h>

#include "interprior/base/log.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/interaction/two_hand_rebuilding.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

// Accepted patterns per second of a whole rebuild including its files, from 2,000 procedural interactions and the single hands
// of 1,000 others under another name. Argument: threads.
void rebuild(benchmark::State& state) {
  set_log_level(LogLevel::warning);
  const HandModel hand = procedural_hand();
  const Patterns interactions = synthesize_patterns(hand, {2000, 5, 180, 0});
  Poses others = single_hands(synthesize_patterns(hand, {1000, 9, 180, 0}));
  others.sources = {"others"};
  const TemporaryDirectory folder;
  const int64_t count = 128;
  int64_t seed = 0, candidates = 0;
  for (auto _ : state) {
    const Patterns made = rebuild_two_hand(folder / "out.h5", interactions, {others}, hand, {count, ++seed, state.range(0)});
    candidates += count;
    for (const auto& [reason, rejected] : made.rejected) candidates += rejected;
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["candidates_each"] = static_cast<double>(candidates) / static_cast<double>(state.iterations() * count);
}
BENCHMARK(rebuild)->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
}  // namespace interprior
