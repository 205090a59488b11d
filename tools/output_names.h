#pragma once
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "interprior/infer/inputs.h"

namespace interprior {

// Names of output files, each given once; may be used from several threads.
class OutputNames {
 public:
  // The names of the inputs are taken.
  explicit OutputNames(const std::vector<Input>& inputs) : of_inputs_(!inputs.empty()) {
    for (const Input& input : inputs) taken_.insert(input.name);
  }
  // `wanted`, or wanted_2, wanted_3, ... if it is taken.
  std::string free(const std::string& wanted) {
    const std::lock_guard lock(mutex_);
    std::string name = wanted;
    for (int copy = 2; !taken_.insert(name).second; ++copy) name = wanted + "_" + std::to_string(copy);
    return name;
  }
  // Of an output of the input `input`, which may have the input's own name.
  std::string free(const std::string& wanted, const std::string& input) {
    return of_inputs_ && wanted == input ? wanted : free(wanted);
  }

 private:
  bool of_inputs_;
  std::mutex mutex_;
  std::set<std::string> taken_;
};

}  // namespace interprior
