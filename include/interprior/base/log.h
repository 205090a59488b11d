#pragma once
#include <string>

namespace interprior {

enum class LogLevel { debug, info, warning, error, off };

// Log messages to stderr, one line each, prefixed with "[warning] " etc. except at level info. Results are not logged but printed
// to stdout. The environment variable INTERPRIOR_LOG sets the initial level (default: info).
void log_debug(const std::string& message);
void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);

void set_log_level(LogLevel level);

// Also appends every line, with its time, to this file (created with its folder) until the program ends.
// Logs an error if the file cannot be written.
void log_to_file(const std::string& path);

}  // namespace interprior
