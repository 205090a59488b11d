#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace interprior {

class TemporaryPath;

// One image, video or camera to reconstruct from.
struct Input {
  std::filesystem::path file;                // as given, or the given folder / file name
  std::string name;                          // of the outputs: the file's stem, printable, unique among the inputs
  bool video = false;                        // has frames: a video file or a camera
  std::optional<int> camera = std::nullopt;  // index of a camera
  std::string source = "";                   // for messages and results: the path as given, printable; `-` for standard input
};

struct Inputs {
  std::vector<Input> files;               // in the order of the command line; a folder's by name
  std::map<std::string, int64_t> unread;  // images in folders in an unsupported format, by extension (".heic")
  std::map<std::string, int64_t> others;  // files in folders that are no images, by extension; hidden files as "hidden"
  int64_t subfolders = 0;                 // not entered
  std::shared_ptr<const TemporaryPath> standard_input;  // what was read from there, for as long as the inputs are in use
};

// Lists the images and videos of the given inputs, without decoding them: files; folders, whose subfolders are not searched;
// patterns with *, ? or [...] that no file is named like, in the order of their matches; `camera:N`; and `-`, standard input,
// whose bytes are an image or a video file and are stored in a temporary file. Files are recognised by extension, or by content
// if the extension is unknown. Throws Error if an input does not exist, a pattern matches nothing, standard input is empty or
// given twice, or a folder cannot be read or contains no readable file.
Inputs find_inputs(const std::vector<std::filesystem::path>& inputs);

// A stem as a prefix of file names: printable, short enough for suffixes within 255 bytes, without path separators.
std::string output_name(const std::string& stem);

}  // namespace interprior
