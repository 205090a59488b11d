#include "config_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace interprior {
namespace {

// Words that some YAML readers do not read as text.
constexpr std::array kReserved = {"true", "false", "yes", "no", "on", "off", "null", "nan", "inf", "y", "n"};

std::string lower_case(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_plain(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-'; }

bool reads_as_text_without_quotes(const std::string& text) {
  if (text.empty() || !(is_letter(text[0]) || text[0] == '/')) return false;
  for (const char c : text)
    if (!is_plain(c)) return false;
  const std::string word = lower_case(text);
  for (const char* reserved : kReserved)
    if (word == reserved) return false;
  return true;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 8> escape;
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string yaml_text(bool value) { return value ? "true" : "false"; }

std::string yaml_text(int64_t value) { return std::to_string(value); }

std::string yaml_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= 1e-5 && size < 1e15);
  std::array<char, 48> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string text(digits.data(), end);
  const size_t exponent = text.find('e');  // many YAML readers read 1e-06 as a string and 1.0e-06 as a number
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string yaml_text(const std::string& value) { return reads_as_text_without_quotes(value) ? value : quoted(value); }

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high) return yaml_text(range.low) + " to " + yaml_text(range.high);
  if (low) return "at least " + yaml_text(range.low);
  return high ? "at most " + yaml_text(range.high) : "";
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

}  // namespace interprior
