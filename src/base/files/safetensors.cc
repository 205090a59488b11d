#include "interprior/base/files/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "interprior/base/error.h"
#include "interprior/base/files/file_kind.h"
#include "safetensors_dtype.h"
#include "safetensors_header.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

// A read-only memory mapping of a whole file.
class Mapping {
 public:
  explicit Mapping(const fs::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) throw Error("cannot open the file", path.string(), std::strerror(errno));
    struct stat status {};
    const bool ordinary = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    size_ = ordinary ? static_cast<size_t>(status.st_size) : 0;
    if (size_ > 0) data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    const std::string reason = std::strerror(errno);
    ::close(file);
    require(ordinary, "this is not a file", path.string());
    require(data_ != MAP_FAILED, "cannot map the file into memory", path.string(), reason);
  }
  ~Mapping() {
    if (size_ > 0 && data_ != MAP_FAILED) munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const char* bytes() const { return static_cast<const char*>(data_); }
  size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace

struct Safetensors::Impl {
  fs::path path;
  Mapping mapping;
  SafetensorsHeader header;
  std::map<std::string, size_t> index;  // name -> position in header.entries
  const char* data = nullptr;

  explicit Impl(const fs::path& file) : path(file), mapping(file) {
    const std::string place = path.string();
    uint64_t length = 0;
    require(mapping.size() >= sizeof(length), "this is not a safetensors file: it is shorter than 8 bytes", place);
    std::memcpy(&length, mapping.bytes(), sizeof(length));
    require(length <= kSafetensorsLongestHeader && length <= mapping.size() - sizeof(length),
            c10::str("this is not a safetensors file, or it is truncated: byte 0 claims a header of ", length,
                     " bytes, the file has ", mapping.size()),
            place);
    const size_t start = sizeof(length) + static_cast<size_t>(length);
    data = mapping.bytes() + start;
    const std::string_view json(mapping.bytes() + sizeof(length), static_cast<size_t>(length));
    header = parse_safetensors_header(json, mapping.size() - start, place);
    for (size_t i = 0; i < header.entries.size(); ++i) index[header.entries[i].name] = i;
  }
};

Safetensors::Safetensors(const fs::path& path) {
  require_no_other_kind(path, "a safetensors file");
  impl_ = std::make_unique<Impl>(path);
}
Safetensors::~Safetensors() = default;

const std::map<std::string, std::string>& Safetensors::metadata() const { return impl_->header.metadata; }
const fs::path& Safetensors::path() const { return impl_->path; }
bool Safetensors::has(const std::string& name) const { return impl_->index.count(name) > 0; }

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : impl_->header.entries) names.push_back(entry.name);
  return names;
}

std::string wrapping_prefix(const std::vector<std::string>& names) {
  std::string prefix;
  for (bool found = !names.empty(); found;) {
    found = false;
    for (const char* one : {"module.", "_orig_mod.", "backbone.", "model.", "state_dict."}) {
      const std::string longer = prefix + one;
      if (!std::all_of(names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(longer); })) continue;
      prefix = longer;
      found = true;
    }
  }
  return prefix;
}

torch::Tensor Safetensors::tensor(const std::string& name) const {
  const auto found = impl_->index.find(name);
  if (found == impl_->index.end()) {
    const std::string near = nearest_word(name, names());
    throw Error("there is no tensor " + name, impl_->path.string(), near.empty() ? "" : "the nearest name is " + near);
  }
  const SafetensorsEntry& entry = impl_->header.entries[found->second];
  const bool is_bool = entry.dtype == torch::kBool;
  torch::Tensor tensor = torch::empty(entry.shape, is_bool ? torch::kUInt8 : entry.dtype);
  if (entry.end > entry.begin) std::memcpy(tensor.data_ptr(), impl_->data + entry.begin, entry.end - entry.begin);
  return is_bool ? tensor.ne(0) : tensor;  // a bool in memory must be 0 or 1, a byte of the file may have any value
}

}  // namespace interprior
