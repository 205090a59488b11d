#pragma once

namespace interprior {

enum ExitCode { kDone = 0, kUserError = 1, kUsage = 2, kBug = 3, kInterrupted = 130 };

}  // namespace interprior
