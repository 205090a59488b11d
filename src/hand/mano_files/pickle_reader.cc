#include "pickle_reader.h"

#include "pickle_machine.h"

namespace interprior {

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != PickleKind::dict) return nullptr;
  for (size_t i = items.size(); i >= 2; i -= 2)
    if (items[i - 2]->is_words() && items[i - 2]->text == key) return items[i - 1];
  return nullptr;
}

Pickle::Pickle(std::string bytes, const std::string& file) : bytes_(std::move(bytes)) {
  PickleBytes reader(bytes_, file);
  root_ = PickleMachine(reader, values_, decoded_).run();
}

}  // namespace interprior
