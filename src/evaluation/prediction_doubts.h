#pragma once
#include "interprior/evaluation/evaluation.h"

namespace interprior {

// Faults of predictions that only a comparison with ground truth shows: right and left hands exchanged in parameters, and MANO's
// hands_mean added twice or never.
class PredictionDoubts {
 public:
  explicit PredictionDoubts(const TwoHands& hands);

  // The same samples of both sets in the same order, and their errors under the protocol.
  void add(Protocol protocol, const HandSet& predictions, const HandSet& truth, const SampleErrors& errors);
  std::vector<std::string> warnings() const;  // one sentence each

 private:
  static constexpr int64_t kExchanged = 1024;  // samples that are also measured with hands exchanged

  void add_exchanged(Protocol protocol, const HandSet& predictions, const HandSet& truth, const SampleErrors& errors);
  void add_fingers(const HandSet& predictions, const HandSet& truth);
  std::string exchanged_warning() const;
  std::string fingers_warning(Side side) const;

  const TwoHands& hands_;
  SampleMeter meter_;
  int64_t looked_ = 0, compared_ = 0;
  double as_given_mm_ = 0, exchanged_mm_ = 0;  // sums over the samples that were compared
  PerHand<torch::Tensor> fingers_;             // (45) sum of predicted minus ground-truth angles, rad
  PerHand<int64_t> hands_counted_{0, 0};
};

}  // namespace interprior
