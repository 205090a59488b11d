#include <ATen/ATen.h>

#include "hdf5_heap.h"
#include "hdf5_text.h"
#include "interprior/base/error.h"
#include "interprior/base/file_kind.h"
#include "interprior/base/tensor_file.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

constexpr int64_t kSmall = int64_t{1} << 26;      // bytes that are allocated without asking what lies on disk
constexpr int64_t kBestCompression = 2000;        // deflate ends near 1000 : 1

std::string size_text(const std::vector<int64_t>& sizes) { return c10::str("(", c10::Join(", ", sizes), ")"); }

// Advice where a file does not open.
std::string open_advice(const fs::path& path) {
  std::error_code failure;
  const auto bytes = fs::file_size(path, failure);
  if (failure) return failure.message();
  return c10::str("it is not HDF5, damaged, or its end is missing (", bytes, " bytes)");
}

Hdf5Handle open_file(const fs::path& path) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access, true, true);   // a file on a drive without locks is read all the same
  if (!hdf5_heap_is_sound(path)) return {H5I_INVALID_HID, H5Fclose};
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose};
}

hid_t memory_type(torch::Dtype dtype) {
  switch (dtype) {
    case torch::kFloat32: return H5T_NATIVE_FLOAT;
    case torch::kFloat64: return H5T_NATIVE_DOUBLE;
    case torch::kInt64: return H5T_NATIVE_INT64;
    case torch::kInt32: return H5T_NATIVE_INT32;
    case torch::kUInt8: return H5T_NATIVE_UINT8;
    default: throw Error(c10::str("tensor files are not read as ", dtype));
  }
}

std::string type_text(hid_t type) {
  const size_t bits = 8 * H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT: return c10::str("float", bits);
    case H5T_INTEGER: return c10::str(H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int", bits);
    case H5T_ENUM: return "an enumeration";
    case H5T_STRING: return "strings";
    default: return "another type";
  }
}

// Whether every value of the type on disk has its place in the dtype asked for. h5py writes bool as an enumeration.
bool readable_as(hid_t type, torch::Dtype dtype) {
  const H5T_class_t kind = H5Tget_class(type);
  const size_t size = H5Tget_size(type);
  if (c10::isFloatingType(dtype)) return kind == H5T_FLOAT;
  if (kind == H5T_ENUM) return size == 1;
  if (kind != H5T_INTEGER) return false;
  if (dtype == torch::kInt64) return true;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (dtype == torch::kInt32) return size < 4 || (size == 4 && is_signed);
  return size == 1 && !is_signed;
}

}  // namespace

struct TensorFileReader::Impl {
  fs::path path;
  Hdf5Handle file{H5I_INVALID_HID, H5Fclose};
  int64_t version = 0;

  std::string place(const std::string& name) const { return path.string() + ", dataset " + name; }

  Hdf5Handle open(const std::string& name) const {
    Hdf5Handle object(name.empty() ? H5I_INVALID_HID : H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
    const bool is_dataset = object.valid() && H5Iget_type(object) == H5I_DATASET;
    return is_dataset ? std::move(object) : Hdf5Handle(H5I_INVALID_HID, H5Oclose);
  }

  Hdf5Handle dataset(const std::string& name) const {
    Hdf5Handle found = open(name);
    require(found.valid(), "there is no dataset " + name, path.string(), "it is missing from the file or damaged");
    return found;
  }

  std::vector<int64_t> shape(hid_t dataset, const std::string& name) const {
    const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space);
    require(rank >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL, "this dataset has no shape", place(name));
    std::vector<hsize_t> sizes(static_cast<size_t>(rank));
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    int64_t elements = 1;
    for (const hsize_t size : sizes)
      require(size <= INT64_MAX && !__builtin_mul_overflow(elements, static_cast<int64_t>(size), &elements),
              "this dataset claims an impossible size", place(name));
    return {sizes.begin(), sizes.end()};
  }

  // Memory is only taken for what the file can really hold: a damaged header may claim terabytes.
  void check_size(hid_t dataset, int64_t elements, size_t element_size, const std::string& name) const {
    int64_t bytes = 0;
    const bool countable = !__builtin_mul_overflow(elements, static_cast<int64_t>(element_size), &bytes);
    const auto stored = static_cast<int64_t>(H5Dget_storage_size(dataset));
    require(countable && (bytes <= kSmall || bytes / kBestCompression <= stored),
            c10::str("this dataset claims ", elements, " values, but only ", stored, " bytes are stored"), place(name),
            "the file is damaged");
  }

