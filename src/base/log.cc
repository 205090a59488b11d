#include "interprior/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdlib>
#include <memory>
#include <mutex>

namespace interprior {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto screen = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  screen->set_pattern("%v");
  auto made = std::make_shared<spdlog::logger>("interprior", screen);
  made->flush_on(spdlog::level::debug);
  made->set_level(spdlog::level::info);
  const char* wish = std::getenv("INTERPRIOR_LOG");
  if (wish == nullptr || *wish == '\0') return made;
  const std::string word = wish;
  for (const auto& [name, level] : {std::pair{"debug", LogLevel::debug},
                                    {"info", LogLevel::info},
                                    {"warning", LogLevel::warning},
                                    {"error", LogLevel::error},
                                    {"off", LogLevel::off}}) {
    if (word == name) {
      made->set_level(spdlog_level(level));
      return made;
    }
  }
  made->log(spdlog::level::warn, "[warning] INTERPRIOR_LOG is \"" + word + "\": expected debug, info, warning, error or off");
  return made;
}

// Loggers are replaced, never modified, so a concurrent log call keeps using the logger it started with.
struct Current {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_logger();
};

Current& current() {
  static Current instance;
  return instance;
}

std::shared_ptr<spdlog::logger> logger() {
  std::lock_guard lock(current().mutex);
  return current().logger;
}

void say(LogLevel level, const char* prefix, const std::string& message) {
  logger()->log(spdlog_level(level), spdlog::string_view_t(prefix + message));
}

}  // namespace

void log_debug(const std::string& message) { say(LogLevel::debug, "[debug] ", message); }
void log_info(const std::string& message) { say(LogLevel::info, "", message); }
void log_warning(const std::string& message) { say(LogLevel::warning, "[warning] ", message); }
void log_error(const std::string& message) { say(LogLevel::error, "[error] ", message); }

void set_log_level(LogLevel level) { logger()->set_level(spdlog_level(level)); }

void log_to_file(const std::string& path) {
  try {
    auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    file->set_pattern("%Y-%m-%d %H:%M:%S %v");
    std::lock_guard lock(current().mutex);
    auto sinks = current().logger->sinks();
    sinks.push_back(file);
    auto longer = std::make_shared<spdlog::logger>("interprior", sinks.begin(), sinks.end());
    longer->flush_on(spdlog::level::debug);
    longer->set_level(current().logger->level());
    current().logger = longer;
  } catch (const spdlog::spdlog_ex& failure) {
    log_error("cannot write the log file " + path + ": " + failure.what());
  }
}

}  // namespace interprior
