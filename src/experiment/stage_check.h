#pragma once
#include <map>
#include <optional>

#include "interprior/experiment/sweep_plan.h"
#include "interprior/model/sampler.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Looks at the runs of a chain of stages, one after the other as they will be trained: configs, the files they name, and what one
// stage needs of those before it. Nothing is trained, no picture opened.
class StageCheck {
 public:
  // `hand_hashes`: of hand files seen so far, which several chains may share.
  explicit StageCheck(std::map<std::string, std::string>& hand_hashes) : hand_hashes_(hand_hashes) {}

  void check(const PlannedRun& run);  // throws Error
  // Draws of each held-out sample in the last run that was checked.
  int64_t hypotheses() const { return hypotheses_; }

 private:
  // A prior that a later stage decodes with: trained before, or to be trained by an earlier stage.
  struct KnownPrior {
    std::string file, model, hand_hash;
  };
  struct KnownCues {
    std::string file, prior_model, hand_hash, prior_file;  // prior_file: "" where it was trained before
    SamplerConfig model;
  };

  void check_prior(const PlannedRun& run);
  void check_cues(const PlannedRun& run);
  void check_sampler(const PlannedRun& run);
  std::string hand_hash(const std::string& file);
  KnownPrior prior_of(const std::string& file, const std::string& hand) const;
  KnownCues cues_of(const std::string& file) const;

  std::map<std::string, std::string>& hand_hashes_;
  int64_t hypotheses_ = 1;
  std::optional<KnownPrior> prior_;
  std::optional<KnownCues> cues_;
};

}  // namespace interprior
