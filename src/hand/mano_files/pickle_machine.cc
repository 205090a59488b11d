#include "pickle_machine.h"

#include <bit>

namespace interprior {

constexpr uint8_t kNewestProtocol = 5;

const PickleValue* PickleMachine::run() {
  for (;;) {
    bytes_.begin_opcode();
    const uint8_t opcode = bytes_.byte();
    if (opcode == '.') return pop();
    if (!number(opcode) && !words(opcode) && !stack(opcode) && !container(opcode) && !items(opcode) && !memory(opcode) &&
        !object(opcode))
      refuse(opcode);
  }
}

void PickleMachine::long_integer(uint64_t bytes) {
  if (bytes > 8) bytes_.fail(c10::str("an integer of ", bytes, " bytes, at most 8 are supported"));
  uint64_t value = bytes_.little_endian(static_cast<int>(bytes));
  const bool negative = bytes > 0 && (value >> (8 * bytes - 1) & 1) != 0;
  if (negative && bytes < 8) value |= ~uint64_t{0} << (8 * bytes);
  push_integer(static_cast<int64_t>(value));
}

bool PickleMachine::number(uint8_t opcode) {
  switch (opcode) {
    case 'N':
      push(PickleKind::none);
      break;
    case 0x88:
      push_boolean(true);
      break;
    case 0x89:
      push_boolean(false);
      break;
    case 'K':
      push_integer(bytes_.byte());
      break;
    case 'M':
      push_integer(static_cast<int64_t>(bytes_.little_endian(2)));
      break;
    case 'J':
      push_integer(static_cast<int32_t>(bytes_.little_endian(4)));
      break;
    case 0x8a:
      long_integer(bytes_.byte());
      break;
    case 0x8b:
      long_integer(bytes_.little_endian(4));
      break;
    case 'I': {
      const std::string_view digits = bytes_.line();
      if (digits == "00" || digits == "01")
        push_boolean(digits == "01");
      else
        push_integer(bytes_.decimal(digits));
      break;
    }
    case 'L': {
      const std::string_view digits = bytes_.line();
      push_integer(bytes_.decimal(digits.ends_with('L') ? digits.substr(0, digits.size() - 1) : digits));
      break;
    }
    case 'F':
      push_real(bytes_.real(bytes_.line()));
      break;
    case 'G': {
      uint64_t bits = 0;
      for (const char c : bytes_.take(8)) bits = bits << 8 | static_cast<uint8_t>(c);
      push_real(std::bit_cast<double>(bits));
      break;
    }
    default:
      return false;
  }
  return true;
}

// Python 2's str is bytes here, in every protocol.
bool PickleMachine::words(uint8_t opcode) {
  switch (opcode) {
    case 'S':
      push_words(PickleKind::bytes, decoded_.emplace_back(bytes_.unescaped(bytes_.line())));
      break;
    case 'U':
    case 'C':
      push_words(PickleKind::bytes, bytes_.take(bytes_.byte()));
      break;
    case 'T':
    case 'B':
      push_words(PickleKind::bytes, bytes_.take(bytes_.little_endian(4)));
      break;
    case 0x8e:
    case 0x96:
      push_words(PickleKind::bytes, bytes_.take(bytes_.little_endian(8)));
      break;
    case 'V':
      push_words(PickleKind::text, bytes_.line());
      break;  // escapes are not decoded: no key that is looked up has one
    case 0x8c:
      push_words(PickleKind::text, bytes_.take(bytes_.byte()));
      break;
    case 'X':
      push_words(PickleKind::text, bytes_.take(bytes_.little_endian(4)));
      break;
    case 0x8d:
      push_words(PickleKind::text, bytes_.take(bytes_.little_endian(8)));
      break;
    default:
      return false;
  }
  return true;
}

bool PickleMachine::stack(uint8_t opcode) {
  switch (opcode) {
    case '(':
      marks_.push_back(stack_.size());
      break;
    case '0':
      if (!marks_.empty() && stack_.size() == floor())
        marks_.pop_back();
      else
        pop();
      break;
    case '1':
      pop_to_mark();
      break;
    case '2':
      stack_.push_back(&top());
      break;
    default:
      return false;
  }
  return true;
}

bool PickleMachine::container(uint8_t opcode) {
  switch (opcode) {
    case ')':
      push(PickleKind::tuple);
      break;
    case ']':
      push(PickleKind::list);
      break;
    case '}':
      push(PickleKind::dict);
      break;
    case 0x8f:
      push(PickleKind::set);
      break;
    case 't':
      push_items(PickleKind::tuple, pop_to_mark());
      break;
    case 'l':
      push_items(PickleKind::list, pop_to_mark());
      break;
    case 0x91:
      push_items(PickleKind::set, pop_to_mark());
      break;
    case 0x85:
    case 0x86:
    case 0x87:
      push_items(PickleKind::tuple, pop_last(opcode - 0x84u));
      break;
    case 'd': {
      const Values items = pop_to_mark();
      push(PickleKind::dict);
      add(PickleKind::dict, items);
      break;
    }
    default:
      return false;
  }
  return true;
}

bool PickleMachine::items(uint8_t opcode) {
  switch (opcode) {
    case 'a':
      add(PickleKind::list, pop_last(1));
      break;
    case 'e':
      add(PickleKind::list, pop_to_mark());
      break;
    case 's':
      add(PickleKind::dict, pop_last(2));
      break;
    case 'u':
      add(PickleKind::dict, pop_to_mark());
      break;
    case 0x90:
      add(PickleKind::set, pop_to_mark());
      break;
    default:
      return false;
  }
  return true;
}

void PickleMachine::put(int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(kMaxValues)) bytes_.fail(c10::str("the memo index is out of range: ", index));
  const auto place = static_cast<size_t>(index);
  PickleValue& value = top();
  if (place >= memo_.size()) memo_.resize(place + 1);
  memoized_ += memo_[place] == nullptr;
  memo_[place] = &value;
}

