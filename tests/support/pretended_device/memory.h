#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/Storage.h>

namespace interprior::pretended {

c10::Allocator* device_memory();
c10::Allocator* page_locked_memory();

// A kernel's fresh result, from now on memory of the device, made by the current stream.
c10::Storage on_device(const c10::Storage& host);

}  // namespace interprior::pretended
