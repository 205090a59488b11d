#include <ATen/ATen.h>
#include <torch/types.h>

#include <algorithm>

#include "base/hdf5/hdf5_handle.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

struct DiskType {
  hid_t file, memory;
};

DiskType disk_type(torch::Dtype dtype, const std::string& place) {
  switch (dtype) {
    case torch::kFloat32:
      return {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT};
    case torch::kFloat64:
      return {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE};
    case torch::kInt32:
      return {H5T_STD_I32LE, H5T_NATIVE_INT32};
    case torch::kInt64:
      return {H5T_STD_I64LE, H5T_NATIVE_INT64};
    case torch::kUInt8:
      return {H5T_STD_U8LE, H5T_NATIVE_UINT8};
    default:
      throw Error(c10::str("tensor files cannot hold ", dtype), place, "convert to float32, float64, int32, int64 or uint8");
  }
}

Hdf5Handle space_of(torch::IntArrayRef shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose};
}

}  // namespace

struct TensorFileWriter::Impl {
  AtomicFile target;
  fs::path path;
  Hdf5Handle file;

  explicit Impl(const fs::path& wanted)
      : target(wanted),
        path(wanted),
        file(H5Fcreate(target.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose) {
    require(file.valid(), "cannot write the HDF5 file", path.string());
  }

  std::string place(const std::string& name) const { return path.string() + ", dataset " + name; }

  void put(const std::string& name, hid_t file_type, hid_t memory_type, hid_t space, const void* data) {
    require(file.valid(), "this file was already closed", place(name));
    require(!name.empty() && name.find('\0') == std::string::npos, "a dataset needs a name", path.string());
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose), creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(creation, false);  // equal contents give identical files
    const Hdf5Handle dataset(H5Dcreate2(file, name.c_str(), file_type, space, links, creation, H5P_DEFAULT), H5Dclose);
    require(dataset.valid(), "cannot make this dataset", place(name), "its name may be taken already");
    if (H5Sget_simple_extent_npoints(space) == 0) return;
    const herr_t status = H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    require(status >= 0, "cannot write this dataset", place(name), "is the disk full?");
  }

  void append(const std::string& name, hid_t file_type, hid_t memory_type, size_t element, torch::IntArrayRef shape,
              const void* data) {
    require(file.valid(), "this file was already closed", place(name));
    require(!shape.empty(), "a scalar cannot be appended as a row", place(name));
    std::vector<hsize_t> count(shape.begin(), shape.end()), start(shape.size(), 0), whole = count;
    if (!has(name)) make_growing(name, file_type, element, count);
    Hdf5Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    const Hdf5Handle before(H5Dget_space(dataset), H5Sclose);
    std::vector<hsize_t> there(count.size());
    const bool same_rank = H5Sget_simple_extent_ndims(before) == static_cast<int>(count.size());
    if (same_rank) H5Sget_simple_extent_dims(before, there.data(), nullptr);
    require(same_rank && std::equal(there.begin() + 1, there.end(), count.begin() + 1), "row shape differs from the dataset's",
            place(name));
    start[0] = there[0];
    whole[0] = there[0] + count[0];
    require(H5Dset_extent(dataset, whole.data()) >= 0, "cannot extend this dataset", place(name), "is the disk full?");
    if (count[0] == 0) return;
    const Hdf5Handle to(H5Dget_space(dataset), H5Sclose),
        from(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
    H5Sselect_hyperslab(to, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    const bool written = H5Dwrite(dataset, memory_type, from, to, H5P_DEFAULT, data) >= 0;
    // Rows reach the disk when the dataset is closed.
    require(dataset.close() && written, "cannot write this dataset", place(name), "is the disk full?");
  }

  // H5Lexists requires that all parent groups of a name "a/b" exist, so each is checked in turn.
  bool has(const std::string& name) const {
    for (size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
      if (H5Lexists(file, name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    return H5Lexists(file, name.c_str(), H5P_DEFAULT) > 0;
  }

  void make_growing(const std::string& name, hid_t type, size_t element, std::vector<hsize_t> shape) {
    constexpr hsize_t kChunkBytes = 1 << 16;
    hsize_t row = element;
    for (size_t i = 1; i < shape.size(); ++i) row *= std::max<hsize_t>(1, shape[i]);
    std::vector<hsize_t> most = shape, chunk = shape;
    shape[0] = 0;
    most[0] = H5S_UNLIMITED;
    chunk[0] = std::max<hsize_t>(1, kChunkBytes / row);
    for (hsize_t& side : chunk) side = std::max<hsize_t>(1, side);
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose), creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose),
        space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), most.data()), H5Sclose);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(creation, false);
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    const Hdf5Handle dataset(H5Dcreate2(file, name.c_str(), type, space, links, creation, H5P_DEFAULT), H5Dclose);
    require(dataset.valid(), "cannot make this dataset", place(name));
  }

