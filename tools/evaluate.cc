#include <memory>

#include "commands.h"
#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/model/checkpoint.h"

namespace interprior {
namespace {

// Any method's predictions against a truth: no network involved.
void evaluate_files(const EvaluateFlags& flags) {
  require(!flags.truth.empty() && !flags.hand.empty(), "predictions need the truth and the hand model to be measured",
          "--predictions", "add --truth T.h5 --hand hand.h5");
  const std::vector<Protocol> protocols = protocols_of(flags);
  const TwoHands hands(read_hand_model(flags.hand));
  const HandSet predictions = read_hand_set(flags.predictions), truth = read_hand_set(flags.truth);
  std::vector<Evaluation> evaluations;
  for (const Protocol protocol : protocols) evaluations.push_back(evaluate(protocol, predictions, truth, hands));
  const std::string json = evaluation_json(evaluations);
  if (!flags.out.empty()) {
    const EvaluationFolder folder(flags.out);
    folder.write_samples(evaluations);
    write_hand_set(folder.path() / "predictions.h5", joined(predictions, truth));
    folder.finish(json, {{"predictions", flags.predictions}, {"truth", flags.truth}, {"hand", flags.hand}});
  }
  print(flags.json ? json : evaluation_table(evaluations));
}

void evaluate_checkpoint(const EvaluateFlags& flags) {
  const std::string kind = read_checkpoint_info(Safetensors(flags.checkpoint)).kind;
  if (kind == "prior") {
    require(flags.protocols.empty(), "protocols are for samplers, and this is a prior", flags.checkpoint, "leave --protocol out");
    evaluate_prior_checkpoint(flags);
  } else {
    evaluate_sampler(flags);
  }
}

void run_evaluate(const EvaluateFlags& flags) {
  const bool files = !flags.predictions.empty() || !flags.truth.empty();
  if (flags.checkpoint.empty() == !files)
    throw CLI::ValidationError("evaluate", "give either a CHECKPOINT, or --predictions P.h5 --truth T.h5 --hand hand.h5");
  if (files && flags.predictions.empty()) throw CLI::ValidationError("evaluate", "--truth needs --predictions P.h5");
  if (files) evaluate_files(flags);
  else evaluate_checkpoint(flags);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure a checkpoint, or any method's predictions, under named protocols");
  command->add_option("CHECKPOINT", flags->checkpoint, "a prior or a sampler (*.safetensors)");
  command
      ->add_option("--data", flags->data,
                   "data root or images.h5 (sampler), patterns.h5 (prior); default: that of the checkpoint's config")
      ->type_name("PATH");
  command->add_option("--split", flags->split, "train, val, test or all")->capture_default_str()->type_name("NAME");
  command->add_option("--hand", flags->hand, "hand.h5, where the recorded one is elsewhere")->type_name("FILE");
  command->add_option("--protocol", flags->protocols, "intaghand (default), wrist, interwild or internet; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      ->add_option("--hypotheses", flags->hypotheses, "draws of z per picture: best-of-K and mean-of-K beside the mean's error")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 4096));
  command
      ->add_option("--samples", flags->samples,
                   "a prior's draws, of N(0, I) and of its aggregated posterior, judged against the held-out patterns")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(10, 1000000));
  command
      ->add_option("--out", flags->out,
                   "folder for predictions.h5, truth.h5, samples.csv, evaluation.json, pictures and report.html")
      ->type_name("DIR");
  command->add_option("--predictions", flags->predictions, "a hands.h5 of any method, instead of a checkpoint")
      ->type_name("FILE");
  command->add_option("--truth", flags->truth, "a hands.h5 with the truth, joined with --predictions by sample id")
      ->type_name("FILE");
  command->add_option("--batch", flags->batch, "pictures per forward pass")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 65536));
  command->add_option("--workers", flags->workers, "loader threads")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  command->add_flag("--json", flags->json, "print one JSON object (a list for several protocols) and nothing else");
  add_device_flag(*command, flags->device);
  command->callback([flags] { run_evaluate(*flags); });
}

}  // namespace interprior
