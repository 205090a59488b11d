#pragma once
#include <c10/util/StringUtil.h>

#include <deque>
#include <utility>

#include "pickle_bytes.h"
#include "pickle_globals.h"

namespace interprior {

// So that no file can ask for much memory; MANO's hold some hundred.
inline constexpr size_t kMostValues = size_t{1} << 20;

// Python's stack machine, less everything that runs something. Each opcode makes at most one value and takes its bytes once.
class PickleMachine {
 public:
  using Values = std::vector<const PickleValue*>;

  PickleMachine(PickleBytes& bytes, std::deque<PickleValue>& values, std::deque<std::string>& decoded)
      : bytes_(bytes), values_(values), decoded_(decoded) {}

  const PickleValue* run();  // what the pickle ends with; throws Error

 private:
  PickleValue& push(PickleValue value) {
    if (values_.size() >= kMostValues) bytes_.fail(c10::str("the pickle holds more than ", kMostValues, " values"));
    value.byte = bytes_.opcode();
    stack_.push_back(&values_.emplace_back(std::move(value)));
    return values_.back();
  }
  void push(PickleKind kind) { push({.kind = kind}); }
  void push_integer(int64_t value) { push({.kind = PickleKind::integer, .integer = value}); }
  void push_boolean(bool value) { push({.kind = PickleKind::boolean, .integer = value}); }
  void push_real(double value) { push({.kind = PickleKind::real, .real = value}); }
  void push_words(PickleKind kind, std::string_view words) { push({.kind = kind, .text = words}); }
  void push_items(PickleKind kind, Values items) { push({.kind = kind, .items = std::move(items)}); }

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleValue& top() {
    if (stack_.size() <= floor()) bytes_.fail("the pickle takes from an empty stack");
    return *stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = &top();
    stack_.pop_back();
    return value;
  }
  Values pop_last(size_t count) {
    if (stack_.size() - floor() < count) bytes_.fail("the pickle takes from an empty stack");
    Values items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  Values pop_to_mark() {
    if (marks_.empty()) bytes_.fail("a MARK is missing");
    Values items = pop_last(stack_.size() - floor());
    marks_.pop_back();
    return items;
  }
  void add(PickleKind kind, const Values& items) {
    PickleValue& target = top();
    if (target.kind != kind) bytes_.fail("items are added to what holds none of that kind");
    if (kind == PickleKind::dict && items.size() % 2 != 0) bytes_.fail("a key lacks its value");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  bool number(uint8_t opcode);
  bool words(uint8_t opcode);
  bool container(uint8_t opcode);
  bool memory(uint8_t opcode);
  bool object(uint8_t opcode);
  [[noreturn]] void refuse(uint8_t opcode) const;
  void long_integer(uint64_t bytes);
  void put(int64_t index);
  void get(int64_t index);
  void push_global(std::string_view module, std::string_view attribute) {
    push({.kind = PickleKind::global, .name = pickle_name(module, attribute, bytes_)});
  }

  PickleBytes& bytes_;
  std::deque<PickleValue>& values_;
  std::deque<std::string>& decoded_;
  std::vector<PickleValue*> stack_, memo_;
  std::vector<size_t> marks_;  // heights of the stack
  int64_t memoized_ = 0;       // places of the memo that are taken
};

}  // namespace interprior
