#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

// The project's own files, as the architecture tests read them.
namespace interprior {

inline const std::filesystem::path kSource = INTERPRIOR_SOURCE_DIR;

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Path relative to the project root, with forward slashes.
inline std::string within_project(const std::filesystem::path& file) {
  return std::filesystem::relative(file, kSource).generic_string();
}

// Regular files below these folders of the project that have one of the extensions, sorted.
inline std::vector<std::filesystem::path> files_below(const std::vector<std::string>& folders,
                                                      const std::set<std::string>& extensions) {
  std::vector<std::filesystem::path> files;
  for (const std::string& folder : folders) {
    if (!std::filesystem::exists(kSource / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / folder))
      if (entry.is_regular_file() && extensions.count(entry.path().extension().string())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// C++ without comments and the contents of string and character literals; line breaks stay.
inline std::string code_only(const std::string& text) {
  static const std::regex noise(R"re(//[^\n]*|/\*[^]*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')re");
  std::string code;
  auto from = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), noise), end; it != end; ++it) {
    code.append(from, (*it)[0].first);
    code.append(static_cast<size_t>(std::count((*it)[0].first, (*it)[0].second, '\n')), '\n');
    from = (*it)[0].second;
  }
  return code.append(from, text.cend());
}

}  // namespace interprior