  void put_attribute(const std::string& name, hid_t file_type, hid_t memory_type, const void* value) {
    require(file.valid(), "this file was already closed", path.string());
    require(H5Aexists(file, name.c_str()) == 0, "an attribute " + name + " cannot be added", path.string(),
            "its name is taken or empty");
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle made(H5Acreate2(file, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    require(made.valid() && H5Awrite(made, memory_type, value) >= 0, "cannot write the attribute " + name, path.string());
  }

  // To strings that HDF5 can hold.
  std::vector<const char*> pointers_to(const std::vector<std::string>& strings, const std::string& name) const {
    std::vector<const char*> pointers;
    for (const std::string& text : strings) {
      check_text(text, place(name));
      pointers.push_back(text.c_str());
    }
    return pointers;
  }

  void check_text(const std::string& text, const std::string& place) const {
    require(text.find('\0') == std::string::npos, "HDF5 cannot hold a text with a zero byte", place);
  }
};

TensorFileWriter::TensorFileWriter(const fs::path& path, const std::string& format, int64_t version) {
  Hdf5Lock lock;
  impl_ = std::make_unique<Impl>(path);
  attribute("format", format);
  impl_->put_attribute("version", H5T_STD_I64LE, H5T_NATIVE_INT64, &version);
}

TensorFileWriter::~TensorFileWriter() = default;

void TensorFileWriter::write(const std::string& name, const torch::Tensor& tensor) {
  Hdf5Lock lock;
  require(tensor.defined(), "there is no tensor to write", impl_->place(name));
  torch::Tensor values = tensor.detach().to(torch::kCPU).contiguous();
  if (values.scalar_type() == torch::kBool) values = values.to(torch::kUInt8);
  const DiskType type = disk_type(values.scalar_type(), impl_->place(name));
  impl_->put(name, type.file, type.memory, space_of(values.sizes()), values.const_data_ptr());
}

void TensorFileWriter::write_strings(const std::string& name, const std::vector<std::string>& strings) {
  Hdf5Lock lock;
  const std::vector<const char*> pointers = impl_->pointers_to(strings, name);
  const Hdf5Handle type = hdf5_string_type();
  impl_->put(name, type, type, space_of({static_cast<int64_t>(strings.size())}), pointers.data());
}

void TensorFileWriter::append(const std::string& name, const torch::Tensor& rows) {
  Hdf5Lock lock;
  require(rows.defined(), "there is no tensor to write", impl_->place(name));
  torch::Tensor values = rows.detach().to(torch::kCPU).contiguous();
  if (values.scalar_type() == torch::kBool) values = values.to(torch::kUInt8);
  const DiskType type = disk_type(values.scalar_type(), impl_->place(name));
  impl_->append(name, type.file, type.memory, values.element_size(), values.sizes(), values.const_data_ptr());
}

void TensorFileWriter::append_strings(const std::string& name, const std::vector<std::string>& strings) {
  Hdf5Lock lock;
  const std::vector<const char*> pointers = impl_->pointers_to(strings, name);
  const Hdf5Handle type = hdf5_string_type();
  impl_->append(name, type, type, sizeof(char*), {static_cast<int64_t>(strings.size())}, pointers.data());
}

void TensorFileWriter::attribute(const std::string& name, const std::string& value) {
  Hdf5Lock lock;
  impl_->check_text(value, impl_->path.string() + ", attribute " + name);
  const Hdf5Handle type = hdf5_string_type();
  const char* pointer = value.c_str();
  impl_->put_attribute(name, type, type, &pointer);
}

void TensorFileWriter::close() {
  Hdf5Lock lock;
  require(impl_->file.valid(), "this file was already closed", impl_->path.string());
  require(impl_->file.close(), "cannot finish the HDF5 file", impl_->path.string(), "is the disk full?");
  impl_->target.commit();
}

}  // namespace interprior
