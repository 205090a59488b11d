#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

// Declares the flags of each command on the command line; the command runs once the line is parsed. Without LibTorch.
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
void add_figure(CLI::App& app);
void add_inspect(CLI::App& app);
void add_explain(CLI::App& app);

// SIGUSR1, which a scheduler may send at any moment, waits until the command takes it (base/stop_signal.h).
void block_user_signal();

std::string stages_text();  // "prior, cues, sampler"

// Flags shared by several commands.
CLI::Option* add_set_flag(CLI::App& command, std::vector<std::string>& set);
CLI::Option* add_device_flag(CLI::App& command, std::string& device);
// --write LIST. kinds: those that are no meshes.
CLI::Option* add_write_flag(CLI::App& command, std::string& write, const std::string& kinds);
// --focal PX.
CLI::Option* add_focal_flag(CLI::App& command, double& focal);
// --accept NAME, repeatable: a finding despite which a data set is used.
CLI::Option* add_accept_flag(CLI::App& command, std::vector<std::string>& accept);

}  // namespace interprior
