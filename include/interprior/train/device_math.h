#pragma once

namespace interprior {

// TF32 and cuDNN settings of a GPU for one scope. Restores the previous settings. No effect on a CPU.
class DeviceMath {
 public:
  // tf32: fp32 matrix products and convolutions use TF32 (10-bit mantissa). measured: cuDNN benchmarks its kernels for each shape
  // and uses the fastest, which may differ between runs; false: cuDNN's heuristics and deterministic kernels.
  DeviceMath(bool tf32, bool measured);
  ~DeviceMath();
  DeviceMath(const DeviceMath&) = delete;
  DeviceMath& operator=(const DeviceMath&) = delete;

 private:
  struct Setting {
    bool products, convolutions, measured, repeatable;
  };
  static void set(const Setting& setting);
  Setting before_;
};

}  // namespace interprior
