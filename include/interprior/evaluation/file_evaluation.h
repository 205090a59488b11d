#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/evaluation_part.h"

namespace interprior {

// The sets of an evaluation and its result under the first protocol.
struct EvaluatedFiles {
  const HandSets& predictions;
  const HandSets& truth;
  const HandSets* against;  // of a second method, or nullptr
  const TwoHands& hands;
  const Evaluation& evaluation;
};

// Predictions of any method, and what they are evaluated against.
struct FileEvaluationOptions {
  std::filesystem::path predictions;  // hands.h5
  std::filesystem::path truth;        // a hands.h5, a data root or an images.h5, joined with the predictions by sample id
  std::filesystem::path hand;         // hand.h5
  std::filesystem::path against;      // hands.h5 of a second method, compared sample by sample; "": none
  // Of a data set as truth: train, val, test or all; text file of annotation ids, one per line: only their images, "": all.
  std::string split = "test", annotations;
  std::string box;  // source of the method's crop boxes: oracle, annotation or file; "": as the predictions record it
  std::vector<Protocol> protocols = {Protocol::intaghand};
  MeasureOptions measure;
  std::vector<std::string> accepted;                // findings that check_hand_sets accepts
  std::filesystem::path folder;                     // gets the files of EvaluationFolder; "": none are written
  EvaluationProgress progress;                      // phases "check" and "evaluate"
  std::function<void(const EvaluatedFiles&)> look;  // called before the folder is complete; only with a folder
};

// Evaluations of the test set of both hands come first. Throws Error.
std::vector<Evaluation> evaluate_files(const FileEvaluationOptions& options);

// Measures one part of the same evaluation and writes it to FOLDER/parts, for merge_evaluation_parts. Throws Error, also when a
// second method is given.
void write_files_part(const std::filesystem::path& folder, const EvaluationPart& part, const FileEvaluationOptions& options);

}  // namespace interprior