  // begin < 0: the whole array.
  torch::Tensor read(hid_t dataset, std::vector<int64_t> sizes, torch::Dtype as, int64_t begin, const std::string& name) const {
    const torch::Dtype held = as == torch::kBool ? torch::kUInt8 : as;
    const hid_t memory = memory_type(held);
    const Hdf5Handle type(H5Dget_type(dataset), H5Tclose), from(H5Dget_space(dataset), H5Sclose);
    require(readable_as(type, held), c10::str("this dataset holds ", type_text(type), ", expected ", as), place(name));
    check_size(dataset, c10::multiply_integers(sizes), c10::elementSize(held), name);
    torch::Tensor values = torch::empty(sizes, held);
    if (values.numel() == 0) return values.to(as);
    const std::vector<hsize_t> count(sizes.begin(), sizes.end());
    const Hdf5Handle to(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
    if (begin >= 0) {
      std::vector<hsize_t> start(sizes.size(), 0);
      start[0] = static_cast<hsize_t>(begin);
      H5Sselect_hyperslab(from, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    }
    const hid_t to_space = begin < 0 ? H5S_ALL : hid_t{to}, from_space = begin < 0 ? H5S_ALL : hid_t{from};
    const herr_t status = H5Dread(dataset, memory, to_space, from_space, H5P_DEFAULT, values.data_ptr());
    require(status >= 0, "this dataset cannot be read", place(name), "the file is damaged or cut short");
    const bool unsigned_64 =
        H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 8 && H5Tget_sign(type) == H5T_SGN_NONE;
    require(!unsigned_64 || values.max().item<int64_t>() < INT64_MAX,   // HDF5 cuts what is larger to this number
            "this dataset holds numbers beyond 64-bit integers", place(name));
    return as == torch::kBool ? values.ne(0) : values;
  }
};

TensorFileReader::TensorFileReader(const fs::path& path, const std::string& format, int64_t newest_version)
    : impl_(std::make_unique<Impl>()) {
  Hdf5Lock lock;
  impl_->path = path;
  std::error_code ignored;
  require(fs::is_regular_file(path, ignored), "there is no file", path.string(), "check the path");
  require_no_other_kind(path, "an HDF5 file");
  impl_->file = open_file(path);
  require(impl_->file.valid(), "cannot open this HDF5 file", path.string(), open_advice(path));
  const auto found = hdf5_attribute_string(impl_->file, "format");
  require(found.has_value(), "this HDF5 file has no attribute `format`", path.string(), "expected a file of format " + format);
  require(*found == format, "this file is of format " + *found, path.string(), "expected a file of format " + format);
  const auto version = hdf5_attribute_integer(impl_->file, "version");
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

bool TensorFileReader::has(const std::string& name) const {
  Hdf5Lock lock;
  return impl_->open(name).valid();
}

std::vector<int64_t> TensorFileReader::shape(const std::string& name) const {
  Hdf5Lock lock;
  return impl_->shape(impl_->dataset(name), name);
}

torch::Tensor TensorFileReader::read(const std::string& name, torch::Dtype as, std::vector<int64_t> expected) const {
  Hdf5Lock lock;
  const Hdf5Handle dataset = impl_->dataset(name);
  const std::vector<int64_t> sizes = impl_->shape(dataset, name);
  bool fits = expected.empty() || expected.size() == sizes.size();
  for (size_t i = 0; fits && i < expected.size(); ++i) fits = expected[i] == -1 || expected[i] == sizes[i];
  require(fits, c10::str("this dataset has shape ", size_text(sizes), ", expected ", size_text(expected), " (-1: any)"),
          impl_->place(name));
  return impl_->read(dataset, sizes, as, -1, name);
}

torch::Tensor TensorFileReader::read_rows(const std::string& name, torch::Dtype as, int64_t begin, int64_t end) const {
  Hdf5Lock lock;
  const Hdf5Handle dataset = impl_->dataset(name);
  std::vector<int64_t> sizes = impl_->shape(dataset, name);
  require(!sizes.empty(), "this dataset is a single number and has no rows", impl_->place(name));
  require(0 <= begin && begin <= end && end <= sizes[0],
          c10::str("rows ", begin, " .. ", end, " were asked for, the dataset has ", sizes[0]), impl_->place(name));
  sizes[0] = end - begin;
  return impl_->read(dataset, sizes, as, begin, name);
}

std::vector<std::string> TensorFileReader::read_strings(const std::string& name) const {
  const std::vector<int64_t> sizes = shape(name);
  require(sizes.size() <= 1, "expected a list of strings, found shape " + size_text(sizes), impl_->place(name));
  return read_string_rows(name, 0, c10::multiply_integers(sizes));
}

std::vector<std::string> TensorFileReader::read_string_rows(const std::string& name, int64_t begin, int64_t end) const {
  Hdf5Lock lock;
  const Hdf5Handle dataset = impl_->dataset(name);
  const int64_t count = c10::multiply_integers(impl_->shape(dataset, name));
  require(0 <= begin && begin <= end && end <= count,
          c10::str("rows ", begin, " .. ", end, " were asked for, the dataset has ", count), impl_->place(name));
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  require(H5Tget_class(type) == H5T_STRING, c10::str("this dataset holds ", type_text(type), ", expected strings"),
          impl_->place(name));
  impl_->check_size(dataset, count, H5Tget_size(type), name);
  auto strings = hdf5_dataset_strings(dataset, begin, end - begin);
  require(strings.has_value(), "these strings cannot be read", impl_->place(name), "the file is damaged or cut short");
  return *std::move(strings);
}

bool TensorFileReader::has_attribute(const std::string& name) const {
  Hdf5Lock lock;
  return H5Aexists(impl_->file, name.c_str()) > 0;
}

std::string TensorFileReader::attribute(const std::string& name) const {
  Hdf5Lock lock;
  auto text = hdf5_attribute_string(impl_->file, name);
  require(text.has_value(), "there is no text attribute " + name, impl_->path.string());
  return *std::move(text);
}

std::string tensor_file_format(const fs::path& path) {
  Hdf5Lock lock;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return "";
  const Hdf5Handle file = open_file(path);
  return file.valid() ? hdf5_attribute_string(file, "format").value_or("") : "";
}

}  // namespace interprior
