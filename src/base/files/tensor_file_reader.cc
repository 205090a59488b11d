#include <ATen/ATen.h>
#include <torch/types.h>

#include <mutex>

#include "base/hdf5/hdf5_attribute.h"
#include "base/hdf5/hdf5_dataset.h"
#include "base/hdf5/hdf5_group.h"
#include "base/hdf5/hdf5_numbers.h"
#include "base/hdf5/hdf5_strings.h"
#include "interprior/base/error.h"
#include "interprior/base/files/file_kind.h"
#include "interprior/base/files/tensor_file.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

constexpr size_t kStringBytes = sizeof(std::string) + 16;  // a string in memory and its reference in the file

std::string size_text(const std::vector<int64_t>& sizes) { return c10::str("(", c10::Join(", ", sizes), ")"); }

// The HDF5 type with the same memory layout as the dtype.
Hdf5Type type_of(torch::Dtype dtype) {
  Hdf5Type type;
  type.kind = c10::isFloatingType(dtype) ? Hdf5Type::Kind::real : Hdf5Type::Kind::integer;
  type.size = c10::elementSize(dtype);
  type.is_signed = dtype == torch::kInt32 || dtype == torch::kInt64;
  return type;
}

bool same_bytes(const Hdf5Type& a, const Hdf5Type& b) {
  return a.kind == b.kind && a.size == b.size && (a.is_signed == b.is_signed || a.kind == Hdf5Type::Kind::real) &&
         (a.big_endian == b.big_endian || a.size == 1);
}

// Whether values of the HDF5 type can be read as the dtype. h5py writes bool as an enumeration.
bool readable_as(const Hdf5Type& type, torch::Dtype dtype) {
  if (c10::isFloatingType(dtype)) return type.kind == Hdf5Type::Kind::real;
  if (type.kind == Hdf5Type::Kind::enumeration) return type.size == 1;
  if (type.kind != Hdf5Type::Kind::integer) return false;
  if (dtype == torch::kInt64) return true;
  if (dtype == torch::kInt32) return type.size < 4 || (type.size == 4 && type.is_signed);
  return type.size == 1;  // int8 too, as flags are often written; the conversion rejects negative values
}

bool convert(const Hdf5Type& type, std::string_view values, torch::Tensor& to) {
  switch (to.scalar_type()) {
    case torch::kFloat32:
      return convert_hdf5_numbers(type, values, to.data_ptr<float>());
    case torch::kFloat64:
      return convert_hdf5_numbers(type, values, to.data_ptr<double>());
    case torch::kInt64:
      return convert_hdf5_numbers(type, values, to.data_ptr<int64_t>());
    case torch::kInt32:
      return convert_hdf5_numbers(type, values, to.data_ptr<int32_t>());
    default:
      return convert_hdf5_numbers(type, values, to.data_ptr<uint8_t>());
  }
}

void check_dtype(torch::Dtype dtype) {
  for (const torch::Dtype known : {torch::kFloat32, torch::kFloat64, torch::kInt64, torch::kInt32, torch::kUInt8})
    if (dtype == known) return;
  throw Error(c10::str("tensor files cannot be read as ", dtype));
}

}  // namespace

struct TensorFileReader::Impl {
  explicit Impl(const fs::path& file)
      : path(file), bytes(file), root(bytes, hdf5_root_address(bytes)), names(bytes, root.address()) {}

  fs::path path;
  Hdf5Bytes bytes;
  Hdf5Object root;
  Hdf5Names names;
  int64_t version = 0;
  mutable std::mutex mutex;
  mutable std::map<std::string, std::unique_ptr<Hdf5Dataset>> datasets;  // null: no dataset of this name

  std::string place(const std::string& name) const { return path.string() + ", dataset " + name; }

  const Hdf5Dataset* find(const std::string& name) const {
    const std::lock_guard lock(mutex);
    const auto found = datasets.find(name);
    if (found != datasets.end()) return found->second.get();
    std::unique_ptr<Hdf5Dataset> dataset;
    if (const auto address = names.find(name)) {
      const Hdf5Object object(bytes, *address);
      if (object.is_dataset()) dataset = std::make_unique<Hdf5Dataset>(bytes, object);
    }
    return (datasets[name] = std::move(dataset)).get();
  }

  const Hdf5Dataset& dataset(const std::string& name) const {
    const Hdf5Dataset* found = find(name);
    require(found != nullptr, "there is no dataset " + name, path.string(), "it is missing from the file or damaged");
    require(!found->space().is_null, "this dataset has no shape", place(name));
    return *found;
  }

  // Checks the size before memory is allocated: a damaged header may claim terabytes.
  void check_size(const Hdf5Dataset& dataset, int64_t begin, int64_t end, size_t bytes_a_value, const std::string& name) const {
    require(dataset.can_hold(begin, end, bytes_a_value),
            c10::str("rows ", begin, " .. ", end, " of this dataset of shape ", size_text(dataset.space().sizes),
                     " claim more than the file can hold: only ", dataset.stored(), " bytes are stored"),
            place(name), "the file is damaged");
  }

  torch::Tensor read(const Hdf5Dataset& dataset, std::vector<int64_t> sizes, torch::Dtype as, int64_t begin, int64_t end,
                     const std::string& name) const {
    const torch::Dtype held = as == torch::kBool ? torch::kUInt8 : as;
    check_dtype(held);
    const Hdf5Type& type = dataset.type();
    require(readable_as(type, held), c10::str("this dataset holds ", type.text(), ", expected ", as), place(name));
    check_size(dataset, begin, end, std::max(type.size, c10::elementSize(held)), name);
    torch::Tensor values = torch::empty(sizes, held);
    if (same_bytes(type, type_of(held))) {
      dataset.read(begin, end, static_cast<char*>(values.data_ptr()));
    } else {
      std::string stored(static_cast<size_t>(values.numel()) * type.size, '\0');
      dataset.read(begin, end, stored.data());
      require(convert(type, stored, values), c10::str("this dataset holds numbers out of the range of ", held), place(name));
    }
    return as == torch::kBool ? values.ne(0) : values;
  }
};

