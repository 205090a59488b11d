#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "distributed/key_value_store.h"

namespace interprior {

// In-memory key-value store that can fail.
struct StoreContent {
  std::mutex mutex;
  std::map<std::string, std::string> notes;
  bool broken = false;
};

class MemoryStore : public KeyValueStore {
 public:
  explicit MemoryStore(std::shared_ptr<StoreContent> content) : content_(std::move(content)) {}
  void write(const std::string& key, const std::string& text) override {
    const std::lock_guard lock(content_->mutex);
    if (content_->broken) throw std::runtime_error("nobody answers");
    content_->notes[key] = text;
  }
  std::optional<std::string> read(const std::string& key) override {
    const std::lock_guard lock(content_->mutex);
    if (content_->broken) throw std::runtime_error("nobody answers");
    const auto found = content_->notes.find(key);
    return found == content_->notes.end() ? std::nullopt : std::optional<std::string>(found->second);
  }

 private:
  std::shared_ptr<StoreContent> content_;
};

}  // namespace interprior
