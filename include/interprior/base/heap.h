#pragma once

namespace interprior {

// Keeps freed memory for later allocations instead of returning it to the system, which would map and clear its pages again for
// each large tensor (mallopt(3); nothing without glibc). Memory then stays at its peak. For a program to call, once.
void keep_freed_memory();

}  // namespace interprior
