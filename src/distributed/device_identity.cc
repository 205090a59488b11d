#include "device_identity.h"

#include <c10/util/StringUtil.h>
#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "host_name.h"

namespace interprior {
namespace {

// Loads CUDA's driver at run time: the project is built without its headers.
std::string uuid_of(int index) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return "";
  const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto device_at = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
  void* uuid = dlsym(driver, "cuDeviceGetUuid_v2");  // distinguishes MIG instances
  const auto uuid_at = reinterpret_cast<int (*)(void*, int)>(uuid != nullptr ? uuid : dlsym(driver, "cuDeviceGetUuid"));
  std::array<unsigned char, 16> bytes{};
  int device = 0;
  if (initialise == nullptr || device_at == nullptr || uuid_at == nullptr || initialise(0) != 0 ||
      device_at(&device, index) != 0 || uuid_at(bytes.data(), device) != 0)
    return "";
  std::string text = "GPU-";
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", bytes[i]);
    text += std::string(i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "") + hex.data();
  }
  return text;
}

// The entry of CUDA_VISIBLE_DEVICES at this index, or the index itself.
std::string name_on_machine(int index) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream list(visible == nullptr ? "" : visible);
  std::string name;
  for (int i = 0; i <= index && std::getline(list, name, ','); ++i)
    if (i == index) return name;
  return std::to_string(index);
}

}  // namespace

std::string device_identity(c10::Device device) {
  if (!device.is_cuda()) return "";
  const std::string uuid = uuid_of(device.index());
  return uuid.empty() ? c10::str(host_name(), ":", name_on_machine(device.index())) : uuid;
}

}  // namespace interprior
