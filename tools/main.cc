#include <c10/util/Exception.h>
#include <c10/util/Logging.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "commands.h"
#include "interprior/base/error.h"
#include "interprior/base/files/temporary_path.h"
#include "interprior/base/stop_signal.h"
#include "interprior/train/device_math.h"

namespace interprior {
namespace {

enum ExitCode { kDone = 0, kUserError = 1, kUsage = 2, kBug = 3, kInterrupted = 130 };

constexpr const char* kDescription =
    "interprior: two interacting hands from one image, by sampling an interaction prior.\n"
    "A first run needs no data and no GPU: bash tools/quickstart.sh";

// libgomp's threads spin while they wait. Unlimited spinning starves the loader's threads; without spinning two threads are
// hardly faster than one. A few microseconds avoid both. libgomp reads the variable when it is loaded, so the program re-executes
// itself.
void restart_with_short_spinning(char** arguments) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("GOMP_SPINCOUNT", "30000", 0);
  setenv("MKL_DYNAMIC", "FALSE", 0);  // otherwise the number of threads, and so the sums, depend on the machine's load
  execv("/proc/self/exe", arguments);
}

// Exceeding the file size limit becomes a failed write, like a full disk, which is reported with the file.
void prepare_signals() {
  std::signal(SIGXFSZ, SIG_IGN);
  remove_temporary_paths_on_signals();
}

// Silences LibTorch's logs of lost connections and OpenCV's of damaged images: our errors report both.
void prepare_log() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  setenv("TORCH_CPP_LOG_LEVEL", "FATAL", 0);
  setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
  c10::initLogging();
}

void prepare_threads() {
  at::get_num_threads();  // fixes this thread's number: otherwise the first worker that lowers its own would lower it too
  cv::setNumThreads(1);
}

// Throws a usage error with the nearest command when the first argument is no command.
void require_known_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  if (word.empty() || word[0] == '-' || std::find(names.begin(), names.end(), word) != names.end()) return;
  const std::string nearest = nearest_word(word, names);
  throw CLI::ParseError("there is no command '" + word + "'" + (nearest.empty() ? "" : ": did you mean " + nearest + "?"),
                        CLI::ExitCodes::ExtrasError);
}

int say_out_of_memory() {
  std::fprintf(
      stderr,
      "error: there is too little memory: choose a smaller batch (--set loader.batch=N or --batch N) or, in training, gradient "
      "accumulation (--set fit.accumulate=N)\n");
  return kUserError;
}

int run(int count, char** arguments) {
  CLI::App app(kDescription, "interprior");
  app.require_subcommand(1);
  app.set_version_flag("--version", "interprior " INTERPRIOR_VERSION);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto add : {add_train, add_evaluate, add_predict, add_fit, add_sample, add_synthesize, add_prepare, add_sweep,
                         add_report, add_inspect, add_explain})
    add(app);
  try {
    if (count > 1) require_known_command(app, arguments[1]);
    app.parse(count, arguments);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop, std::cout, std::cerr) == 0 ? kDone : kUsage;
  }
  return kDone;
}

}  // namespace
}  // namespace interprior

int main(int count, char** arguments) {
  using namespace interprior;
  restart_with_short_spinning(arguments);
  prepare_signals();
  prepare_log();
  prepare_threads();
  const DeviceMath exact(/*tf32=*/false, /*measured=*/false);  // only training changes it
  try {
    return run(count, arguments);
  } catch (const Interrupted& stop) {
    std::fprintf(stderr, "interrupted: %s\n", stop.what());
    return kInterrupted;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kUserError;
  } catch (const c10::OutOfMemoryError&) {
    return say_out_of_memory();
  } catch (const std::bad_alloc&) {
    return say_out_of_memory();
  } catch (const c10::Error& error) {
    // LibTorch's CPU allocator has no exception type of its own.
    if (std::string(error.what_without_backtrace()).find("can't allocate memory") != std::string::npos)
      return say_out_of_memory();
    std::fprintf(stderr, "bug: %s\n", error.what_without_backtrace());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bug: %s\n", error.what());
  }
  return kBug;
}
