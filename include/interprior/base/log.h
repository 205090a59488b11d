#pragma once
#include <string>

namespace interprior {

enum class LogLevel { debug, info, warning, error, off };

// What is said to the person while the program works: stderr, one line each, "[warning] ..." before all but information.
// Results never go through here. The environment variable INTERPRIOR_LOG names the first level (default: info).
void log_debug(const std::string& message);
void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);

void set_log_level(LogLevel level);

// Also appends every line, with its time, to this file (created with its folder) until the program ends.
// A file that cannot be written is reported as an error line.
void log_to_file(const std::string& path);

}  // namespace interprior
