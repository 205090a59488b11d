#pragma once
#include <map>
#include <optional>

#include "interprior/experiment/sweep_plan.h"
#include "interprior/model/sampler.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Checks the runs of a chain of stages in order of training: configs, files, and what a stage needs from earlier ones. Trains
// nothing and opens no image.
class StageCheck {
 public:
  // `hand_hashes`: cache of hashes of hand files, shared between chains.
  explicit StageCheck(std::map<std::string, std::string>& hand_hashes) : hand_hashes_(hand_hashes) {}

  // One stage each, as the table of stages names them.
  void check_prior(const PlannedRun& run);
  void check_cues(const PlannedRun& run);
  void check_sampler(const PlannedRun& run);
  void check(const PlannedRun& run);  // throws Error
  // Hypotheses per validation sample of the last run that was checked.
  int64_t hypotheses() const { return hypotheses_; }

 private:
  // A prior that a later stage decodes with: an existing checkpoint, or planned by an earlier stage.
  struct KnownPrior {
    std::string file, model, hand_hash;
  };
  struct KnownCues {
    std::string file, prior_model, hand_hash, prior_file;  // prior_file: "" for an existing checkpoint
    SamplerConfig model;
  };

  std::string hand_hash(const std::string& file);
  KnownPrior prior_of(const std::string& file, const std::string& hand) const;
  KnownCues cues_of(const std::string& file) const;

  std::map<std::string, std::string>& hand_hashes_;
  int64_t hypotheses_ = 1;
  std::optional<KnownPrior> prior_;
  std::optional<KnownCues> cues_;
};

}  // namespace interprior
