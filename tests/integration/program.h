#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_directory.h"

// Runs the program: arguments in, exit code and both output streams out.
namespace interprior {

struct Outcome {
  int exit_code = -1;  // 128 + signal if a signal ended it
  std::string out, err;
  // Lines of stderr that begin with "error:".
  std::vector<std::string> errors() const {
    std::vector<std::string> lines;
    std::istringstream stream(err);
    for (std::string line; std::getline(stream, line);)
      if (line.rfind("error:", 0) == 0) lines.push_back(line);
    return lines;
  }
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// A started program. Ends by itself after `kLongest` seconds.
class Program {
 public:
  static constexpr unsigned kLongest = 120;

  // prepare: called in the child before exec, e.g. to set limits or variables. program: another program.
  Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const std::function<void()>& prepare = {}, const std::string& program = INTERPRIOR_BINARY) {
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = streams_ / "out", err = streams_ / "err", where = folder.string();
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("cannot fork");
    if (child_ == 0) {
      const int to_out = open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      const int to_err = open(err.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      if (chdir(where.c_str()) != 0 || dup2(to_out, STDOUT_FILENO) < 0 || dup2(to_err, STDERR_FILENO) < 0) _exit(126);
      alarm(kLongest);
      if (prepare) prepare();
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Program() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) { kill(child_, signal); }
  pid_t process() const { return child_; }
  std::string error_output() const { return bytes_of(streams_ / "err"); }  // stderr so far

  // Waits until the condition holds or the program has ended. Returns whether it holds.
  bool wait_for(const std::function<bool()>& condition) {
    siginfo_t info{};
    while (!condition()) {
      info.si_pid = 0;
      if (waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
        return condition();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  Outcome finish() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes_of(streams_ / "out"),
            bytes_of(streams_ / "err")};
  }

 private:
  TemporaryDirectory streams_;
  pid_t child_ = -1;
};

inline Outcome run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  return Program(arguments, folder).finish();
}

}  // namespace interprior
