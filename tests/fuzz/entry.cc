// libFuzzer entry point of one target.
#include <ATen/Parallel.h>

#include <cstddef>
#include <cstdint>

int INTERPRIOR_FUZZ_TARGET(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  at::set_num_threads(1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return INTERPRIOR_FUZZ_TARGET(data, size); }
