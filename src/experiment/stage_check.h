#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "interprior/experiment/sweep_plan.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Checks the runs of a chain of stages in order of training: configs, files, and what a stage needs from earlier ones. Trains
// nothing and opens no image. The check of each stage stands with the table of stages; it enters here what later stages need.
class StageCheck {
 public:
  // A prior that a later stage decodes with: an existing checkpoint, or planned by an earlier stage.
  struct KnownPrior {
    std::string file, model, hand_hash;
  };
  struct KnownCues {
    std::string file, prior_model, hand_hash, prior_file;  // prior_file: "" for an existing checkpoint
    SamplerConfig model;
  };

  // `hand_hashes`: cache of hashes of hand files, shared between chains.
  explicit StageCheck(std::map<std::string, std::string>& hand_hashes) : hand_hashes_(hand_hashes) {}

  void check(const PlannedRun& run);  // throws Error
  // Hypotheses per validation sample of the last run that was checked.
  int64_t hypotheses() const { return hypotheses_; }

  void set_hypotheses(int64_t hypotheses) { hypotheses_ = hypotheses; }
  void plan(KnownPrior prior) { prior_ = std::move(prior); }
  void plan(KnownCues cues) { cues_ = std::move(cues); }
  std::string hand_hash(const std::string& file);
  // The prior of a checkpoint, existing or planned; requires the same hand.
  KnownPrior prior_of(const std::string& file, const std::string& hand) const;
  KnownCues cues_of(const std::string& file) const;

 private:
  std::map<std::string, std::string>& hand_hashes_;
  int64_t hypotheses_ = 1;
  std::optional<KnownPrior> prior_;
  std::optional<KnownCues> cues_;
};

}  // namespace interprior
