#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "distributed/board.h"

namespace interprior {

// A board within this process, and what happens to it.
struct Wall {
  std::mutex mutex;
  std::map<std::string, std::string> notes;
  bool broken = false;
};

class WallBoard : public Board {
 public:
  explicit WallBoard(std::shared_ptr<Wall> wall) : wall_(std::move(wall)) {}
  void write(const std::string& key, const std::string& text) override {
    const std::lock_guard lock(wall_->mutex);
    if (wall_->broken) throw std::runtime_error("nobody answers");
    wall_->notes[key] = text;
  }
  std::optional<std::string> read(const std::string& key) override {
    const std::lock_guard lock(wall_->mutex);
    if (wall_->broken) throw std::runtime_error("nobody answers");
    const auto found = wall_->notes.find(key);
    return found == wall_->notes.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

 private:
  std::shared_ptr<Wall> wall_;
};

}  // namespace interprior
