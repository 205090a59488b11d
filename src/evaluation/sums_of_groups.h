#pragma once
#include <c10/util/StringUtil.h>

#include <array>
#include <map>

#include "interprior/metric/exact_sum.h"
#include "interprior/metric/interval.h"

namespace interprior {

// Sums of each sequence. Of more than kHashedGroups sequences several share a place, chosen by a hash of their names: memory does
// not grow with them, and what lies where follows from the names alone, whoever came first.
template <size_t N>
class SumsOfGroups {
 public:
  using Sums = std::array<ExactSum, N>;

  Sums& of(const std::string& sample, const std::string& group) {
    const std::string name = group_of(sample, group);
    if (!shared_) {
      const auto [entry, fresh] = sums_.try_emplace(name);
      if (!fresh || sums_.size() <= kHashedGroups) return entry->second;
      share();
    }
    return sums_[place_of(name)];
  }
  const std::map<std::string, Sums>& all() const { return sums_; }

 private:
  static std::string place_of(const std::string& name) { return c10::str("#", hash_of_id(name) % kHashedGroups); }
  void share() {
    shared_ = true;
    std::map<std::string, Sums> places;
    for (const auto& [name, own] : sums_) {
      Sums& place = places[place_of(name)];
      for (size_t i = 0; i < N; ++i) place[i].add(own[i]);
    }
    sums_ = std::move(places);
  }

  bool shared_ = false;
  std::map<std::string, Sums> sums_;  // by name, so that their order does not depend on who came first
};

}  // namespace interprior
