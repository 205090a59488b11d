#include "hdf5_text.h"

#include <cstring>
#include <functional>

namespace interprior {
namespace {

using Read = std::function<herr_t(hid_t memory_type, void* buffer)>;

std::string fixed_string(const char* begin, size_t size, H5T_str_t padding) {
  std::string text(begin, strnlen(begin, size));
  if (padding == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::optional<std::vector<std::string>> read_variable(hid_t type, hid_t space, size_t count, const Read& read) {
  const Hdf5Handle memory = hdf5_string_type(0, H5Tget_cset(type));
  std::vector<char*> pointers(count, nullptr);
  if (read(memory, pointers.data()) < 0) return std::nullopt;
  std::vector<std::string> strings;
  for (const char* pointer : pointers) strings.emplace_back(pointer == nullptr ? "" : pointer);
  H5Dvlen_reclaim(memory, space, H5P_DEFAULT, pointers.data());
  return strings;
}

std::optional<std::vector<std::string>> read_fixed(hid_t type, size_t count, const Read& read) {
  const size_t size = H5Tget_size(type);
  const Hdf5Handle memory(H5Tcopy(type), H5Tclose);
  if (size == 0 || count > std::vector<char>().max_size() / size) return std::nullopt;
  std::vector<char> bytes(count * size);
  if (read(memory, bytes.data()) < 0) return std::nullopt;
  std::vector<std::string> strings;
  for (size_t i = 0; i < count; ++i) strings.push_back(fixed_string(bytes.data() + i * size, size, H5Tget_strpad(type)));
  return strings;
}

std::optional<std::vector<std::string>> read_strings(hid_t type, hid_t space, size_t count, const Read& read) {
  if (H5Tget_class(type) != H5T_STRING) return std::nullopt;
  if (count == 0) return std::vector<std::string>{};
  return H5Tis_variable_str(type) > 0 ? read_variable(type, space, count, read) : read_fixed(type, count, read);
}

bool holds_one_value(hid_t space) { return H5Sget_simple_extent_npoints(space) == 1; }

}  // namespace

std::optional<std::vector<std::string>> hdf5_dataset_strings(hid_t dataset, int64_t begin, int64_t count) {
  const auto first = static_cast<hsize_t>(begin), some = static_cast<hsize_t>(count);
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose), from(H5Dget_space(dataset), H5Sclose),
      to(H5Screate_simple(1, &some, nullptr), H5Sclose);
  if (H5Sget_simple_extent_ndims(from) == 1) H5Sselect_hyperslab(from, H5S_SELECT_SET, &first, nullptr, &some, nullptr);
  return read_strings(type, to, static_cast<size_t>(count), [&](hid_t memory_type, void* buffer) {
    return H5Dread(dataset, memory_type, to, from, H5P_DEFAULT, buffer);
  });
}

std::optional<std::string> hdf5_attribute_string(hid_t file, const std::string& name) {
  if (H5Aexists(file, name.c_str()) <= 0) return std::nullopt;
  const Hdf5Handle attribute(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (!holds_one_value(space)) return std::nullopt;
  const auto strings =
      read_strings(type, space, 1, [&](hid_t memory_type, void* buffer) { return H5Aread(attribute, memory_type, buffer); });
  return strings ? std::optional(strings->front()) : std::nullopt;
}

std::optional<int64_t> hdf5_attribute_integer(hid_t file, const std::string& name) {
  if (H5Aexists(file, name.c_str()) <= 0) return std::nullopt;
  const Hdf5Handle attribute(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  int64_t value = 0;
  const bool one_integer = H5Tget_class(type) == H5T_INTEGER && holds_one_value(space);
  return one_integer && H5Aread(attribute, H5T_NATIVE_INT64, &value) >= 0 ? std::optional(value) : std::nullopt;
}

}  // namespace interprior
