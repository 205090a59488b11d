#include "json_windows.h"

#include <c10/util/StringUtil.h>

#include <cstring>
#include <fstream>
#include <utility>

#include "interprior/base/error.h"

namespace interprior {

JsonFile::JsonFile(std::filesystem::path path) : path_(std::move(path)) {
  std::ifstream file(path_, std::ios::binary | std::ios::ate);
  require(file.good() && !std::filesystem::is_directory(path_), "cannot read the file", path_.string(),
          "check the path and its permissions");
  size_ = static_cast<size_t>(file.tellg());
  text_ = std::make_unique_for_overwrite<char[]>(size_ + simdjson::SIMDJSON_PADDING);
  file.seekg(0);
  file.read(text_.get(), static_cast<std::streamsize>(size_));
  require(static_cast<size_t>(file.gcount()) == size_, "cannot read the whole file", path_.string());
  std::memset(text_.get() + size_, ' ', simdjson::SIMDJSON_PADDING);
}

void JsonFile::fail(const std::string& what, size_t byte) const {
  throw Error("not valid JSON: " + what, c10::str(path_.string(), ":byte ", byte),
              "the file is damaged or cut short; fetch it again");
}

size_t JsonFile::skip_space(size_t at) const {
  while (at < size_ && (text_[at] == ' ' || text_[at] == '\n' || text_[at] == '\t' || text_[at] == '\r')) ++at;
  return at;
}

size_t JsonFile::end_of_string(size_t quote) const {
  for (size_t at = quote + 1; at < size_; ++at) {
    const void* found = std::memchr(text_.get() + at, '"', size_ - at);
    if (found == nullptr) break;
    at = static_cast<size_t>(static_cast<const char*>(found) - text_.get());
    size_t slashes = 0;
    while (text_[at - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return at + 1;
  }
  fail("a string is not closed", quote);
}

size_t JsonFile::end_of_value(size_t at) const {
  const size_t begin = at;
  int64_t depth = 0;
  for (; at < size_; ++at) {
    switch (text_[at]) {
      case '"':
        at = end_of_string(at) - 1;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        if (--depth == 0) return at + 1;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
  }
  if (depth > 0) fail("the file ends inside the object or array that begins here", begin);
  return at;
}

size_t JsonFile::open(Window window, char bracket, const char* kind) const {
  const size_t at = skip_space(window.begin);
  if (at >= window.end || text_[at] != bracket) fail(std::string("expected ") + kind, at);
  return at + 1;
}

void JsonFile::for_each_member(Window object, const std::function<void(std::string_view, Window)>& visit) const {
  size_t at = skip_space(open(object, '{', "an object"));
  if (at < size_ && text_[at] == '}') return;
  while (true) {
    if (at >= size_ || text_[at] != '"') fail("expected a key", at);
    const size_t key_end = end_of_string(at);
    const std::string_view key(text_.get() + at + 1, key_end - at - 2);
    at = skip_space(key_end);
    if (at >= size_ || text_[at] != ':') fail("expected ':' after a key", at);
    const size_t begin = skip_space(at + 1), end = end_of_value(begin);
    if (begin == end) fail("expected a value", begin);
    visit(key, {begin, end});
    at = skip_space(end);
    if (at < size_ && text_[at] == '}') return;
    if (at >= size_ || text_[at] != ',') fail("expected ',' or '}'", at);
    at = skip_space(at + 1);
  }
}

void JsonFile::for_each_element(Window array, const std::function<void(Window)>& visit) const {
  size_t at = skip_space(open(array, '[', "an array"));
  if (at < size_ && text_[at] == ']') return;
  while (true) {
    const size_t end = end_of_value(at);
    if (at == end) fail("expected a value", at);
    visit({at, end});
    at = skip_space(end);
    if (at < size_ && text_[at] == ']') return;
    if (at >= size_ || text_[at] != ',') fail("expected ',' or ']'", at);
    at = skip_space(at + 1);
  }
}

JsonFile::Window JsonFile::member(Window object, std::string_view key) const {
  Window found;
  for_each_member(object, [&](std::string_view name, Window value) {
    if (name == key) found = value;
  });
  return found;
}

simdjson::dom::element JsonFile::parse(Window window) {
  simdjson::dom::element element;
  const auto error = parser_.parse(text_.get() + window.begin, window.end - window.begin, false).get(element);
  if (error != simdjson::SUCCESS) fail(simdjson::error_message(error), window.begin);
  return element;
}

}  // namespace interprior
