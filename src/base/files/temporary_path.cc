#include "interprior/base/files/temporary_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "interprior/base/progress.h"

namespace interprior {
namespace {

// Never destroyed: the clean-up thread may use them during static destruction.
std::mutex& registry_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::set<std::filesystem::path>& registry() {
  static auto* paths = new std::set<std::filesystem::path>;
  return *paths;
}

int signal_pipe[2] = {-1, -1};

void pass_on(int signal) {
  const int saved = errno;
  const auto number = static_cast<unsigned char>(signal);
  if (write(signal_pipe[1], &number, 1) != 1) _exit(128 + signal);
  errno = saved;
}

// Never unlocks the registry, so that no temporary path is created after the clean-up.
[[noreturn]] void clean_up(int signal) {
  registry_mutex().lock();
  std::error_code ignored;
  for (const std::filesystem::path& path : registry()) std::filesystem::remove_all(path, ignored);
  const std::string progress = interrupted_progress();
  std::fprintf(stderr, "\ninterrupted%s%s\n", progress.empty() ? "" : ": ", progress.c_str());
  std::fflush(nullptr);
  _exit(128 + signal);
}

}  // namespace

TemporaryPath::TemporaryPath(const std::function<std::filesystem::path()>& make) {
  const std::lock_guard lock(registry_mutex());
  path_ = std::filesystem::absolute(make());
  registry().insert(path_);
}

TemporaryPath::~TemporaryPath() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  keep();
}

void TemporaryPath::keep() {
  const std::lock_guard lock(registry_mutex());
  registry().erase(path_);
  path_.clear();
}

void remove_temporary_paths_on_signals() {
  if (signal_pipe[0] >= 0 || pipe2(signal_pipe, O_CLOEXEC) != 0) return;
  std::thread([] {
    unsigned char signal = 0;
    while (read(signal_pipe[0], &signal, 1) != 1) {
    }
    clean_up(signal);
  }).detach();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, SIG_IGN) != SIG_IGN) std::signal(signal, pass_on);  // signals ignored by nohup stay ignored
}

}  // namespace interprior
