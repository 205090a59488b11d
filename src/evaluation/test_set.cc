#include "interprior/evaluation/test_set.h"

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {

std::vector<TestSet> test_sets(const std::vector<Protocol>& protocols) {
  require(!protocols.empty(), "no protocol was named");
  std::vector<TestSet> sets;
  for (size_t i = 0; i < protocols.size(); ++i) {
    const ProtocolRule rule = rule_of(protocols[i]);
    const BoxSource box = rule.oracle_box ? BoxSource::oracle : BoxSource::annotation;
    auto set = std::find_if(sets.begin(), sets.end(),
                            [&](const TestSet& one) { return one.both_hands == rule.both_hands && one.box == box; });
    if (set == sets.end()) set = sets.insert(set, {rule.both_hands, box, {}, {}});
    set->protocols.push_back(protocols[i]);
    set->place.push_back(i);
  }
  return sets;
}

UsableRule usable_rule(const TestSet& set, const std::string& annotations) {
  constexpr double kBenchmarkGrey = 10;  // darker images are not in the benchmark
  UsableRule rule;
  rule.interacting_only = rule.need_mano = set.both_hands;
  rule.filter.min_mean_intensity = set.both_hands ? kBenchmarkGrey : 0;
  rule.filter.annotations = annotations;
  return rule;
}

}  // namespace interprior
