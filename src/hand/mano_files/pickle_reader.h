#pragma once
#include <deque>
#include <string>

#include "pickle_value.h"

namespace interprior {

// A Python pickle of protocol 0 to 5, less 5's buffers outside of it, as plain values. Nothing of it is run: a name outside the
// known ones (pickle_globals.cc), a persistent id, the extension registry and INST, OBJ and NEWOBJ_EX are refused with their
// byte. Memory stays within a small multiple of the bytes, whatever lengths they claim, and no walk here is recursive.
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
  std::deque<std::string> decoded_;  // strings that are written with escapes
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
};

}  // namespace interprior
