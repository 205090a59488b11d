#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace interprior {

// Length of the UTF-8 character at the head of the text, 0 where there is none.
size_t utf8_length(std::string_view text);

// A name that any text can hold, of a file whose name may be any bytes: bytes that are not UTF-8 and control characters become
// %XX.
std::string name_text(std::string_view name);

}  // namespace interprior
