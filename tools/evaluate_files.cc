#include <c10/util/StringUtil.h>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/base/tensor_file.h"
#include "interprior/data/image_index_file.h"
#include "interprior/infer/data_truth.h"
#include "interprior/report/set_picture.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// Truth from hands.h5, or from a data set's annotations by way of a scratch file.
HandSets truth_of(const EvaluateFlags& flags, const HandModel& hand, std::unique_ptr<ScratchFolder>& scratch) {
  if (tensor_file_format(flags.truth) == "interprior.hands") return HandSets(std::vector<fs::path>{flags.truth});
  UsableRule rule;
  rule.filter.without_mano = true;  // protocols of annotated joints need no meshes, and the others count what they leave out
  rule.filter.single_hands = true;
  rule.interacting_only = rule.need_mano = false;
  rule.filter.annotations = flags.annotations;
  const ImageIndex index = read_images(flags.truth, flags.split, rule);
  require(!index.usable.empty(), c10::str("no usable picture in split ", flags.split), flags.truth, "see `interprior inspect`");
  for (const auto& [reason, count] : index.skipped) log_info(c10::str("truth: ", count, " left out, ", reason));
  scratch = std::make_unique<ScratchFolder>();
  write_data_truth(scratch->path() / "truth.h5", index, hand);
  return HandSets(std::vector<fs::path>{scratch->path() / "truth.h5"});
}

// Where a method's crops came from, as far as its file says so.
std::string box_of(const EvaluateFlags& flags) {
  if (!flags.box.empty()) return flags.box;
  const TensorFileReader file(flags.predictions, "interprior.hands", 1);
  if (file.has_attribute("box_source")) return file.attribute("box_source");
  return file.has("box") ? "file" : "not stated";
}

}  // namespace

void evaluate_files(const EvaluateFlags& flags) {
  require(!flags.truth.empty() && !flags.hand.empty(), "predictions need the truth and the hand model to be measured",
          "--predictions", "add --truth T --hand hand.h5");
  const std::vector<Protocol> protocols = protocols_of(flags);
  const std::optional<EvaluationPart> part = part_of(flags);
  const TwoHands hands(read_hand_model(flags.hand));
  const HandSets predictions(std::vector<fs::path>{flags.predictions});
  std::unique_ptr<ScratchFolder> scratch;
  const HandSets truth = truth_of(flags, hands.model, scratch);
  if (part) {
    for (const HandSets* set : {&truth, &predictions}) check_hand_sets(*set, hands.model);
    for (const bool both_hands : {true, false}) {
      PartOrigin origin{*part,       truth.size(),      both_hands ? "both_hands" : "all",
                        {},          box_of(flags),     hands.hash,
                        flags.truth, flags.predictions, {}};
      for (const Protocol protocol : protocols)
        if (rule_of(protocol).both_hands == both_hands) origin.protocols.push_back(protocol);
      if (!origin.protocols.empty())
        write_evaluation_part(flags.out, origin, predictions, truth.slice(part->begin(truth.size()), part->end(truth.size())),
                              hands, measure_of(flags));
    }
    log_info(c10::str("part ", flags.part, " of the evaluation lies in ", flags.out, "; after the last: evaluate --merge --out ",
                      flags.out));
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
  Progress progress("evaluate", truth.size());
  EvaluationOptions options;
  options.measure = measure_of(flags);
  options.box = box_of(flags);
  options.against = against.get();
  options.progress = [&](int64_t done, int64_t) { progress.update(done); };
  if (samples) options.each = [&](Protocol protocol, const SampleErrors& errors) { samples->add(protocol, errors); };
  const std::vector<Evaluation> evaluations = evaluate(protocols, predictions, truth, hands, options);
  if (folder) {
    samples->close();
    std::map<std::string, std::string> origin = {
        {"predictions", flags.predictions}, {"truth", flags.truth}, {"hand", flags.hand}};
    if (against) origin["against"] = flags.against;
    const Evaluation& first = evaluations.front();
    write_set_pictures(folder->path(), predictions, truth, against.get(), hands, first.metrics,
                       first.against ? &*first.against : nullptr);
    folder->finish(evaluation_json(evaluations), origin, evaluations);
  }
  print(flags, evaluations, fs::path(flags.predictions).stem().string());
}

void merge_parts(const EvaluateFlags& flags) {
  require(!flags.out.empty() && !flags.hand.empty(), "parts are put together in the folder they lie in, with the hand file",
          "--merge", "add --out DIR --hand hand.h5");
  const TwoHands hands(read_hand_model(flags.hand));
  const EvaluationFolder folder(flags.out);
  SampleTableFile samples(folder.path() / "samples.csv");
  const std::vector<Evaluation> evaluations = merge_evaluation_parts(
      flags.out, hands, [&](Protocol protocol, const SampleErrors& errors) { samples.add(protocol, errors); });
  samples.close();
  folder.finish(evaluation_json(evaluations), {{"parts", flags.out}, {"hand", flags.hand}}, evaluations);
  print(flags, evaluations, folder.path().filename().string());
}

}  // namespace interprior
