#include <dlfcn.h>

#include <filesystem>

#include "commands.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// Asks the driver, as LibTorch does.
bool has_cuda_device() {
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return false;
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  int devices = 0;
  return init != nullptr && count != nullptr && init(0) == 0 && count(&devices) == 0 && devices > 0;
}

bool needs_cuda(const std::string& device) {
#ifdef INTERPRIOR_HAS_CUDA
  return device.rfind("cuda", 0) == 0 || (device.empty() && has_cuda_device());
#else
  return false;
#endif
}

// Beside the program's own folder: bin/interprior, lib/libinterprior_cpu.so.
const Commands& load(const std::string& device) {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (failure) throw CannotLoad("/proc/self/exe cannot be read", "the program finds its libraries by it: mount /proc");
  const fs::path file =
      program.parent_path().parent_path() / "lib" / (needs_cuda(device) ? "libinterprior_cuda.so" : "libinterprior_cpu.so");
  void* const library = dlopen(file.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (library == nullptr) {
    const std::string reason = dlerror();
    throw CannotLoad(reason, fs::exists(file, failure) ? "a library is missing or moved: run tools/setup.sh and build again"
                                                       : "install interprior again: bin/ and lib/ belong together");
  }
  const auto commands = reinterpret_cast<const Commands* (*)()>(dlsym(library, "interprior_commands"));
  if (commands == nullptr) throw CannotLoad(dlerror(), "install interprior again: bin/ and lib/ belong together");
  return *commands();
}

}  // namespace

const Commands& commands_on(const std::string& device) {
  static const Commands& loaded = load(device);
  return loaded;
}

}  // namespace interprior
