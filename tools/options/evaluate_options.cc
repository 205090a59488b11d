#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {
namespace {

void add_input_flags(CLI::App& command, EvaluateFlags& flags) {
  command.add_option("CHECKPOINT", flags.checkpoint, "a prior or a sampler (*.safetensors)");
  command
      .add_option("--data", flags.data,
                  "data root or images.h5 (sampler), patterns.h5 (prior); default: that of the checkpoint's config")
      ->type_name("PATH");
  command.add_option("--split", flags.split, "train, val, test or all")->capture_default_str()->type_name("NAME");
  command.add_option("--hand", flags.hand, "hand.h5, if not at the recorded path")->type_name("FILE");
  command.add_option("--protocol", flags.protocols, "intaghand (default), wrist, interwild or internet; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

void add_sampling_flags(CLI::App& command, EvaluateFlags& flags) {
  command
      .add_option("--hypotheses", flags.hypotheses,
                  "hypotheses (samples of z) per image: also reports best-of-K and mean-of-K errors")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--temperature", flags.temperature,
                  "standard deviation of the noise of hypotheses; below 1 the best of few hypotheses is more accurate")
      ->capture_default_str()
      ->type_name("T")
      ->check(CLI::Range(0.01, 10.0));
  command
      .add_option("--samples", flags.samples,
                  "for a prior: samples of N(0, I) and of its aggregated posterior, compared with the held-out patterns")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(10, 1000000));
}

void add_file_flags(CLI::App& command, EvaluateFlags& flags) {
  command
      .add_option(
          "--out", flags.out,
          "folder for samples.csv, evaluation.json, rows.tex, report.html; for a checkpoint also predictions.h5, truth.h5 and "
          "images")
      ->type_name("DIR");
  command.add_option("--predictions", flags.predictions, "a hands.h5 of any method, instead of a checkpoint")->type_name("FILE");
  command.add_option("--truth", flags.truth, "a hands.h5, a data root or an images.h5, joined with --predictions by sample id")
      ->type_name("PATH");
  command.add_option("--against", flags.against, "a second hands.h5: paired comparison of both methods")->type_name("FILE");
  command
      .add_option(
          "--box", flags.box,
          "boxes of the crops: oracle or annotation (default: the protocol's); with --predictions those that the method used")
      ->type_name("NAME")
      ->check(CLI::IsMember({"oracle", "annotation", "file"}));
  command
      .add_option(
          "--annotations", flags.annotations,
          "text file of annotation ids, one per line: evaluates only these, such as the human-annotated ones of interwild")
      ->type_name("FILE");
}

void add_work_and_output_flags(CLI::App& command, EvaluateFlags& flags) {
  command.add_flag("--without-surfaces", flags.without_surfaces,
                   "skip penetration, contact, overlap and occlusion, which take longest");
  command.add_option("--part", flags.part, "evaluate part I of N and write it to --out, for --merge")->type_name("I/N");
  command.add_flag("--merge", flags.merge, "merge the parts in --out: the same numbers as from one process");
  command.add_option("--threads", flags.threads, "evaluation threads; 0: one per core. Results do not depend on it")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  command.add_option("--batch", flags.batch, "images per forward pass")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 65536));
  command.add_option("--workers", flags.workers, "loader threads")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  add_accept_flag(command, flags.accept);
  command.add_flag("--latex", flags.latex, "print rows of a LaTeX table");
  command.add_flag("--json", flags.json, "print one JSON object (a list for several protocols) and nothing else");
  add_device_flag(command, flags.device);
}

// Throws CLI::ValidationError unless the flags name one of: a checkpoint, predictions with their ground truth, parts to merge.
void require_one_input(const EvaluateFlags& flags) {
  const auto refuse = [](const char* why) { throw CLI::ValidationError("evaluate", why); };
  const bool files = !flags.predictions.empty() || !flags.truth.empty();
  if (flags.merge) {
    if (!flags.checkpoint.empty() || files || !flags.part.empty() || !flags.against.empty() || !flags.protocols.empty() ||
        !flags.annotations.empty())
      refuse("--merge reads the results of the parts: give it only --out, --hand and the output format");
    return;
  }
  if (flags.checkpoint.empty() == !files)
    refuse("give either a CHECKPOINT, or --predictions P.h5 --truth T.h5 --hand hand.h5, or --merge --out DIR");
  if (files && flags.predictions.empty()) refuse("--truth needs --predictions P.h5");
  if (!files && !flags.against.empty())
    refuse("--against compares predictions: evaluate both with --out first, then --predictions P.h5 --against Q.h5");
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command = app.add_subcommand("evaluate", "Evaluate a checkpoint, or any method's predictions, under named protocols");
  add_input_flags(*command, *flags);
  add_sampling_flags(*command, *flags);
  add_file_flags(*command, *flags);
  add_work_and_output_flags(*command, *flags);
  command->callback([flags] {
    require_one_input(*flags);
    commands_on(flags->checkpoint.empty() ? "cpu" : flags->device).evaluate(*flags);
  });
}

}  // namespace interprior
