#include "interprior/train/device_math.h"

#include <ATen/Context.h>

namespace interprior {

DeviceMath::DeviceMath(bool tf32, bool measured) {
  const at::Context& now = at::globalContext();
  before_ = {now.allowTF32CuBLAS(), now.allowTF32CuDNN(), now.benchmarkCuDNN(), now.deterministicCuDNN()};
  set({tf32, tf32, measured, !measured});
}

DeviceMath::~DeviceMath() { set(before_); }

void DeviceMath::set(const Setting& setting) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(setting.products);
  context.setAllowTF32CuDNN(setting.convolutions);
  context.setBenchmarkCuDNN(setting.measured);
  context.setDeterministicCuDNN(setting.repeatable);
}

}  // namespace interprior
