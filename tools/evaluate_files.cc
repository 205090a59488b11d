#include <ATen/Parallel.h>

#include <functional>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/evaluation/evaluation_folder.h"
#include "interprior/evaluation/file_evaluation.h"
#include "interprior/report/set_image.h"

namespace interprior {

namespace fs = std::filesystem;

void run_file_evaluation(const EvaluateFlags& flags) {
  at::set_num_threads(1);  // measuring has its own threads, and LibTorch's wait actively for work
  require(!flags.truth.empty() && !flags.hand.empty(), "evaluating predictions needs the ground truth and the hand model",
          "--predictions", "add --truth T --hand hand.h5");
  FileEvaluationOptions options;
  options.predictions = flags.predictions;
  options.truth = flags.truth;
  options.hand = flags.hand;
  options.against = flags.against;
  options.split = flags.split;
  options.annotations = flags.annotations;
  options.box = flags.box;
  options.protocols = protocols_of(flags);
  options.measure = measure_of(flags);
  options.accepted = flags.accept;
  if (const std::optional<EvaluationPart> part = part_of(flags)) {
    write_files_part(flags.out, *part, options);
    return log_info(part_hint(flags, flags.hand));
  }
  options.folder = flags.out;
  PhaseProgress progress;
  options.progress = std::ref(progress);
  options.look = [&](const EvaluatedFiles& sets) { write_set_images(flags.out, sets); };
  finish(flags, evaluate_files(options), options.predictions.stem().string(), flags.predictions);
}

void run_merge(const EvaluateFlags& flags) {
  require(!flags.out.empty() && !flags.hand.empty(), "merging parts needs their folder and the hand file", "--merge",
          "add --out DIR --hand hand.h5");
  const TwoHands hands(read_hand_model(flags.hand));
  require(fs::is_directory(fs::path(flags.out) / "parts"), "there are no parts of an evaluation", flags.out,
          "run evaluate --part 1/N ... N/N --out with this folder first");
  EvaluationFolder folder(flags.out);
  const std::vector<Evaluation> evaluations = merge_evaluation_parts(
      flags.out, hands, [&](Protocol protocol, const SampleErrors& errors) { folder.add(protocol, errors); });
  folder.begin();
  folder.finish(evaluation_json(evaluations), {{"parts", flags.out}, {"hand", flags.hand}}, evaluations);
  finish(flags, evaluations, folder.path().filename().string(), flags.out);
}

}  // namespace interprior
