#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace interprior {

// Reads the opcodes of a pickle and their arguments sequentially. Throws Error with file and byte.
class PickleBytes {
 public:
  PickleBytes(std::string_view bytes, std::string file);

  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  // The next `count` bytes, not copied. Throws Error if the file has fewer.
  std::string_view take(uint64_t count);
  uint64_t little_endian(int bytes);
  // The text up to the next line feed, which is skipped.
  std::string_view line();
  int64_t decimal(std::string_view digits) const;  // argument of protocol 0's I, L, p and g
  double real(std::string_view digits) const;      // argument of protocol 0's F
  // Decodes bytes that Python 3 wrote as text of the same code points.
  std::string latin1(std::string_view utf8) const;
  std::string unescaped(std::string_view quoted) const;  // argument of protocol 0's S: a Python 2 literal, quotes included

  // Throws "WHAT (FILE, byte BYTE): advice"; without a byte, that of the current opcode.
  [[noreturn]] void fail(const std::string& what, size_t byte) const;
  [[noreturn]] void fail(const std::string& what) const { fail(what, opcode_); }
  void begin_opcode() { opcode_ = at_; }
  size_t opcode() const { return opcode_; }
  const std::string& file() const { return file_; }

 private:
  std::string_view bytes_;
  std::string file_;
  size_t at_ = 0, opcode_ = 0;
};

// Text of a file for messages: at most 60 characters, without control characters.
std::string printable(std::string_view words);

inline constexpr const char* kPickleAdvice = "use the original file from MANO's site";

}  // namespace interprior
