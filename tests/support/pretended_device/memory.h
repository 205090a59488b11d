#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/Storage.h>

namespace interprior::pretended {

c10::Allocator* device_memory();
c10::Allocator* page_locked_memory();

// Turns a kernel's new result into device memory, written by the current stream.
c10::Storage on_device(const c10::Storage& host);

}  // namespace interprior::pretended
