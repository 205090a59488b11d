#pragma once
#include <optional>
#include <string>

namespace interprior {

// A few words that every process of a run can read and write. Both throw where it cannot be reached.
class Board {
 public:
  virtual ~Board() = default;
  virtual void write(const std::string& key, const std::string& text) = 0;
  virtual std::optional<std::string> read(const std::string& key) = 0;
};

}  // namespace interprior
