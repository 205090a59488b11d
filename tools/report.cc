#include "interprior/report/report.h"

#include <cstdio>
#include <memory>

#include "commands.h"

namespace interprior {

void add_report(CLI::App& app) {
  const auto folder = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("report", "Write DIR/report.html: curves, metrics, tables and images in one file");
  command->add_option("DIR", *folder, "a run, an evaluation, a sweep, predictions, or a folder with several of them")->required();
  command->callback([folder] { std::printf("%s\n", write_report(*folder).c_str()); });
}

}  // namespace interprior
