#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checkpoint_files.h"
#include "interprior/evaluation/evaluation_folder.h"
#include "interprior/evaluation/test_set.h"
#include "interprior/train/train_sampler.h"

namespace interprior {

// A sampler's checkpoint, opened for its evaluation on images. The arguments must outlive it.
class SamplerEvaluation {
 public:
  SamplerEvaluation(const CheckpointInput& input, const SamplerEvaluationOptions& options);  // throws Error

  // Evaluates every protocol. Writes predictions.h5 and truth.h5 to `folder`, those of further test sets with a suffix. `table`:
  // gets the errors of the samples, or nullptr.
  std::vector<Evaluation> measure(const std::filesystem::path& folder, EvaluationFolder* table) const;
  void write_part(const std::filesystem::path& folder, const EvaluationPart& part) const;

  std::map<std::string, std::string> origin() const;  // for origin.json
  const std::string& hand_file() const { return files_.hand_file; }

 private:
  // hands.h5 files of one test set.
  struct SetFiles {
    std::filesystem::path predictions, truth;
  };
  static SetFiles set_files(const std::filesystem::path& folder, const std::string& suffix = "");

  BoxSource box_of(const TestSet& set) const { return options_.box.value_or(set.box); }
  MeasureOptions measuring() const;
  ImageDataset open(const TestSet& set) const;
  // Writes predictions and ground truth of images begin .. end-1. Returns the number of images that could not be loaded.
  std::map<std::string, int64_t> predict(const ImageDataset& images, const TestSet& set, const SetFiles& files, int64_t begin,
                                         int64_t end) const;
  void write_part(const std::filesystem::path& folder, const EvaluationPart& part, const TestSet& set) const;
  HandSets predictions_in(const SetFiles& files) const;
  HandSets truth_in(const SetFiles& files) const;

  const CheckpointInput& input_;
  const SamplerEvaluationOptions& options_;
  CheckpointInfo info_;
  Sampler network_;
  SamplerTrainConfig config_;
  CheckpointFiles files_;
  TwoHands on_cpu_, on_device_;
};

}  // namespace interprior
