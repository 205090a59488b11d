#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {

void add_report(CLI::App& app) {
  const auto flags = std::make_shared<ReportFlags>();
  CLI::App* command = app.add_subcommand("report", "Write DIR/report.html: curves, metrics, tables and images in one file");
  command
      ->add_option("DIR", flags->folder,
                   "a run, an evaluation, a sweep, predictions, drawn samples, or a folder with several of them")
      ->required();
  command->callback([flags] { commands().report(*flags); });
}

}  // namespace interprior
