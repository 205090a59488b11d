#include "pickle_bytes.h"

#include <c10/util/StringUtil.h>

#include <charconv>

#include "interprior/base/error.h"

namespace interprior {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// Parses a number of at most `most` digits of a base at `at` and advances `at`; -1 if there are no digits.
int code(std::string_view text, size_t& at, int base, size_t most) {
  const size_t first = at;
  int value = 0;
  while (at < text.size() && at - first < most && digit(text[at]) < base) value = value * base + digit(text[at++]);
  return at == first ? -1 : value;
}

}  // namespace

PickleBytes::PickleBytes(std::string_view bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {}

void PickleBytes::fail(const std::string& what, size_t byte) const {
  throw Error(what, c10::str(file_, ", byte ", byte), kPickleAdvice);
}

std::string_view PickleBytes::take(uint64_t count) {
  const size_t left = bytes_.size() - at_;
  if (left == 0 && count > 0) fail("the file ends before the pickle does: it is truncated", at_);
  if (count > left) fail(c10::str(count, " bytes are expected but ", left, " are left: the file is truncated or damaged"));
  const std::string_view taken = bytes_.substr(at_, static_cast<size_t>(count));
  at_ += static_cast<size_t>(count);
  return taken;
}

uint64_t PickleBytes::little_endian(int bytes) {
  const std::string_view taken = take(static_cast<uint64_t>(bytes));
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(taken[static_cast<size_t>(i)]);
  return value;
}

std::string_view PickleBytes::line() {
  const size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) fail("the file ends in the middle of a line: it is truncated", bytes_.size());
  const std::string_view text = bytes_.substr(at_, end - at_);
  at_ = end + 1;
  return text;
}

int64_t PickleBytes::decimal(std::string_view digits) const {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size())
    fail("`" + printable(digits) + "` is not an integer of at most 64 bits");
  return value;
}

double PickleBytes::real(std::string_view digits) const {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) fail("`" + printable(digits) + "` is not a number");
  return value;
}

std::string PickleBytes::unescaped(std::string_view quoted) const {
  if (quoted.size() < 2 || (quoted[0] != '\'' && quoted[0] != '"') || quoted.back() != quoted[0]) fail("a string has no quotes");
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  constexpr std::string_view kLetters = "\\'\"abfnrtv", kMeant = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    if (++at == text.size()) fail("a string ends in the middle of an escape");
    const size_t letter = kLetters.find(text[at]);
    if (letter != std::string_view::npos) {
      out += kMeant[letter];
      ++at;
    } else if (text[at] == 'x') {
      const size_t first = ++at;
      const int value = code(text, at, 16, 2);
      if (at - first != 2) fail("a string has an escape \\x without two digits");
      out += static_cast<char>(value);
    } else if (const int value = code(text, at, 8, 3); value >= 0) {
      out += static_cast<char>(value);
    } else {
      out += '\\';  // not an escape: Python keeps the backslash
    }
  }
  return out;
}

std::string PickleBytes::latin1(std::string_view utf8) const {
  std::string out;
  for (size_t at = 0; at < utf8.size(); ++at) {
    const auto first = static_cast<uint8_t>(utf8[at]);
    if (first < 0x80) {
      out += utf8[at];
      continue;
    }
    const bool two =
        (first == 0xc2 || first == 0xc3) && at + 1 < utf8.size() && (static_cast<uint8_t>(utf8[at + 1]) & 0xc0) == 0x80;
    if (!two) fail("a text that encodes bytes has a character beyond 255");
    out += static_cast<char>((first & 3) << 6 | (static_cast<uint8_t>(utf8[++at]) & 0x3f));
  }
  return out;
}

std::string printable(std::string_view words) {
  constexpr size_t kMost = 60;
  std::string out;
  for (const char c : words.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  return words.size() > kMost ? out + "..." : out;
}

}  // namespace interprior
