#pragma once
#include <simdjson.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "data/content_hash.h"

namespace interprior {

// Stands for NaN, Infinity and -Infinity (-kNotFinite), which Python's json.dump writes but JSON does not allow.
inline constexpr double kNotFinite = 9e9;

// Streaming reader of a large JSON file; memory use does not grow with the file. Throws Error with file and byte offset if the
// text is not JSON or ends too early.
class JsonStream {
 public:
  explicit JsonStream(std::filesystem::path path);

  // Visits the members of the object at the cursor. `visit` may read the member's value by one call of a function of this class;
  // otherwise the value is skipped.
  void members(const std::function<void(const std::string& key)>& visit);
  // Whether an object begins at the cursor.
  bool at_object();
  // Visits the elements of the array at the cursor; they are parsed in batches. `byte`: file offset of the element.
  void elements(const std::function<void(simdjson::dom::element, size_t byte)>& visit);
  // The value at the cursor, valid until the next call.
  simdjson::dom::element value();
  // Throws Error unless only white space is left. Call it last.
  void finish();
  // Hash of the whole file's bytes; call after finish().
  uint64_t hash() const { return hash_.value; }
  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(const std::string& what, size_t byte) const;
  bool fill();  // reads the next piece; false at the end of the file
  bool has(size_t at) { return at < base_ + filled_ || fill(); }
  char at(size_t byte) const { return text_[byte - base_]; }
  void skip_space();
  void expect(char bracket, const char* kind);
  size_t end_of_string(size_t quote);
  size_t end_of_value(size_t begin, size_t keep_from);
  void skip_value();
  simdjson::dom::element parse(size_t begin, size_t end, bool as_array);
  void visit_batch(const std::vector<size_t>& begins, size_t end,
                   const std::function<void(simdjson::dom::element, size_t)>& visit);

  std::filesystem::path path_;
  std::ifstream file_;
  size_t piece_ = 0;        // bytes read at once
  std::vector<char> text_;  // bytes base_ .. base_ + filled_ of the file
  size_t base_ = 0, filled_ = 0;
  size_t cursor_ = 0;
  size_t kept_ = 0;           // bytes from here on are still needed
  std::vector<char> parsed_;  // padded input of the parser
  simdjson::dom::parser parser_;
  ContentHash hash_;
};

}  // namespace interprior
