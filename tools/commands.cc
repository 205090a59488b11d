#include "commands.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <c10/util/Logging.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "exit_code.h"
#include "interprior/base/error.h"
#include "interprior/base/files/temporary_path.h"
#include "interprior/base/stop_signal.h"
#include "interprior/train/device_math.h"
#include "run_commands.h"

namespace interprior {
namespace {

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

int report_out_of_memory() {
  std::fprintf(
      stderr,
      "error: there is too little memory: choose a smaller batch (--set loader.batch=N or --batch N) or, in training, gradient "
      "accumulation (--set fit.accumulate=N)\n");
  return kUserError;
}

int report_exception() {
  try {
    throw;
  } catch (const Interrupted& stop) {
    std::fprintf(stderr, "interrupted: %s\n", stop.what());
    return kInterrupted;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kUserError;
  } catch (const c10::OutOfMemoryError&) {
    return report_out_of_memory();
  } catch (const std::bad_alloc&) {
    return report_out_of_memory();
  } catch (const c10::Error& error) {
    // LibTorch's CPU allocator has no exception type of its own.
    if (std::string(error.what_without_backtrace()).find("can't allocate memory") != std::string::npos)
      return report_out_of_memory();
    std::fprintf(stderr, "bug: %s\n", error.what_without_backtrace());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bug: %s\n", error.what());
  }
  return kBug;
}

}  // namespace
}  // namespace interprior

extern "C" const interprior::Commands* interprior_commands() {
  using namespace interprior;
  static const Commands commands = [] {
    prepare_signals();
    prepare_log();
    prepare_threads();
    [[maybe_unused]] static const auto* const exact =
        new DeviceMath(/*tf32=*/false, /*measured=*/false);  // only training changes it
    return Commands{train,
                    evaluate,
                    predict,
                    fit,
                    sample,
                    synthesize_images,
                    synthesize_patterns,
                    prepare_hand,
                    prepare_interhand,
                    prepare_two_hand,
                    prepare_weights,
                    sweep,
                    report,
                    figure,
                    inspect,
                    report_exception};
  }();
  return &commands;
}
