#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace interprior {

// The opcodes of a pickle and what follows each, read from front to back. Throws Error with file and byte.
class PickleBytes {
 public:
  PickleBytes(std::string_view bytes, std::string file);

  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  // The next bytes themselves. However many are claimed: nothing is copied, and what the file does not have is an error.
  std::string_view take(uint64_t count);
  uint64_t little_endian(int bytes);
  // Up to the next line feed, which is passed over.
  std::string_view line();
  int64_t decimal(std::string_view digits) const;  // of protocol 0's I, L, p and g
  double real(std::string_view digits) const;      // of protocol 0's F
  // Bytes that Python 3 wrote as text of the same code points.
  std::string latin1(std::string_view utf8) const;
  std::string unescaped(std::string_view quoted) const;  // of protocol 0's S: a Python 2 literal, quotes included

  // "WHAT (FILE, byte BYTE): advice"; without a byte, where the opcode that is being read begins.
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

// Words of a file for a sentence: at most 60 characters, and none that a terminal would obey.
std::string printable(std::string_view words);

inline constexpr const char* kPickleAdvice = "is it the file as MANO's site sends it?";

}  // namespace interprior
