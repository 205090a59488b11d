#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "commands.h"
#include "exit_code.h"
#include "interprior/base/error.h"
#include "options.h"

namespace interprior {
namespace {

constexpr const char* kDescription =
    "interprior: two interacting hands from one image, by sampling an interaction prior.\n"
    "A first run needs no data and no GPU: bash tools/quickstart.sh";

// A file or pipe would otherwise take the number of a standard stream that the caller has closed, and receive what is printed.
void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) static_cast<void>(open("/dev/null", O_RDWR));  // gets the lowest free number
}

// Read by libgomp and MKL when the commands' library is loaded. libgomp's threads spin while they wait: unlimited spinning
// starves the loader's threads; without spinning two threads are hardly faster than one. A few microseconds avoid both.
void prepare_threads() {
  setenv("GOMP_SPINCOUNT", "30000", 0);
  setenv("MKL_DYNAMIC", "FALSE", 0);  // otherwise the number of threads, and so the sums, depend on the machine's load
}

// Throws a usage error with the nearest command if one of the first words is no command where one is needed ("train smpler").
void require_known_commands(const CLI::App& app, int count, char** arguments) {
  const CLI::App* group = &app;
  std::string before;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    std::vector<std::string> names;
    const CLI::App* found = nullptr;
    for (const CLI::App* command : group->get_subcommands(nullptr)) {
      names.push_back(command->get_name());
      if (names.back() == word) found = command;
    }
    if (names.empty() || word.empty() || word[0] == '-') return;
    const std::string nearest = nearest_word(word, names);
    if (found == nullptr)
      throw CLI::ParseError(
          "there is no command '" + before + word + "'" + (nearest.empty() ? "" : ": did you mean " + before + nearest + "?"),
          CLI::ExitCodes::ExtrasError);
    group = found;
    before += word + " ";
  }
}

// Declares all commands, parses the command line and runs its command.
void parse(CLI::App& app, int count, char** arguments) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "interprior " INTERPRIOR_VERSION);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto add : {add_train, add_evaluate, add_predict, add_fit, add_sample, add_synthesize, add_prepare, add_sweep,
                         add_report, add_figure, add_inspect, add_explain})
    add(app);
  require_known_commands(app, count, arguments);
  app.parse(count, arguments);
}

int exit_code_of_exception() {
  try {
    return commands().report_exception();
  } catch (const std::exception& problem) {  // before the commands are loaded
    std::fprintf(stderr, "error: %s\n", problem.what());
    return kUserError;
  }
}

int run(int count, char** arguments) {
  CLI::App app(kDescription, "interprior");
  try {
    parse(app, count, arguments);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop, std::cout, std::cerr) == 0 ? kDone : kUsage;
  } catch (const FrontError& problem) {
    std::fprintf(stderr, "error: %s\n", problem.what());
    return kUserError;
  } catch (...) {
    return exit_code_of_exception();
  }
  return kDone;
}

// Whether all that was printed to stdout has arrived; otherwise stderr reports the reason. A reader that has ended, as of
// `| head`, lacks nothing: SIGPIPE has ended the program by then, unless its caller ignores it.
bool stdout_is_written() {
  const bool lost = std::ferror(stdout) != 0;
  if (lost) std::fputc('\n', stdout);  // fails as the lost bytes did, whose reason is no longer known
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if ((flushed && !lost) || errno == EPIPE) return true;
  std::fprintf(stderr, "error: standard output cannot be written: %s\n", flushed ? "a part of it is lost" : std::strerror(errno));
  return false;
}

}  // namespace
}  // namespace interprior

int main(int count, char** arguments) {
  interprior::open_closed_streams();
  interprior::prepare_threads();
  const int code = interprior::run(count, arguments);
  return interprior::stdout_is_written() || code != interprior::kDone ? code : interprior::kUserError;
}
