#pragma once
#include <c10/util/StringUtil.h>

#include <map>
#include <string>
#include <vector>

#include "interprior/metric/exact_sum.h"
#include "interprior/metric/interval.h"

namespace interprior {

// Sums of each sequence. With more than kHashedGroups sequences, several share an entry chosen by a hash of their names: memory
// is bounded, and entries depend on the names alone, not on the order of sequences.
class SumsOfGroups {
 public:
  using Sums = std::vector<ExactSum>;

  explicit SumsOfGroups(size_t places) : places_(places) {}

  Sums& of(const std::string& sample, const std::string& group) {
    const std::string name = group_of(sample, group);
    if (!shared_) {
      const auto [entry, fresh] = sums_.try_emplace(name, places_);
      if (!fresh || sums_.size() <= kHashedGroups) return entry->second;
      share();
    }
    return sums_.try_emplace(place_of(name), places_).first->second;
  }
  const std::map<std::string, Sums>& all() const { return sums_; }

 private:
  static std::string place_of(const std::string& name) { return c10::str("#", hash_of_id(name) % kHashedGroups); }
  void share() {
    shared_ = true;
    std::map<std::string, Sums> places;
    for (const auto& [name, own] : sums_) {
      Sums& place = places.try_emplace(place_of(name), places_).first->second;
      for (size_t i = 0; i < places_; ++i) place[i].add(own[i]);
    }
    sums_ = std::move(places);
  }

  size_t places_;
  bool shared_ = false;
  std::map<std::string, Sums> sums_;  // sorted by name: independent of the order of sequences
};

}  // namespace interprior
