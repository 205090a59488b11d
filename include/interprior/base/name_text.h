#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace interprior {

// Length in bytes of the UTF-8 character at the start of the text; 0 if there is none.
size_t utf8_length(std::string_view text);

// A printable form of a file name of arbitrary bytes: bytes that are not UTF-8 and control characters become %XX.
std::string name_text(std::string_view name);

}  // namespace interprior
