#pragma once
#include <algorithm>
#include <filesystem>

#include "interprior/evaluation/evaluation.h"

// One evaluation split among processes: each measures a range of ground-truth rows and writes its errors to a folder of its own.
// The merged result equals that of one process to the last digit.
namespace interprior {

struct EvaluationPart {
  int64_t number = 1, count = 1;
  // Range of this part among `rows`, cut between batches of size `batch`: the last digits of a network's output depend on the
  // other samples of the batch.
  int64_t begin(int64_t rows, int64_t batch = 1) const { return cut(rows, batch, number - 1); }
  int64_t end(int64_t rows, int64_t batch = 1) const { return cut(rows, batch, number); }

 private:
  int64_t cut(int64_t rows, int64_t batch, int64_t parts) const {
    const int64_t batches = (rows + batch - 1) / batch;
    return std::min(rows, batches * parts / count * batch);
  }
};
// "2/4"; throws Error.
EvaluationPart parse_part(const std::string& text);

// Metadata of a part (part.json).
struct PartOrigin {
  EvaluationPart part;
  int64_t all_rows = 0;  // of the whole evaluation
  std::string set;       // name of the test set, such as "both_hands"
  std::vector<Protocol> protocols;
  std::string box, hand_hash;
  std::string truth, predictions, settings;  // file states and options; the same in every part of one evaluation
  std::map<std::string, int64_t> skipped;
};

// Writes FOLDER/parts/SET_2_of_4: errors under every protocol and the ground truth they were measured against. Replaces an
// existing part. A part is complete when its part.json exists. Throws Error.
void write_evaluation_part(const std::filesystem::path& folder, const PartOrigin& origin, const HandSets& predictions,
                           const HandSets& truth, const TwoHands& hands, const MeasureOptions& options);

// Path, size and modification time of a file, to detect that it changed between parts.
std::string file_state(const std::filesystem::path& path);

// Merges all parts of FOLDER/parts, test set by test set. `each` is called with errors in order of the ground truth. Throws Error
// naming a part that is missing, duplicated, or of another evaluation than the others.
std::vector<Evaluation> merge_evaluation_parts(const std::filesystem::path& folder, const TwoHands& hands,
                                               const std::function<void(Protocol, const SampleErrors&)>& each = {});

}  // namespace interprior
