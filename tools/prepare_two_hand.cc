#include <c10/util/StringUtil.h>

#include <cstdio>

#include "health.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/log.h"
#include "interprior/interaction/pattern_statistics.h"
#include "interprior/interaction/two_hand_rebuilding.h"
#include "interprior/train/device.h"
#include "prepare_sources.h"
#include "run_commands.h"

namespace interprior {
namespace {

bool is_poses_file(const std::string& path) {
  return std::filesystem::is_regular_file(path) && tensor_file_format(path) == "interprior.poses";
}

long long count_of(int64_t value) { return static_cast<long long>(value); }

void print_sources(const Patterns& patterns, const std::string& out) {
  for (size_t source = 0; source < patterns.sources.size(); ++source)
    std::printf("%-24s %lld\n", patterns.sources[source].c_str(),
                count_of((patterns.source == static_cast<int64_t>(source)).sum().item<int64_t>()));
  std::printf("%lld patterns in %s\n", count_of(patterns.size()), out.c_str());
}

void merge(const PrepareTwoHandFlags& flags) {
  for (const std::string& path : flags.sources)
    require(!is_poses_file(path), "single hands are not two-hand patterns", path, "add --rebuild N to make pairs of them");
  const Patterns patterns = merged_patterns(flags.sources, flags.hand, flags.accept);
  write_patterns(flags.out, patterns);
  print_sources(patterns, flags.out);
}

void rebuild(const PrepareTwoHandFlags& flags) {
  require(!flags.hand.empty(), "--rebuild needs a hand model", "", "pass --hand hand.h5");
  const HandModel hand = read_hand_model(flags.hand);
  RebuildConfig config;
  config.seed = flags.seed;
  config.threads = flags.threads;
  config.count = *flags.rebuild;
  config.device = device_named(flags.device);
  std::vector<std::string> two_hands;
  std::vector<Poses> poses;
  for (const std::string& path : flags.sources) {
    if (!is_poses_file(path)) {
      two_hands.push_back(path);
      continue;
    }
    poses.push_back(read_poses(path));
    require_healthy(examine_poses(poses.back(), &hand).findings, flags.accept, path);
    log_info(c10::str(path, ": ", poses.back().size(), " single hands"));
  }
  const Patterns interactions = two_hands.empty() ? Patterns{} : merged_patterns(two_hands, flags.hand, flags.accept);
  const Patterns made = rebuild_two_hand(flags.out, interactions, poses, hand, config);
  for (const auto& [reason, count] : made.rejected) log_info(c10::str("rejected, ", reason, ": ", count));
  const TwoHands hands(hand);
  std::fputs((statistics_text(pattern_statistics(made, hands)) + contact_text(contact_statistics(made, hands))).c_str(), stderr);
  print_sources(made, flags.out);
}

}  // namespace

void prepare_two_hand(const PrepareTwoHandFlags& flags) { flags.rebuild ? rebuild(flags) : merge(flags); }

}  // namespace interprior
