#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace interprior {

// One picture or video to reconstruct.
struct Input {
  std::filesystem::path file;  // as given, or the folder as given / its name
  std::string name;            // of its outputs: the file's stem, printable, told apart from the other inputs
  bool video = false;
};

struct Inputs {
  std::vector<Input> files;               // in the order of the command line; a folder's by name
  std::map<std::string, int64_t> unread;  // pictures of folders whose format is not read, by extension (".heic")
  std::map<std::string, int64_t> others;  // files of folders that are no pictures, by extension; hidden files as "hidden"
  int64_t subfolders = 0;                 // not entered
};

// What pictures, folders and videos hold, before any is decoded. Files are told by extension, or by content where the extension
// says nothing. Of a folder: its pictures and videos, not those of its subfolders. Throws Error where an input does not exist, a
// folder cannot be read or holds nothing to read.
Inputs find_inputs(const std::vector<std::filesystem::path>& inputs);

// A stem as the beginning of file names: printable, short enough for endings within a name's 255 bytes, and in no other folder.
std::string output_name(const std::string& stem);

}  // namespace interprior
