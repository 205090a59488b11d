#pragma once
#include <string>
#include <vector>

#include "hdf5_object.h"

namespace interprior {

// The filter pipeline of a dataset: gzip, shuffle and Fletcher-32 checksum. Throws Error on other filters.
class Hdf5Filters {
 public:
  Hdf5Filters() = default;
  explicit Hdf5Filters(Hdf5Cursor message);

  bool empty() const { return filters_.empty(); }
  // Decodes the stored `bytes` to `size` bytes, without the filters whose bit is set in `skipped`. Throws Error if the result has
  // another size, before much more than `size` bytes are produced.
  std::string undone(std::string bytes, uint64_t skipped, size_t element, size_t size, const Hdf5Cursor& place) const;
  // Whether `stored` bytes can decode to `size` bytes: deflate compresses by at most 1032 : 1.
  bool can_give(uint64_t stored, uint64_t size) const { return size / kMaxInflation <= stored && (!empty() || size == stored); }

 private:
  static constexpr uint64_t kMaxInflation = 1032;
  enum Filter : uint64_t { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };
  std::vector<uint64_t> filters_;  // in the order applied by the writer
};

}  // namespace interprior
