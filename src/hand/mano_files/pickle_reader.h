#pragma once
#include <deque>
#include <string>

#include "pickle_value.h"

namespace interprior {

// A Python pickle of protocol 0 to 5, without protocol 5's out-of-band buffers, as plain values. No code is executed. Throws
// Error with the byte on names that are not allowed (pickle_globals.cc), persistent ids, the extension registry, INST, OBJ and
// NEWOBJ_EX. Memory is bounded by a small multiple of the file size, whatever lengths it claims; nothing here is recursive.
class Pickle {
 public:
  // `file` is for messages. Throws Error.
  Pickle(std::string bytes, const std::string& file);
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& root() const { return *root_; }
  size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  std::deque<std::string> decoded_;  // storage of strings with escapes
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
};

}  // namespace interprior
