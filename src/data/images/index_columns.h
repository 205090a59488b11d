#pragma once
#include <torch/types.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"

// Conversion between HDF5 columns and members of structs.
namespace interprior {

// A dataset to be written: rows of numbers of type T.
template <class T>
class Column {
 public:
  Column(std::vector<int64_t> shape, torch::Dtype dtype) : tensor_(torch::zeros(shape, dtype)) {
    width_ = shape[0] == 0 ? 0 : tensor_.numel() / shape[0];
  }
  T* row(size_t i) { return tensor_.data_ptr<T>() + static_cast<int64_t>(i) * width_; }
  template <class Numbers>
  void set(size_t i, const Numbers& numbers) {
    std::copy_n(numbers.data(), numbers.size(), row(i));
  }
  const torch::Tensor& tensor() const { return tensor_; }

 private:
  torch::Tensor tensor_;
  int64_t width_;
};

// Writes one number per list entry.
template <class T, class Entry, class Get>
void write_column(TensorFileWriter& file, const std::string& name, torch::Dtype dtype, const std::vector<Entry>& list,
                  const Get& get) {
  Column<T> column({static_cast<int64_t>(list.size())}, dtype);
  for (size_t i = 0; i < list.size(); ++i) *column.row(i) = static_cast<T>(get(list[i]));
  file.write(name, column.tensor());
}

enum class NotFiniteRows { refused, passed_on };

// Reads a dataset of this shape as numbers of type T and calls `set` for each row. Numbers that are not finite are Errors, or
// passed on to `set`; `where` describes a row for messages.
template <class T, class Set, class Where>
void read_column(const TensorFileReader& file, const std::string& name, const std::vector<int64_t>& shape, const Where& where,
                 const Set& set, NotFiniteRows rows = NotFiniteRows::refused) {
  const torch::Tensor numbers = file.read(name, c10::CppTypeToScalarType<T>::value, shape).contiguous();
  const int64_t count = shape.front(), width = count == 0 ? 0 : numbers.numel() / count;
  if (numbers.is_floating_point() && rows == NotFiniteRows::refused) {
    const torch::Tensor bad = torch::isfinite(numbers).reshape({count, -1}).all(1).logical_not().nonzero();
    if (bad.size(0) > 0)
      throw Error("a value in `" + name + "` is not a finite number", where(static_cast<size_t>(bad[0].item<int64_t>())));
  }
  const T* values = numbers.const_data_ptr<T>();
  for (int64_t i = 0; i < count; ++i) set(static_cast<size_t>(i), values + i * width);
}

}  // namespace interprior
