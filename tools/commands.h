#pragma once
#include <CLI/CLI.hpp>

// The commands of `interprior`, one file each. Every function declares the flags of its command; what the command does
// happens once the line is parsed. Results go to stdout, talk to stderr; what the user can mend is an Error.
namespace interprior {

void add_train(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_predict(CLI::App& app);
void add_fit(CLI::App& app);
void add_sample(CLI::App& app);
void add_synthesize(CLI::App& app);
void add_prepare(CLI::App& app);
void add_sweep(CLI::App& app);
void add_report(CLI::App& app);
void add_inspect(CLI::App& app);
void add_explain(CLI::App& app);

// Flags that several commands have, with one text.
CLI::Option* add_set_flag(CLI::App& command, std::vector<std::string>& set);
CLI::Option* add_device_flag(CLI::App& command, std::string& device);

}  // namespace interprior
