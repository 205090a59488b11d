#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "interprior/base/tensor.h"

namespace interprior {

// Named arrays in an HDF5 file with the attributes `format` and `version`.
// Dtypes on disk: float32, float64, int32, int64, uint8, and strings.
class TensorFileReader {
 public:
  // Throws Error if the file is missing, not HDF5, truncated, of another format or of a newer version.
  TensorFileReader(const std::filesystem::path& path, const std::string& format, int64_t newest_version);
  ~TensorFileReader();
  TensorFileReader(const TensorFileReader&) = delete;
  TensorFileReader& operator=(const TensorFileReader&) = delete;

  int64_t version() const;
  bool has(const std::string& name) const;                    // whether there is a dataset of this name ("right/weights")
  std::vector<int64_t> shape(const std::string& name) const;  // throws Error if there is none
  // The whole array. Throws Error naming file and dataset unless the shape is `expected` (-1 = any) and the dtype fits `as`.
  // A float target reads float32 and float64, an int64 target any integer.
  torch::Tensor read(const std::string& name, torch::Dtype as, std::vector<int64_t> expected = {}) const;
  // Rows begin .. end-1 of the first dimension.
  torch::Tensor read_rows(const std::string& name, torch::Dtype as, int64_t begin, int64_t end) const;
  std::vector<std::string> read_strings(const std::string& name) const;
  std::vector<std::string> read_string_rows(const std::string& name, int64_t begin, int64_t end) const;
  bool has_attribute(const std::string& name) const;
  std::string attribute(const std::string& name) const;  // a string attribute of the file; throws Error
  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes atomically: the file appears at close(). Groups of a name "a/b" are created. Throws Error.
class TensorFileWriter {
 public:
  TensorFileWriter(const std::filesystem::path& path, const std::string& format, int64_t version);
  ~TensorFileWriter();  // without close(), the partial file is removed
  TensorFileWriter(const TensorFileWriter&) = delete;
  TensorFileWriter& operator=(const TensorFileWriter&) = delete;

  void write(const std::string& name, const torch::Tensor& tensor);
  void write_strings(const std::string& name, const std::vector<std::string>& strings);
  // Appends rows; the first call creates the dataset. All calls for a dataset have the same dtype and row shape.
  void append(const std::string& name, const torch::Tensor& rows);
  void append_strings(const std::string& name, const std::vector<std::string>& strings);
  void attribute(const std::string& name, const std::string& value);
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The `format` attribute of an HDF5 file; "" if it is not HDF5 or has none.
std::string tensor_file_format(const std::filesystem::path& path);

}  // namespace interprior
