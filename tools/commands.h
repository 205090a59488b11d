#pragma once
#include <CLI/CLI.hpp>

// The commands of `interprior`, one file each. Every function declares the flags of its command; the command runs once the
// command line is parsed. Results go to stdout, messages to stderr; problems that the user can fix are Errors.
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

// Flags shared by several commands.
CLI::Option* add_set_flag(CLI::App& command, std::vector<std::string>& set);
CLI::Option* add_device_flag(CLI::App& command, std::string& device);

}  // namespace interprior
