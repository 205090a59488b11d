#pragma once
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "interprior/data/images/image_dataset.h"
#include "interprior/data/patterns.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/evaluation_part.h"
#include "interprior/evaluation/prior_evaluation.h"
#include "interprior/model/sampler.h"

// Evaluation of the checkpoint of a training run: what the command `evaluate` does, without its output to the terminal.
namespace interprior {

// A checkpoint and the data that it is evaluated on.
struct CheckpointInput {
  std::string checkpoint;  // *.safetensors
  // Of a sampler a data root or an images.h5, of a prior a patterns.h5; "": the one in the checkpoint's config.
  std::string data;
  std::string split = "test";  // train, val, test or all
  std::string hand;            // hand.h5; "": the one that it was trained with (hand_file_of)
  torch::Device device = torch::kCPU;
};

// A sampler and the images of a test set that it was evaluated on. Network (in evaluation mode) and hands are on the device.
struct EvaluatedImages {
  Sampler network;
  const TwoHands& hands;
  const ImageDataset& images;
  const Evaluation& evaluation;  // under the test set's first protocol
};

struct SamplerEvaluationOptions {
  std::vector<Protocol> protocols = {Protocol::intaghand};
  std::optional<BoxSource> box;       // of the crops; none: that of each protocol
  std::string annotations;            // text file of annotation ids, one per line: only their images; "": all
  int64_t batch = 32, workers = 1;    // images per forward pass, loader threads
  int64_t hypotheses = 1;             // per image; from 2 on best-of-K errors are reported too
  double temperature = 1;             // standard deviation of the noise of hypotheses
  MeasureOptions measure;             // `implausible` has no effect: such predictions are left out and counted
  std::vector<std::string> accepted;  // findings of the ground truth that check_hand_sets accepts
  // Gets predictions.h5, truth.h5 and the files of EvaluationFolder; "": none are kept.
  std::filesystem::path folder;
  EvaluationProgress progress;                       // phases "predict", "check" and "evaluate"
  std::function<void(const EvaluatedImages&)> look;  // called once, after the first test set
};

// Evaluates a sampler on images under every protocol; protocols of one test set share their predictions. Predictions and ground
// truth go through hands.h5 files, so that memory does not grow with the data. Throws Error, also when its prior or cue stage was
// trained on the split, or when another hand file is given than the one it was trained with.
std::vector<Evaluation> evaluate_sampler_checkpoint(const CheckpointInput& input, const SamplerEvaluationOptions& options = {});

// Evaluates one part of the images and writes it to FOLDER/parts, for merge_evaluation_parts; the merged parts are the whole to
// the last digit. Of the options, `folder` and `look` have no effect, and `progress` gets only the phase "predict". Returns the
// path of the hand file, which merging needs. Throws Error, also when there are more parts than batches.
std::string write_sampler_part(const std::filesystem::path& folder, const EvaluationPart& part, const CheckpointInput& input,
                               const SamplerEvaluationOptions& options = {});

// A prior and the patterns that it was evaluated on. Prior (in evaluation mode) and hands are on the device.
struct EvaluatedPatterns {
  InteractionPrior prior;
  const TwoHands& hands;
  const Patterns& patterns;
};

struct PriorEvaluationOptions {
  int64_t samples = 10000;                             // of each kind, compared with the patterns; 0: none (prior_evaluation.h)
  std::filesystem::path folder;                        // gets the files of EvaluationFolder; "": none are written
  std::function<void(const EvaluatedPatterns&)> look;  // called before the folder is complete; only with a folder
};

// Evaluates a prior on patterns. Throws Error, also when it was trained on the split, or when another hand file is given than the
// one it was trained with.
PriorEvaluation evaluate_prior_checkpoint(const CheckpointInput& input, const PriorEvaluationOptions& options = {});

}  // namespace interprior
