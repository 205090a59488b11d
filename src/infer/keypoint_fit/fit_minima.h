#pragma once
#include <optional>

#include "fit_solver.h"
#include "fit_starts.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"

namespace interprior {

struct Minima {
  Solution solution;    // of B * kept fits, pair by pair, best first
  torch::Tensor sigma;  // (B): estimated standard deviation of the points
};

// Searches minima of pairs' energies from several views.
class FitMinima {
 public:
  FitMinima(const InteractionPrior& network, const HandModel& hand, torch::Device device, const FitOptions& options);
  // more: additional starts besides the library's, one per pair, or none.
  Minima operator()(const FitObservations& observations, int64_t tried, int64_t kept,
                    const std::optional<FitPoint>& more = {}) const;

  const StatePrior& prior() const { return prior_; }
  // The final energy, with overlap.
  FitEnergy energy() const { return {prior_, joints_, options_.joint_sigma, FitStage::near}; }

 private:
  FitOptions options_;
  torch::Device device_;
  StatePrior prior_;
  PairJointModel joints_;
  FitStarts starts_;
};

// The `kept` rows with lowest energy of each group of rows, best first.
torch::Tensor best_of_groups(const torch::Tensor& energy, int64_t groups, int64_t kept);
torch::Tensor each_repeated(int64_t rows, int64_t times, torch::Device device);  // 0,0,1,1,...

}  // namespace interprior
