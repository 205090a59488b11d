#pragma once
#include "hdf5_layout.h"

namespace interprior {

// A dataset of a file that outlives it.
class Hdf5Dataset {
 public:
  Hdf5Dataset(const Hdf5Bytes& file, const Hdf5Object& object);

  const Hdf5Type& type() const { return type_; }
  const Hdf5Space& space() const { return space_; }
  uint64_t stored() const { return layout_.stored; }  // bytes in the file
  // Whether the file can hold what the rows begin .. end - 1 of it claim: memory is taken for no others.
  bool can_hold(int64_t begin, int64_t end, size_t bytes_a_value) const;
  // The values of those rows as they lie on disk, row-major, into (end - begin) rows of `to`. A single value counts as one row.
  void read(int64_t begin, int64_t end, char* to) const;

  int64_t rows() const { return space_.sizes.empty() ? 1 : space_.sizes[0]; }
  int64_t values_a_row() const;

 private:
  void read_chunks(int64_t begin, int64_t end, char* to) const;
  void fill(char* to, size_t bytes) const;

  const Hdf5Bytes& file_;
  uint64_t address_;
  Hdf5Type type_;
  Hdf5Space space_;
  Hdf5Filters filters_;
  Hdf5Layout layout_;
  std::string fill_value_;  // of values that were never written; empty: zeros
};

}  // namespace interprior
