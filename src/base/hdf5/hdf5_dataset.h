#pragma once
#include "hdf5_layout.h"

namespace interprior {

// A dataset of an open file; the file must outlive this object.
class Hdf5Dataset {
 public:
  Hdf5Dataset(const Hdf5Bytes& file, const Hdf5Object& object);

  const Hdf5Type& type() const { return type_; }
  const Hdf5Space& space() const { return space_; }
  uint64_t stored() const { return layout_.stored; }  // bytes in the file
  // Whether the stored bytes can hold rows begin .. end - 1. Checked before memory is allocated for them.
  bool can_hold(int64_t begin, int64_t end, size_t bytes_a_value) const;
  // Reads rows begin .. end - 1 into `to`, row-major, in the type on disk. A scalar dataset has one row.
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
  std::string fill_value_;  // for values that were never written; empty: zeros
};

}  // namespace interprior