void PickleMachine::get(int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(memo_.size()) || memo_[static_cast<size_t>(index)] == nullptr)
    bytes_.fail(c10::str("the memo has no entry ", index));
  stack_.push_back(memo_[static_cast<size_t>(index)]);
}

bool PickleMachine::memory(uint8_t opcode) {
  switch (opcode) {
    case 'p':
      put(bytes_.decimal(bytes_.line()));
      break;
    case 'q':
      put(bytes_.byte());
      break;
    case 'r':
      put(static_cast<int64_t>(bytes_.little_endian(4)));
      break;
    case 0x94:
      put(memoized_);
      break;
    case 'g':
      get(bytes_.decimal(bytes_.line()));
      break;
    case 'h':
      get(bytes_.byte());
      break;
    case 'j':
      get(static_cast<int64_t>(bytes_.little_endian(4)));
      break;
    case 0x80:
      if (const uint8_t version = bytes_.byte(); version > kNewestProtocol)
        bytes_.fail(c10::str("the pickle is of protocol ", int{version}, ", newer than ", int{kNewestProtocol}));
      break;
    case 0x95: {
      const uint64_t frame = bytes_.little_endian(8);
      const size_t begin = bytes_.at();
      if (frame > bytes_.left()) bytes_.fail(c10::str("a frame of ", frame, " bytes, but ", bytes_.left(), " are left"), begin);
      break;
    }
    default:
      return false;
  }
  return true;
}

bool PickleMachine::object(uint8_t opcode) {
  switch (opcode) {
    case 'c': {
      const std::string_view module = bytes_.line(), attribute = bytes_.line();
      push_global(module, attribute);
      break;
    }
    case 0x93: {
      const Values names = pop_last(2);
      if (names[0]->kind != PickleKind::text || names[1]->kind != PickleKind::text) bytes_.fail("a name is not a string");
      push_global(names[0]->text, names[1]->text);
      break;
    }
    case 'i': {  // check the name first: its error is more informative than that of the opcode
      const std::string_view module = bytes_.line(), attribute = bytes_.line();
      pickle_name(module, attribute, bytes_);
      refuse(opcode);
    }
    case 'R': {
      const Values call = pop_last(2);
      PickleValue made = called(*call[0], *call[1], bytes_);
      if (made.is(PickleName::encode))
        push_words(PickleKind::bytes, decoded_.emplace_back(bytes_.latin1(made.items[0]->text)));
      else
        push(std::move(made));
      break;
    }
    case 0x81: {
      const Values call = pop_last(2);
      push(new_object(*call[0], *call[1], bytes_));
      break;
    }
    case 'b': {
      const PickleValue* state = pop();
      give_state(top(), *state, bytes_);
      break;
    }
    default:
      return false;
  }
  return true;
}

void PickleMachine::refuse(uint8_t opcode) const {
  if (bytes_.opcode() == 0) bytes_.fail("this is not a pickle");
  if (opcode == 'P' || opcode == 'Q') bytes_.fail("the pickle refers to an external object by a persistent id");
  if (opcode >= 0x82 && opcode <= 0x84) bytes_.fail("the pickle refers to Python's extension registry");
  constexpr char kHex[] = "0123456789abcdef";
  const std::string name = opcode > ' ' && opcode <= '~' ? std::string("'") + static_cast<char>(opcode) + "'"
                                                         : std::string("0x") + kHex[opcode >> 4] + kHex[opcode & 15];
  bytes_.fail("unexpected opcode " + name + ", which MANO's files do not contain; no code was executed");
}

}  // namespace interprior
