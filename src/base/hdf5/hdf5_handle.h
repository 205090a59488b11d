#pragma once
#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace interprior {

// Global lock for calls into libhdf5, which is often built without thread safety. Also disables its error printing.
class Hdf5Lock {
 public:
  Hdf5Lock() : lock_(mutex()) {
    // Every file is closed by its owner; libhdf5's clean-up at exit fails on a file that a full disk kept from closing.
    [[maybe_unused]] static const herr_t no_clean_up = H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

 private:
  static std::recursive_mutex& mutex() {
    static std::recursive_mutex instance;
    return instance;
  }
  std::unique_lock<std::recursive_mutex> lock_;
};

// An HDF5 identifier, closed by the destructor; negative if HDF5 failed.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle(hid_t id, Close close_with) : id_(id), close_(close_with) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { close(); }

  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }

  // False if HDF5 fails, for instance on a full disk.
  bool close() {
    if (!valid()) return true;
    Hdf5Lock lock;
    return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
  }

 private:
  hid_t id_;
  Close close_;
};

// An HDF5 string type of variable length, or of `size` bytes if `size` is not zero.
inline Hdf5Handle hdf5_string_type(size_t size = 0, H5T_cset_t character_set = H5T_CSET_UTF8) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, size == 0 ? H5T_VARIABLE : size);
  H5Tset_cset(type, character_set);
  return type;
}

}  // namespace interprior
