#include "interprior/infer/inputs.h"

#include <c10/util/StringUtil.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/temporary_path.h"
#include "interprior/base/name_text.h"
#include "interprior/render/image_files/image_kind.h"

namespace interprior {
namespace {

using Path = std::filesystem::path;

enum class FileKind { image, video, unread_image, other };

const std::set<std::string> kImages = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".tif", ".tiff"};
const std::set<std::string> kVideos = {".mp4",  ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg",
                                       ".mpeg", ".ogv", ".wmv", ".3gp", ".mts", ".m2ts", ".flv"};
// Image formats that are not supported.
const std::set<std::string> kUnread = {".heic", ".heif", ".hif", ".avif", ".gif", ".jxl", ".jp2", ".j2k", ".jpf", ".ppm",
                                       ".pgm",  ".pbm",  ".pnm", ".pfm",  ".psd", ".tga", ".exr", ".hdr", ".ico", ".svg",
                                       ".raw",  ".dng",  ".cr2", ".cr3",  ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2",
                                       ".orf",  ".rw2",  ".raf", ".pef",  ".srw", ".3fr", ".iiq", ".x3f", ".insp"};

std::string extension_of(const Path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

FileKind kind_of(const Path& file) {
  const std::string extension = extension_of(file);
  if (kImages.count(extension) > 0) return FileKind::image;
  if (kVideos.count(extension) > 0) return FileKind::video;
  if (kUnread.count(extension) > 0) return FileKind::unread_image;
  std::string head(kKindBytes, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(stream.gcount()));
  if (image_kind(head)) return FileKind::image;
  const std::string foreign = foreign_kind(head);
  return foreign.empty() ? FileKind::other : foreign == "video" ? FileKind::video : FileKind::unread_image;
}

Path new_temporary_file() {
  std::string file = (std::filesystem::temp_directory_path() / "interprior-stdin-XXXXXX").string();
  const int descriptor = ::mkstemp(file.data());
  require(descriptor >= 0, "no temporary file can be created for standard input", file, "set TMPDIR to another folder");
  ::close(descriptor);
  return file;
}

// A video that is piped cannot be searched, so it is stored whole.
void store_standard_input(const Path& file) {
  std::ofstream copy(file, std::ios::binary);
  const bool empty = std::cin.peek() == std::char_traits<char>::eof();
  require(!empty, "standard input is empty", "-", "pipe an image or a video into the command");
  copy << std::cin.rdbuf();
  copy.close();
  require(copy.good() && !std::cin.bad(), "standard input cannot be stored", file.string(),
          "the disk may be full; set TMPDIR to another folder");
}

std::string listed(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += c10::str(text.empty() ? "" : ", ", name, ": ", count);
  return text;
}

// The index of `camera:N`.
std::optional<int> camera_of(const std::string& input) {
  const std::string prefix = "camera:", index = input.substr(std::min(input.size(), prefix.size()));
  if (!input.starts_with(prefix) || index.empty() || index.size() > 3) return std::nullopt;
  if (!std::all_of(index.begin(), index.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return std::nullopt;
  return std::stoi(index);
}

// Paths that match a shell pattern, sorted.
std::vector<Path> matches_of(const std::string& pattern) {
  glob_t found{};
  const int failure = ::glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<Path> paths(found.gl_pathv, found.gl_pathv + (failure == 0 ? found.gl_pathc : 0));
  ::globfree(&found);
  return paths;
}

class Search {
 public:
  void add(const Path& input) {
    std::error_code error;
    if (input == "-") return add_standard_input();
    if (!std::filesystem::exists(input, error)) {
      if (const auto camera = camera_of(input.string())) {
        found_.files.push_back({input, c10::str("camera_", *camera), true, camera});
        return;
      }
      const bool pattern = input.string().find_first_of("*?[") != std::string::npos;
      require(pattern, "no such image, folder or video", input.string());
      const std::vector<Path> matches = matches_of(input.string());
      require(!matches.empty(), "no file matches this pattern", input.string(),
              "** is not known; quote a pattern of your own shell");
      for (const Path& match : matches) add_existing(match);
      return;
    }
    add_existing(input);
  }

  Inputs finish() && {
    std::map<std::string, std::set<std::string>> extensions;  // of each folder's stem
    for (const Input& input : found_.files) extensions[stem_key(input)].insert(extension_of(input.file));
    std::set<std::string> taken;
    for (Input& input : found_.files) {
      std::string wanted = input.name.empty() ? output_name(input.file.stem().string()) : input.name;
      if (extensions[stem_key(input)].size() > 1 && input.file.has_extension())
        wanted += "_" + name_text(input.file.extension().string().substr(1));
      input.name = wanted;
      if (input.source.empty()) input.source = name_text(input.file.string());
      for (int copy = 2; !taken.insert(input.name).second; ++copy) input.name = c10::str(wanted, "_", copy);
    }
    return std::move(found_);
  }

 private:
  // A broken link counts as an unreadable image.
  void add_existing(const Path& input) {
    std::error_code error;
    if (std::filesystem::is_directory(input, error)) return add_folder(input);
    // A file given explicitly counts as an image unless it is a video; errors are reported when it is read.
    const bool video = std::filesystem::is_regular_file(input, error) && kind_of(input) == FileKind::video;
    found_.files.push_back({input, "", video});
  }

  static std::string stem_key(const Input& input) { return (input.file.parent_path() / input.file.stem()).string(); }

  void add_folder(const Path& folder) {
    std::vector<std::pair<Path, bool>> files;
    Inputs of_folder;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const Path& file = entry->path();
      std::error_code unknown;
      if (file.filename().string().starts_with(".")) {
        ++of_folder.others["hidden"];
      } else if (entry->is_directory(unknown)) {
        ++of_folder.subfolders;
      } else {
        // A broken link counts as an unreadable image; pipes and devices, and links to them, do not count as images.
        const bool ordinary = entry->is_regular_file(unknown) || !entry->exists(unknown);
        const FileKind kind = ordinary ? kind_of(file) : FileKind::other;
        const std::string extension = file.has_extension() ? extension_of(file) : "without extension";
        if (kind == FileKind::unread_image) ++of_folder.unread[extension];
        if (kind == FileKind::other) ++of_folder.others[extension];
        if (kind == FileKind::image || kind == FileKind::video) files.emplace_back(file, kind == FileKind::video);
      }
    }
    require(!error, "the folder cannot be read: " + error.message(), folder.string());
    require_files(folder, !files.empty(), of_folder);
    std::sort(files.begin(), files.end());
    for (const auto& [file, video] : files) found_.files.push_back({file, "", video});
    for (const auto& [extension, count] : of_folder.unread) found_.unread[extension] += count;
    for (const auto& [extension, count] : of_folder.others) found_.others[extension] += count;
    found_.subfolders += of_folder.subfolders;
  }

  void add_standard_input() {
    require(!found_.standard_input, "standard input is given twice", "-");
    found_.standard_input = std::make_shared<TemporaryPath>(new_temporary_file);
    const Path& file = found_.standard_input->path();
    store_standard_input(file);
    found_.files.push_back({file, "stdin", kind_of(file) == FileKind::video, std::nullopt, "-"});
  }

  static void require_files(const Path& folder, bool any, const Inputs& of_folder) {
    std::string what = "no images in this folder", advice = c10::str("it is searched for ", kImageKinds, " and videos");
    if (!of_folder.unread.empty()) what = "no image in this folder has a supported format (" + listed(of_folder.unread) + ")";
    if (of_folder.subfolders > 0) advice = c10::str(of_folder.subfolders, " subfolder(s) are not entered: pass them as inputs");
    require(any, what, folder.string(), advice);
  }

  Inputs found_;
};

}  // namespace

std::string output_name(const std::string& stem) {
  constexpr size_t kLongest = 200;
  std::string name;
  const std::string text = name_text(stem);
  for (size_t i = 0; i < text.size() && i + utf8_length(std::string_view(text).substr(i)) <= kLongest;) {
    const size_t length = utf8_length(std::string_view(text).substr(i));
    name += text[i] == '\\' ? "%5C" : text.substr(i, length);
    i += length;
  }
  return name.find_first_not_of('.') == std::string::npos ? "image" + name : name;
}

Inputs find_inputs(const std::vector<Path>& inputs) {
  Search search;
  for (const Path& input : inputs) search.add(input);
  return std::move(search).finish();
}

}  // namespace interprior
