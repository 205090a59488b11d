#pragma once
#include "flags.h"

namespace interprior {

// `interprior explain`: prints config keys, which are compiled in, so that it needs no LibTorch. Throws FrontError.
void explain(const ExplainFlags& flags);

}  // namespace interprior
