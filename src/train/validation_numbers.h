#pragma once
#include <map>
#include <string>

#include "interprior/infer/evaluation.h"

namespace interprior {

// What a validation of reconstructed hands is logged as: errors, the two baselines of METHOD §11, and of more than one hypothesis
// best-of-k for k = 1, 2, 4, ... and what their spread tells.
std::map<std::string, double> validation_numbers(const Evaluation& evaluation);

}  // namespace interprior
