#pragma once
#include <algorithm>
#include <filesystem>

#include "interprior/evaluation/evaluation.h"

// One evaluation shared among processes: each measures a range of the truth's rows and leaves what it found in a folder of its
// own; put together, they give what one process would have given, to the last digit.
namespace interprior {

struct EvaluationPart {
  int64_t number = 1, count = 1;
  // Its rows of so many, cut between batches of this size: what a network computes of a sample depends in its last digits on the
  // batch that it is in.
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

// What of a part is not in its tensors.
struct PartOrigin {
  EvaluationPart part;
  int64_t all_rows = 0;  // of the whole evaluation, all parts together
  std::string set;       // which test set this is, such as "both_hands"
  std::vector<Protocol> protocols;
  std::string box, hand_hash;
  std::string truth, predictions,
      settings;  // of one evaluation the same in every part: files as they were, and what was asked for
  std::map<std::string, int64_t> skipped;
};

// FOLDER/parts/SET_2_of_4: errors of every protocol and the truth they were measured against. A part that was there is replaced;
// it counts as done when its part.json lies there. Throws Error.
void write_evaluation_part(const std::filesystem::path& folder, const PartOrigin& origin, const HandSets& predictions,
                           const HandSets& truth, const TwoHands& hands, const MeasureOptions& options);

// A file's path, size and time of change: whether it is still the one that another part saw.
std::string file_state(const std::filesystem::path& path);

// Puts together all parts of FOLDER/parts, test set by test set. `each` sees the errors in the truth's order. Throws Error naming
// a part that is missing, doubled, or of another evaluation than the others.
std::vector<Evaluation> merge_evaluation_parts(const std::filesystem::path& folder, const TwoHands& hands,
                                               const std::function<void(Protocol, const SampleErrors&)>& each = {});

}  // namespace interprior
