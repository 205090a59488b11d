#pragma once
#include <string>
#include <vector>

#include "hdf5_object.h"

namespace interprior {

// What a chunk's bytes went through before they were written: gzip, shuffle and Fletcher's checksum; others are refused.
class Hdf5Filters {
 public:
  Hdf5Filters() = default;
  explicit Hdf5Filters(Hdf5Cursor message);

  bool empty() const { return filters_.empty(); }
  // The `size` bytes that were stored as `bytes`, less the filters whose bit is set in `skipped`. Throws Error where they do not
  // come out so, before more than a few bytes too many are made.
  std::string undone(std::string bytes, uint64_t skipped, size_t element, size_t size, const Hdf5Cursor& place) const;
  // Whether so many stored bytes can become `size`: deflate ends at 1032 : 1.
  bool can_give(uint64_t stored, uint64_t size) const { return size / kMostInflation <= stored && (!empty() || size == stored); }

 private:
  static constexpr uint64_t kMostInflation = 1032;
  enum Filter : uint64_t { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };
  std::vector<uint64_t> filters_;  // in the order of writing
};

}  // namespace interprior
