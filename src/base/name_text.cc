#include "interprior/base/name_text.h"

#include <array>
#include <cstdio>

namespace interprior {

// RFC 3629; table 3-7 of the Unicode standard.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool shortest = first != 0xE0 || second >= 0xA0, no_surrogate = first != 0xED || second < 0xA0;
    return follows(1) && follows(2) && shortest && no_surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool shortest = first != 0xF0 || second >= 0x90, in_unicode = first != 0xF4 || second < 0x90;
    return follows(1) && follows(2) && follows(3) && shortest && in_unicode ? 4 : 0;
  }
  return 0;
}

std::string name_text(std::string_view name) {
  std::string text;
  for (size_t i = 0; i < name.size();) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const size_t length = byte < 0x20 || byte == 0x7F ? 0 : utf8_length(name.substr(i));
    if (length == 0) {
      std::array<char, 4> escape;
      std::snprintf(escape.data(), escape.size(), "%%%02X", byte);
      text += escape.data();
      ++i;
    } else {
      text += name.substr(i, length);
      i += length;
    }
  }
  return text;
}

}  // namespace interprior
