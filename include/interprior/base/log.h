#pragma once
#include <string>

namespace interprior {

enum class LogLevel { info, warning, error, off };

// Log messages to stderr, one line each, prefixed with "[warning] " etc. except at level info. Results are not logged but printed
// to stdout. The environment variable INTERPRIOR_LOG sets the initial level (default: info).
void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);

void set_log_level(LogLevel level);

}  // namespace interprior
