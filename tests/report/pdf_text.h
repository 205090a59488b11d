#pragma once
#include <zlib.h>

#include <string>
#include <vector>

// A PDF's parts, read by its syntax (ISO 32000-1, 7.3 and 9.4.3), for tests.
namespace interprior {

// All streams, decompressed.
inline std::vector<std::string> pdf_streams(const std::string& pdf) {
  std::vector<std::string> streams;
  const std::string begin_mark = "stream\n", end_mark = "endstream";
  for (size_t at = pdf.find(begin_mark); at != std::string::npos; at = pdf.find(begin_mark, at)) {
    const size_t begin = at + begin_mark.size(), end = pdf.find(end_mark, begin);
    if (end == std::string::npos) break;
    std::string out(size_t{1} << 22, '\0');
    uLongf size = out.size();
    if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(pdf.data() + begin),
                   end - begin) == Z_OK)
      streams.push_back(out.substr(0, size));
    at = end + end_mark.size();
  }
  return streams;
}

// The shown text: all strings in parentheses of the streams that have text objects, one after the other.
inline std::string pdf_text(const std::string& pdf) {
  std::string text;
  for (const std::string& stream : pdf_streams(pdf)) {
    if (stream.find("BT\n") == std::string::npos) continue;
    bool inside = false;
    for (size_t i = 0; i < stream.size(); ++i) {
      if (inside && stream[i] == '\\')
        text += stream[++i];
      else if (stream[i] == '(' || stream[i] == ')')
        inside = stream[i] == '(';
      else if (inside)
        text += stream[i];
    }
    text += '\n';
  }
  return text;
}

}  // namespace interprior
