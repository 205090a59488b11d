#include "interprior/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdlib>
#include <memory>

namespace interprior {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
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
  made->flush_on(spdlog::level::info);
  made->set_level(spdlog::level::info);
  const char* wish = std::getenv("INTERPRIOR_LOG");
  if (wish == nullptr || *wish == '\0') return made;
  const std::string word = wish;
  for (const auto& [name, level] :
       {std::pair{"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}, {"off", LogLevel::off}}) {
    if (word == name) {
      made->set_level(spdlog_level(level));
      return made;
    }
  }
  made->log(spdlog::level::warn, "[warning] INTERPRIOR_LOG is \"" + word + "\": expected info, warning, error or off");
  return made;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> only = make_logger();
  return *only;
}

void say(LogLevel level, const char* prefix, const std::string& message) {
  logger().log(spdlog_level(level), spdlog::string_view_t(prefix + message));
}

}  // namespace

void log_info(const std::string& message) { say(LogLevel::info, "", message); }
void log_warning(const std::string& message) { say(LogLevel::warning, "[warning] ", message); }
void log_error(const std::string& message) { say(LogLevel::error, "[error] ", message); }

void set_log_level(LogLevel level) { logger().set_level(spdlog_level(level)); }

}  // namespace interprior
