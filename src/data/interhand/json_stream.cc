#include "json_stream.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/files/file_kind.h"

namespace interprior {
namespace {

constexpr size_t kRead = kHashedPiece, kBatch = size_t{1} << 18;  // bytes
constexpr size_t kForget = SIZE_MAX;

constexpr std::array<bool, 256> kStructural = [] {
  std::array<bool, 256> structural{};
  for (const unsigned char character : {'"', '{', '}', '[', ']', ','}) structural[character] = true;
  return structural;
}();

// Overwrites NaN, Infinity and -Infinity outside of strings by kNotFinite; returns whether there was one.
bool replace_not_finite(char* text, size_t size) {
  bool found = false, in_string = false;
  const auto put = [&](size_t at, std::string_view word, std::string_view number) {
    if (std::string_view(text + at, size - at).substr(0, word.size()) != word) return false;
    std::fill_n(text + at, word.size(), ' ');
    std::copy(number.begin(), number.end(), text + at);
    return found = true;
  };
  for (size_t i = 0; i < size; ++i) {
    if (text[i] == '"') in_string = !in_string;
    if (in_string && text[i] == '\\') ++i;
    if (in_string) continue;
    if (text[i] == 'N') put(i, "NaN", "9e9");
    if (text[i] == 'I') put(i, "Infinity", "9e9");
    if (text[i] == '-') put(i, "-Infinity", "-9e9");
  }
  return found;
}

}  // namespace

JsonStream::JsonStream(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code unknown;
  if (!std::filesystem::is_fifo(path_, unknown))
    file_.open(path_, std::ios::binary);  // a pipe has no size, and may never have bytes
  require(file_.is_open() && !std::filesystem::is_directory(path_), "cannot read the file", path_.string(),
          "check the path and its permissions");
  const uintmax_t size = std::filesystem::file_size(path_, unknown);
  piece_ = unknown || size >= kRead ? kRead : static_cast<size_t>(size) + 1;  // a small file needs no large buffer
  if (unknown || size > 0) require_no_other_kind(path_, "a JSON file");
}

void JsonStream::fail(const std::string& what, size_t byte) const {
  throw Error("not valid JSON: " + what, c10::str(path_.string(), ":byte ", byte),
              "the file is damaged or cut short; fetch it again");
}

bool JsonStream::fill() {
  const size_t dropped = std::min(kept_, base_ + filled_) - base_;
  if (dropped > 0) {
    std::memmove(text_.data(), text_.data() + dropped, filled_ - dropped);
    base_ += dropped;
    filled_ -= dropped;
  }
  // A value longer than the buffer doubles it, so that no byte is moved more than a few times.
  if (text_.size() < filled_ + piece_) text_.resize(std::max(filled_ + piece_, 2 * filled_));
  file_.read(text_.data() + filled_, static_cast<std::streamsize>(piece_));
  const auto got = static_cast<size_t>(file_.gcount());
  require(!file_.bad(), "reading failed", c10::str(path_.string(), ":byte ", base_ + filled_), "check the disk");
  hash_.add(text_.data() + filled_, got);
  filled_ += got;
  return got > 0;
}

void JsonStream::skip_space() {
  while (has(cursor_) && (at(cursor_) == ' ' || at(cursor_) == '\n' || at(cursor_) == '\t' || at(cursor_) == '\r'))
    kept_ = ++cursor_;
}

void JsonStream::expect(char bracket, const char* kind) {
  skip_space();
  if (!has(cursor_) || at(cursor_) != bracket) fail(std::string("expected ") + kind, cursor_);
  kept_ = ++cursor_;
}

bool JsonStream::at_object() {
  skip_space();
  return has(cursor_) && at(cursor_) == '{';
}

size_t JsonStream::end_of_string(size_t quote) {
  size_t from = quote + 1;
  while (has(from)) {
    const size_t end = base_ + filled_;
    const void* found = std::memchr(text_.data() + (from - base_), '"', end - from);
    if (found == nullptr) {
      from = end;
      continue;
    }
    const size_t place = base_ + static_cast<size_t>(static_cast<const char*>(found) - text_.data());
    size_t slashes = 0;
    while (at(place - 1 - slashes) == '\\') ++slashes;  // ends at the opening quote at the latest
    if (slashes % 2 == 0) return place + 1;
    from = place + 1;
  }
  fail("a string is not closed", quote);
}

// The end of the value that begins at `begin`. The text from `keep_from` on stays in memory; kForget keeps none.
size_t JsonStream::end_of_value(size_t begin, size_t keep_from) {
  kept_ = std::min(begin, keep_from);
  int64_t depth = 0;
  for (size_t place = begin; has(place);) {
    const char* const first = text_.data() + (place - base_);
    const char* const last = text_.data() + filled_;
    const char* next = first;
    while (next != last && !kStructural[static_cast<unsigned char>(*next)]) ++next;
    place += static_cast<size_t>(next - first);
    if (keep_from == kForget) kept_ = place;
    if (next == last) continue;
    switch (*next) {
      case '"':
        place = end_of_string(place);
        if (depth == 0) return place;
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return place;
        if (--depth == 0) return place + 1;
        break;
      default:  // ','
        if (depth == 0) return place;
    }
    ++place;
  }
  if (depth > 0) fail("the file ends inside the object or array that begins here", begin);
  return base_ + filled_;
}

void JsonStream::skip_value() {
  const size_t begin = cursor_;
  cursor_ = kept_ = end_of_value(begin, kForget);
  if (cursor_ == begin) fail("expected a value", begin);
}

void JsonStream::members(const std::function<void(const std::string&)>& visit) {
  expect('{', "an object");
  skip_space();
  if (has(cursor_) && at(cursor_) == '}') {
    ++cursor_;
    return;
  }
  while (true) {
    if (!has(cursor_) || at(cursor_) != '"') fail("expected a key", cursor_);
    kept_ = cursor_;
    const size_t key_end = end_of_string(cursor_);
    const std::string key(text_.data() + (cursor_ + 1 - base_), key_end - cursor_ - 2);
    cursor_ = kept_ = key_end;
    expect(':', "':' after a key");
    skip_space();
    const size_t begin = cursor_;
    visit(key);
    if (cursor_ == begin) skip_value();
    skip_space();
    if (has(cursor_) && at(cursor_) == '}') {
      kept_ = ++cursor_;
      return;
    }
    expect(',', "',' or '}'");
    skip_space();
  }
}

void JsonStream::elements(const std::function<void(simdjson::dom::element, size_t)>& visit) {
  expect('[', "an array");
  skip_space();
  if (has(cursor_) && at(cursor_) == ']') {
    kept_ = ++cursor_;
    return;
  }
  std::vector<size_t> begins;
  while (true) {
    const size_t first = begins.empty() ? cursor_ : begins.front();
    begins.push_back(cursor_);
    const size_t end = end_of_value(cursor_, first);
    if (end == cursor_) fail("expected a value", cursor_);
    cursor_ = end;
    size_t space = 0;
    while (has(cursor_ + space) && std::strchr(" \n\t\r", at(cursor_ + space)) != nullptr) ++space;
    const bool more = has(cursor_ + space) && at(cursor_ + space) == ',';
    const bool last = has(cursor_ + space) && at(cursor_ + space) == ']';
    if (!more && !last) {
      visit_batch(begins, end, visit);  // a parse error inside the batch is reported first
      fail("expected ',' or ']'", cursor_ + space);
    }
    if (last || end - first > kBatch) {
      visit_batch(begins, end, visit);
      begins.clear();
    }
    cursor_ += space + 1;
    if (last) {
      kept_ = cursor_;
      return;
    }
    while (has(cursor_) && std::strchr(" \n\t\r", at(cursor_)) != nullptr) ++cursor_;
  }
}

simdjson::dom::element JsonStream::parse(size_t begin, size_t end, bool as_array) {
  const size_t size = end - begin + (as_array ? 2 : 0);
  if (parsed_.size() < size + simdjson::SIMDJSON_PADDING) parsed_.resize(size + simdjson::SIMDJSON_PADDING);
  char* text = parsed_.data();
  if (as_array) *text++ = '[';
  std::memcpy(text, text_.data() + (begin - base_), end - begin);
  if (as_array) text[end - begin] = ']';
  std::memset(parsed_.data() + size, ' ', simdjson::SIMDJSON_PADDING);
  simdjson::dom::element element;
  auto error = parser_.parse(parsed_.data(), size, false).get(element);
  if (error != simdjson::SUCCESS && replace_not_finite(parsed_.data(), size))
    error = parser_.parse(parsed_.data(), size, false).get(element);
  if (error != simdjson::SUCCESS) fail(simdjson::error_message(error), begin);
  return element;
}

void JsonStream::visit_batch(const std::vector<size_t>& begins, size_t end,
                             const std::function<void(simdjson::dom::element, size_t)>& visit) {
  simdjson::dom::array array;
  try {
    array = parse(begins.front(), end, true);
  } catch (const Error&) {
    for (size_t i = 0; i < begins.size(); ++i) {  // parses one by one to report the right byte
      const size_t limit = i + 1 < begins.size() ? end_of_value(begins[i], begins.front()) : end;
      parse(begins[i], limit, false);
    }
    throw;
  }
  size_t i = 0;
  for (const simdjson::dom::element element : array) visit(element, begins[i++]);
}

simdjson::dom::element JsonStream::value() {
  skip_space();
  const size_t begin = cursor_, end = end_of_value(begin, begin);
  if (begin == end) fail("expected a value", begin);
  const simdjson::dom::element element = parse(begin, end, false);
  cursor_ = kept_ = end;
  return element;
}

void JsonStream::finish() {
  skip_space();
  if (has(cursor_)) fail("unexpected text after the end of the value", cursor_);
}

}  // namespace interprior
