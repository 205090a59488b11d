#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace interprior {

// One image or video to reconstruct.
struct Input {
  std::filesystem::path file;  // as given, or the given folder / file name
  std::string name;            // of the outputs: the file's stem, printable, unique among the inputs
  bool video = false;
};

struct Inputs {
  std::vector<Input> files;               // in the order of the command line; a folder's by name
  std::map<std::string, int64_t> unread;  // images in folders in an unsupported format, by extension (".heic")
  std::map<std::string, int64_t> others;  // files in folders that are no images, by extension; hidden files as "hidden"
  int64_t subfolders = 0;                 // not entered
};

// Lists the images and videos of the given files and folders, without decoding them. Files are recognised by extension, or by
// content if the extension is unknown. Subfolders are not searched. Throws Error if an input does not exist, or if a folder
// cannot be read or contains no readable file.
Inputs find_inputs(const std::vector<std::filesystem::path>& inputs);

// A stem as a prefix of file names: printable, short enough for suffixes within 255 bytes, without path separators.
std::string output_name(const std::string& stem);

}  // namespace interprior
