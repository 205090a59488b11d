#pragma once
#include <c10/util/StringUtil.h>

#include <deque>
#include <utility>

#include "pickle_bytes.h"
#include "pickle_globals.h"

namespace interprior {

// Limits the memory that a file can request; MANO's files hold a few hundred values.
inline constexpr size_t kMaxValues = size_t{1} << 20;

// Python's pickle stack machine without code execution. Each opcode creates at most one value and consumes its bytes once.
class PickleMachine {
 public:
  using Values = std::vector<const PickleValue*>;

  PickleMachine(PickleBytes& bytes, std::deque<PickleValue>& values, std::deque<std::string>& decoded)
      : bytes_(bytes), values_(values), decoded_(decoded) {}

  const PickleValue* run();  // returns the pickle's result; throws Error

 private:
  PickleValue& push(PickleValue value) {
    if (values_.size() >= kMaxValues) bytes_.fail(c10::str("the pickle holds more than ", kMaxValues, " values"));
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
    if (stack_.size() <= floor()) bytes_.fail("the pickle pops from an empty stack");
    return *stack_.back();
  }
  PickleValue* pop() {
    PickleValue* value = &top();
    stack_.pop_back();
    return value;
  }
  Values pop_last(size_t count) {
    if (stack_.size() - floor() < count) bytes_.fail("the pickle pops from an empty stack");
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
    if (target.kind != kind) bytes_.fail("items are added to a value of another kind");
    if (kind == PickleKind::dict && items.size() % 2 != 0) bytes_.fail("a key has no value");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  // Each executes the opcode if it is of its kind, and returns whether it was.
  bool number(uint8_t opcode);
  bool words(uint8_t opcode);      // text and bytes
  bool stack(uint8_t opcode);      // marks, pops and duplicates
  bool container(uint8_t opcode);  // creates one
  bool items(uint8_t opcode);      // adds to a container
  bool memory(uint8_t opcode);     // the memo, and the pickle's framing
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
  std::vector<size_t> marks_;  // stack heights at the MARKs
  int64_t memoized_ = 0;       // number of used memo entries
};

}  // namespace interprior
