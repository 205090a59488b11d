#include <c10/util/StringUtil.h>

#include <unordered_set>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/data_truth.h"
#include "interprior/report/set_image.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// Ground truth and the protocols evaluated against it: one from a file; from a data set's annotations one per test set, through a
// temporary file.
struct TruthOfProtocols {
  std::string set;
  std::vector<Protocol> protocols;
  HandSets truth;
  std::map<std::string, int64_t> skipped;                             // of the data set
  std::shared_ptr<const std::unordered_set<uint64_t>> excluded = {};  // hashes of ids excluded by --annotations
};

// --annotations selects predictions like the ground truth.
std::function<bool(const std::string&)> excluded_from(const TruthOfProtocols& one) {
  if (!one.excluded) return {};
  return [excluded = one.excluded](const std::string& sample) { return excluded->count(hash_of_id(sample)) > 0; };
}

std::vector<TruthOfProtocols> truths_of(const EvaluateFlags& flags, const std::vector<Protocol>& protocols, const HandModel& hand,
                                        const ScratchFolder& scratch) {
  const bool is_file = tensor_file_format(flags.truth) == "interprior.hands";
  require(!is_file || flags.annotations.empty(), "annotation ids select from a data set, but a hands.h5 has none",
          "--annotations", "give --truth the data set, or leave the other samples out of " + flags.truth);
  std::vector<TruthOfProtocols> truths;
  for (const bool both_hands : {true, false}) {
    std::vector<Protocol> own;
    for (const Protocol protocol : protocols)
      if (rule_of(protocol).both_hands == both_hands) own.push_back(protocol);
    if (own.empty()) continue;
    const std::string set = both_hands ? "both_hands" : "all";
    fs::path file = flags.truth;
    std::map<std::string, int64_t> skipped;
    std::shared_ptr<std::unordered_set<uint64_t>> excluded;
    if (!is_file) {
      UsableRule rule = test_set_rule(flags, both_hands);
      rule.keep_unusable = !flags.annotations.empty();
      const ImageIndex index = read_images(flags.truth, flags.split, rule);
      require(!index.usable.empty(), c10::str("no usable image in split ", flags.split), flags.truth, "see `interprior inspect`");
      file = scratch.path() / (set + ".h5");
      write_data_truth(file, index, hand);
      skipped = index.skipped;
      if (rule.keep_unusable) excluded = std::make_shared<std::unordered_set<uint64_t>>();
      for (size_t i = 0; i < index.unusable.size(); ++i) excluded->insert(hash_of_id(index.unusable.sample(i)));
    }
    truths.push_back({set, own, HandSets(std::vector<fs::path>{file}, flags.truth), skipped, excluded});
  }
  return truths;
}

// Source of a method's crops, from --box or the file.
std::string box_of(const EvaluateFlags& flags) {
  if (!flags.box.empty()) return flags.box;
  const TensorFileReader file(flags.predictions, "interprior.hands", 1);
  if (file.has_attribute("box_source")) return file.attribute("box_source");
  return file.has("box") ? "file" : "not stated";
}

}  // namespace

void evaluate_files(const EvaluateFlags& flags) {
  require(!flags.truth.empty() && !flags.hand.empty(), "evaluating predictions needs the ground truth and the hand model",
          "--predictions", "add --truth T --hand hand.h5");
  const std::vector<Protocol> protocols = protocols_of(flags);
  const std::optional<EvaluationPart> part = part_of(flags);
  const TwoHands hands(read_hand_model(flags.hand));
  const HandSets predictions(std::vector<fs::path>{flags.predictions});
  const ScratchFolder scratch;
  const std::vector<TruthOfProtocols> truths = truths_of(flags, protocols, hands.model, scratch);
  if (part) {
    require(flags.against.empty(), "a comparison of two methods cannot be split into parts", "--against",
            "leave --part or --against out");
    for (const TruthOfProtocols& one : truths) {
      const int64_t rows = one.truth.size();
      require(part->count <= rows, c10::str("there are only ", rows, " samples"), "--part", "use fewer parts");
      for (const HandSets* set : {&one.truth, &predictions}) check_hand_sets(*set, hands.model, flags.accept);
      require_no_surplus(predictions, one.truth, excluded_from(one));
      const PartOrigin origin{*part,
                              rows,
                              one.set,
                              one.protocols,
                              box_of(flags),
                              hands.hash,
                              file_state(flags.truth),
                              file_state(flags.predictions),
                              settings_of(flags),
                              part->number == 1 ? one.skipped : std::map<std::string, int64_t>()};
      write_evaluation_part(flags.out, origin, predictions, one.truth.slice(part->begin(rows), part->end(rows)), hands,
                            measure_of(flags));
    }
    log_info(part_hint(flags, flags.hand));
    return;
  }

  std::unique_ptr<EvaluationFolder> folder;
  std::unique_ptr<SampleTableFile> samples;
  if (!flags.out.empty()) {
    folder = std::make_unique<EvaluationFolder>(flags.out);
    samples = std::make_unique<SampleTableFile>(folder->path() / "samples.csv");
  }
  std::unique_ptr<HandSets> against;
  if (!flags.against.empty()) against = std::make_unique<HandSets>(std::vector<fs::path>{flags.against});
  std::vector<Evaluation> evaluations;
  PhaseProgress progress;
  for (const TruthOfProtocols& one : truths) {
    EvaluationOptions options;
    options.measure = measure_of(flags);
    options.box = box_of(flags);
    options.against = against.get();
    options.accepted = flags.accept;
    options.progress = std::ref(progress);
    options.skipped = one.skipped;
    options.excluded = excluded_from(one);
    if (samples) options.each = [&](Protocol protocol, const SampleErrors& errors) { samples->add(protocol, errors); };
    for (Evaluation& evaluation : evaluate(one.protocols, predictions, one.truth, hands, options))
      evaluations.push_back(std::move(evaluation));
  }
  if (folder) {
    folder->begin();
    samples->close();
    std::map<std::string, std::string> origin = {
        {"predictions", flags.predictions}, {"truth", flags.truth}, {"hand", flags.hand}};
    if (against) origin["against"] = flags.against;
    const Evaluation& first = evaluations.front();
    write_set_images(folder->path(), predictions, truths.front().truth, against.get(), hands, first.metrics,
                     first.against ? &*first.against : nullptr);
    folder->finish(evaluation_json(evaluations), origin, evaluations);
  }
  print(flags, evaluations, fs::path(flags.predictions).stem().string());
  require_no_faults(evaluations, flags.predictions);
}

void merge_parts(const EvaluateFlags& flags) {
  require(!flags.out.empty() && !flags.hand.empty(), "merging parts needs their folder and the hand file", "--merge",
          "add --out DIR --hand hand.h5");
  const TwoHands hands(read_hand_model(flags.hand));
  require(fs::is_directory(fs::path(flags.out) / "parts"), "there are no parts of an evaluation", flags.out,
          "run evaluate --part 1/N ... N/N --out with this folder first");
  const EvaluationFolder folder(flags.out);
  SampleTableFile samples(folder.path() / "samples.csv");
  const std::vector<Evaluation> evaluations = merge_evaluation_parts(
      flags.out, hands, [&](Protocol protocol, const SampleErrors& errors) { samples.add(protocol, errors); });
  folder.begin();
  samples.close();
  folder.finish(evaluation_json(evaluations), {{"parts", flags.out}, {"hand", flags.hand}}, evaluations);
  print(flags, evaluations, folder.path().filename().string());
  require_no_faults(evaluations, flags.out);
}

}  // namespace interprior
