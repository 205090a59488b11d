#pragma once
#include <cstdint>

namespace interprior {

// Number of hands that show a fault. A set is reported as faulty if more than kMost of at least kFewest hands do.
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
