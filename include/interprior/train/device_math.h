#pragma once

namespace interprior {

// How a GPU multiplies, for one scope; what was set before comes back. A CPU is not concerned.
class DeviceMath {
 public:
  // tf32: products and convolutions of fp32 numbers keep 10 bits of them; false: all. measured: cuDNN tries its kernels on each
  // shape and takes the fastest, which may be another one in another run; false: by rule, and the same sums in every run.
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