TensorFileReader::TensorFileReader(const fs::path& path, const std::string& format, int64_t newest_version) {
  std::error_code ignored;
  require(!fs::is_directory(path, ignored), "expected a file, found a folder", path.string());
  require(fs::is_regular_file(path, ignored), "there is no file", path.string(), "check the path");
  require_no_other_kind(path, "an HDF5 file");
  impl_ = std::make_unique<Impl>(path);
  const auto attribute = find_hdf5_attribute(impl_->bytes, impl_->root, "format");
  const auto found = attribute ? hdf5_text(impl_->bytes, *attribute) : std::nullopt;
  require(found.has_value(), "this HDF5 file has no attribute `format`", path.string(),
          "expected a file of format " + format + "; docs/formats.md describes it");
  require(*found == format, "this file is of format " + *found, path.string(), "expected a file of format " + format);
  const auto number = find_hdf5_attribute(impl_->bytes, impl_->root, "version");
  const auto version = number ? hdf5_integer(*number) : std::nullopt;
  require(version && *version >= 1, "this file has no attribute `version` with a number from 1", path.string(),
          c10::str("write the version of the format ", format, " as an integer"));
  require(*version <= newest_version,
          c10::str("this file has version ", *version, " of ", format, ", this program knows ", newest_version), path.string(),
          "use a newer program");
  impl_->version = *version;
}

TensorFileReader::~TensorFileReader() = default;

int64_t TensorFileReader::version() const { return impl_->version; }
const fs::path& TensorFileReader::path() const { return impl_->path; }
bool TensorFileReader::has(const std::string& name) const { return impl_->find(name) != nullptr; }
std::vector<int64_t> TensorFileReader::shape(const std::string& name) const { return impl_->dataset(name).space().sizes; }

torch::Tensor TensorFileReader::read(const std::string& name, torch::Dtype as, std::vector<int64_t> expected) const {
  const Hdf5Dataset& dataset = impl_->dataset(name);
  const std::vector<int64_t>& sizes = dataset.space().sizes;
  bool fits = expected.empty() || expected.size() == sizes.size();
  for (size_t i = 0; fits && i < expected.size(); ++i) fits = expected[i] == -1 || expected[i] == sizes[i];
  require(fits, c10::str("this dataset has shape ", size_text(sizes), ", expected ", size_text(expected), " (-1: any)"),
          impl_->place(name));
  return impl_->read(dataset, sizes, as, 0, dataset.rows(), name);
}

torch::Tensor TensorFileReader::read_rows(const std::string& name, torch::Dtype as, int64_t begin, int64_t end) const {
  const Hdf5Dataset& dataset = impl_->dataset(name);
  std::vector<int64_t> sizes = dataset.space().sizes;
  require(!sizes.empty(), "this dataset is a single number and has no rows", impl_->place(name));
  require(0 <= begin && begin <= end && end <= sizes[0],
          c10::str("rows ", begin, " .. ", end, " were requested, the dataset has ", sizes[0]), impl_->place(name));
  sizes[0] = end - begin;
  return impl_->read(dataset, sizes, as, begin, end, name);
}

std::vector<std::string> TensorFileReader::read_strings(const std::string& name) const {
  const Hdf5Dataset& dataset = impl_->dataset(name);
  const std::vector<int64_t>& sizes = dataset.space().sizes;
  require(sizes.size() <= 1, "expected a list of strings, found shape " + size_text(sizes), impl_->place(name));
  return read_string_rows(name, 0, dataset.rows());
}

std::vector<std::string> TensorFileReader::read_string_rows(const std::string& name, int64_t begin, int64_t end) const {
  const Hdf5Dataset& dataset = impl_->dataset(name);
  require(0 <= begin && begin <= end && end <= dataset.rows(),
          c10::str("rows ", begin, " .. ", end, " were requested, the dataset has ", dataset.rows()), impl_->place(name));
  const Hdf5Type& type = dataset.type();
  require(type.is_string(), c10::str("this dataset holds ", type.text(), ", expected strings"), impl_->place(name));
  impl_->check_size(dataset, begin, end, type.size + kStringBytes, name);
  std::string stored(static_cast<size_t>((end - begin) * dataset.values_a_row()) * type.size, '\0');
  dataset.read(begin, end, stored.data());
  return hdf5_strings(impl_->bytes, type, stored);
}

bool TensorFileReader::has_attribute(const std::string& name) const {
  return find_hdf5_attribute(impl_->bytes, impl_->root, name).has_value();
}

std::string TensorFileReader::attribute(const std::string& name) const {
  const auto found = find_hdf5_attribute(impl_->bytes, impl_->root, name);
  auto text = found ? hdf5_text(impl_->bytes, *found) : std::nullopt;
  require(text.has_value(), "there is no text attribute " + name, impl_->path.string());
  return *std::move(text);
}

std::string tensor_file_format(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return "";
  try {
    const Hdf5Bytes bytes(path);
    const auto attribute = find_hdf5_attribute(bytes, Hdf5Object(bytes, hdf5_root_address(bytes)), "format");
    return attribute ? hdf5_text(bytes, *attribute).value_or("") : "";
  } catch (const Error&) {
    return "";
  }
}

}  // namespace interprior
