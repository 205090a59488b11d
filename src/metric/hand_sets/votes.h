#pragma once
#include <cstdint>

namespace interprior {

// How many hands of a set show a fault; a set is called faulty where most of several do.
struct Votes {
  int64_t looked = 0, against = 0;

  void add(bool is_against) {
    ++looked;
    against += is_against;
  }
  bool most() const { return looked >= kFewest && static_cast<double>(against) > kMost * static_cast<double>(looked); }

  static constexpr int64_t kFewest = 4;
  static constexpr double kMost = 0.8;
};

}  // namespace interprior
