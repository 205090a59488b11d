#pragma once
#include <optional>
#include <string>

namespace interprior {

// Key-value store shared by the processes of a run. Both functions throw when it cannot be reached.
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  virtual void write(const std::string& key, const std::string& text) = 0;
  virtual std::optional<std::string> read(const std::string& key) = 0;
};

}  // namespace interprior
