#pragma once
#include <map>
#include <string>

#include "interprior/objective/terms.h"

namespace interprior {

// Running means of loss terms between two lines of the log; on the device until read.
class TermMeans {
 public:
  void add(const Terms& terms, const torch::Tensor& total);
  std::map<std::string, double> take();  // "loss" and "loss/NAME" (unweighted); resets the means

 private:
  std::map<std::string, torch::Tensor> sums_;
  int64_t count_ = 0;
};

}  // namespace interprior
