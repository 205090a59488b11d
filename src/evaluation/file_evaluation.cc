#include "interprior/evaluation/file_evaluation.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/data_truth.h"
#include "interprior/evaluation/evaluation_folder.h"
#include "interprior/evaluation/test_set.h"
#include "interprior/metric/interval.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

struct TruthOfSet {
  TestSet set;
  HandSets hands;
  std::map<std::string, int64_t> skipped = {};                 // of the data set
  std::function<bool(const std::string&)> excluded = nullptr;  // whether the data set has an image that is not in the test set
};

// Annotations of a data set, written to a file in `scratch`.
TruthOfSet truth_from_data(const FileEvaluationOptions& options, const TestSet& set, const HandModel& hand,
                           const fs::path& scratch) {
  UsableRule rule = usable_rule(set, options.annotations);
  rule.keep_unusable = true;
  const ImageIndex index = read_images(options.truth, options.split, rule);
  require(!index.usable.empty(), c10::str("no usable image in split ", options.split), options.truth.string(),
          "see `interprior inspect`");
  const fs::path file = scratch / (set.name() + ".h5");
  write_data_truth(file, index, hand);
  TruthOfSet truth{set, HandSets(std::vector<fs::path>{file}, options.truth.string()), index.skipped};
  const auto excluded = std::make_shared<std::unordered_set<uint64_t>>();  // hashes of ids
  for (size_t i = 0; i < index.unusable.size(); ++i) excluded->insert(hash_of_id(index.unusable.sample(i)));
  truth.excluded = [excluded](const std::string& sample) { return excluded->count(hash_of_id(sample)) > 0; };
  return truth;
}

std::vector<TruthOfSet> truths_of(const FileEvaluationOptions& options, const HandModel& hand, const fs::path& scratch) {
  const bool is_file = tensor_file_format(options.truth) == "interprior.hands";
  require(!is_file || options.annotations.empty(), "annotation ids select from a data set, but a hands.h5 has none",
          "--annotations", "give --truth the data set, or leave the other samples out of " + options.truth.string());
  std::vector<TestSet> sets = test_sets(options.protocols);
  std::stable_partition(sets.begin(), sets.end(), [](const TestSet& set) { return set.both_hands; });
  std::vector<TruthOfSet> truths;
  for (const TestSet& set : sets)
    truths.push_back(is_file ? TruthOfSet{set, HandSets(std::vector<fs::path>{options.truth}, options.truth.string())}
                             : truth_from_data(options, set, hand, scratch));
  return truths;
}

struct OpenFiles {
  explicit OpenFiles(const FileEvaluationOptions& options)
      : hands(read_hand_model(options.hand)),
        predictions(std::vector<fs::path>{options.predictions}),
        scratch(temporary_evaluation_folder()),
        truths(truths_of(options, hands.model, scratch.path())) {}

  TwoHands hands;
  HandSets predictions;
  TemporaryPath scratch;
  std::vector<TruthOfSet> truths;
};

std::string box_of(const FileEvaluationOptions& options) {
  if (!options.box.empty()) return options.box;
  const TensorFileReader file(options.predictions, "interprior.hands", 1);
  if (file.has_attribute("box_source")) return file.attribute("box_source");
  return file.has("box") ? "file" : "not stated";
}

}  // namespace

std::vector<Evaluation> evaluate_files(const FileEvaluationOptions& options) {
  const OpenFiles files(options);
  std::unique_ptr<EvaluationFolder> folder;
  if (!options.folder.empty()) folder = std::make_unique<EvaluationFolder>(options.folder);
  std::optional<HandSets> against;
  if (!options.against.empty()) against.emplace(std::vector<fs::path>{options.against});
  EvaluationOptions measuring;
  measuring.measure = options.measure;
  measuring.box = box_of(options);
  measuring.against = against ? &*against : nullptr;
  measuring.accepted = options.accepted;
  measuring.progress = options.progress;
  if (folder) measuring.each = [&](Protocol protocol, const SampleErrors& errors) { folder->add(protocol, errors); };
  std::vector<Evaluation> evaluations;
  for (const TruthOfSet& truth : files.truths) {
    measuring.skipped = truth.skipped;
    measuring.excluded = truth.excluded;
    for (Evaluation& evaluation : evaluate(truth.set.protocols, files.predictions, truth.hands, files.hands, measuring))
      evaluations.push_back(std::move(evaluation));
  }
  if (!folder) return evaluations;
  folder->begin();
  if (options.look)
    options.look({files.predictions, files.truths.front().hands, measuring.against, files.hands, evaluations.front()});
  std::map<std::string, std::string> origin = {
      {"predictions", options.predictions.string()}, {"truth", options.truth.string()}, {"hand", options.hand.string()}};
  if (against) origin["against"] = options.against.string();
  folder->finish(evaluation_json(evaluations), origin, evaluations);
  return evaluations;
}

void write_files_part(const fs::path& folder, const EvaluationPart& part, const FileEvaluationOptions& options) {
  require(options.against.empty(), "a comparison of two methods cannot be split into parts", "--against",
          "leave --part or --against out");
  const OpenFiles files(options);
  for (const TruthOfSet& truth : files.truths) {
    const int64_t rows = truth.hands.size();
    require(part.count <= rows, c10::str("there are only ", rows, " samples"), "--part", "use fewer parts");
    for (const HandSets* set : {&truth.hands, &files.predictions}) check_hand_sets(*set, files.hands.model, options.accepted);
    require_no_surplus(files.predictions, truth.hands, truth.excluded);
    const PartOrigin origin{part,
                            rows,
                            truth.set.name(),
                            truth.set.protocols,
                            box_of(options),
                            files.hands.hash,
                            file_state(options.truth),
                            file_state(options.predictions),
                            c10::str("split ", options.split, ", surfaces ", options.measure.surfaces, ", box '", options.box,
                                     "', annotations '", options.annotations, "'"),
                            part.number == 1 ? truth.skipped : std::map<std::string, int64_t>()};
    write_evaluation_part(folder, origin, files.predictions, truth.hands.slice(part.begin(rows), part.end(rows)), files.hands,
                          options.measure);
  }
}

}  // namespace interprior
