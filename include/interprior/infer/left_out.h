#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "interprior/base/error.h"

namespace interprior {

// Thrown if an image, or the rest of a video, is skipped: a reason that is counted, and a message.
class LeftOut : public Error {
 public:
  // reason: snake_case, such as `damaged` or `behind_camera`.
  LeftOut(std::string reason, const std::string& what, const std::string& where = "", const std::string& advice = "");
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

// The inputs skipped by one command, by reason.
class LeftOutList {
 public:
  void add(const std::string& reason, const std::string& sentence);
  void add(const LeftOut& error) { add(error.reason(), error.what()); }
  void add(const LeftOutList& others);
  // Files of an unsupported format, without a message for each.
  void add_kind(const std::string& extension, int64_t count);

  int64_t count() const;
  bool empty() const { return count() == 0; }
  // "damaged: 2, unknown_format: 3 (.heic: 3)"; empty if nothing was skipped.
  std::string summary() const;
  // One line per input, at most `most` per reason, and then the number of the others.
  std::vector<std::string> lines(size_t most) const;
  // For the end of a command that made `made` results in the folder `out`. Throws Error if anything was skipped, or nothing was
  // made: then with the sentence `nothing` about the input `where`. It names the only input, if there was one; the lines of
  // others are to be printed before.
  void require_all_made(size_t made, const std::string& nothing, const std::string& where, const std::string& out) const;

 private:
  std::map<std::string, std::vector<std::string>> sentences_;
  std::map<std::string, int64_t> kinds_;
};

}  // namespace interprior
