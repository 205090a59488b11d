#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace interprior {

// A large JSON file read in windows: a scan finds where each member or element begins and ends, and only that window is
// parsed, so memory stays near the file's size. Throws Error naming file and byte where the text is no JSON.
class JsonFile {
 public:
  struct Window {
    size_t begin = 0, end = 0;   // bytes
    bool empty() const { return begin == end; }
  };

  explicit JsonFile(std::filesystem::path path);

  Window whole() const { return {0, size_}; }
  void for_each_member(Window object, const std::function<void(std::string_view key, Window value)>& visit) const;
  void for_each_element(Window array, const std::function<void(Window element)>& visit) const;
  Window member(Window object, std::string_view key) const;   // empty when there is none
  // The parsed value, good until the next call.
  simdjson::dom::element parse(Window window);
  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(const std::string& what, size_t byte) const;
  size_t skip_space(size_t at) const;
  size_t end_of_string(size_t quote) const;
  size_t end_of_value(size_t at) const;
  size_t open(Window window, char bracket, const char* kind) const;

  std::filesystem::path path_;
  std::unique_ptr<char[]> text_;
  size_t size_ = 0;
  simdjson::dom::parser parser_;
};

}  // namespace interprior
