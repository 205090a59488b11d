#include "interprior/data/images/image_scan.h"

#include <cmath>
#include <fstream>
#include <unordered_set>

#include "data/content_hash.h"
#include "interprior/base/error.h"
#include "interprior/base/parallel.h"
#include "interprior/data/images/image.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;
constexpr size_t kPiece = 4096;  // images between two progress records

std::unordered_set<std::string> names_in(const fs::path& folder) {
  std::unordered_set<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    std::error_code unknown;
    if (!entry->is_directory(unknown)) names.insert(entry->path().filename().string());
  }
  return names;
}

// Sets an image's state, and its brightness if it is present.
void look_at(ImageTables& tables, size_t row) {
  ImageEntry& image = tables.images[row];
  if (image.state == ImageState::missing) return;
  std::error_code ignored;
  const ImageRecord record = tables.record(row);
  if (!fs::is_regular_file(record.file, ignored)) {
    image.state = ImageState::missing;
    return;
  }
  try {
    const ImageFacts facts = image_facts(read_image_bytes(record), record.sample);
    const bool fits = facts.width == image.width && facts.height == image.height;
    image.state = fits ? ImageState::present : ImageState::damaged;
    if (fits) image.grey = static_cast<int16_t>(std::floor(facts.grey));
  } catch (const Error&) {
    image.state = ImageState::damaged;
  }
}

uint64_t fingerprint(const ImageTables& tables) {
  ContentHash hash;
  const auto add = [&](const auto& number) { hash.add(reinterpret_cast<const char*>(&number), sizeof number); };
  constexpr uint64_t kRule = 2;  // version of the brightness rule; progress of another version is discarded
  add(kRule);
  add(tables.images.size());
  for (const SourceFile& source : tables.sources) add(source.hash);
  const std::string root = fs::absolute(tables.root).lexically_normal().string();
  hash.add(root.data(), root.size());
  return hash.value;
}

// Restores the progress of an earlier scan of this data set (state and brightness, a byte each); returns the number of images.
size_t take_over(ImageTables& tables, const fs::path& path, uint64_t print) {
  std::ifstream file(path, std::ios::binary);
  uint64_t recorded = 0;
  if (!file.read(reinterpret_cast<char*>(&recorded), sizeof recorded) || recorded != print) return 0;
  size_t row = 0;
  std::array<uint8_t, 2> note{};
  for (; row < tables.images.size() && file.read(reinterpret_cast<char*>(note.data()), 2); ++row) {
    tables.images[row].state = static_cast<ImageState>(std::min<uint8_t>(note[0], 3));
    tables.images[row].grey = tables.images[row].state == ImageState::present ? note[1] : int16_t{-1};
  }
  return row;
}

}  // namespace

void find_images(ImageTables& tables, int64_t threads) {
  // The images of one camera and sequence are in one folder.
  std::unordered_map<uint64_t, std::vector<uint32_t>> folders;
  std::vector<std::vector<uint32_t>> lists;
  for (size_t row = 0; row < tables.images.size(); ++row) {
    const ImageEntry& image = tables.images[row];
    if (tables.given.count(static_cast<uint32_t>(row)) > 0)
      lists.push_back({static_cast<uint32_t>(row)});
    else
      folders[uint64_t{image.sequence} << 32 | image.camera].push_back(static_cast<uint32_t>(row));
  }
  for (auto& [key, rows] : folders) lists.push_back(std::move(rows));
  for_each_index(static_cast<int64_t>(lists.size()), threads, [&](int64_t list) {
    const std::vector<uint32_t>& rows = lists[static_cast<size_t>(list)];
    const fs::path first = tables.file(rows.front());
    const std::unordered_set<std::string> names = names_in(first.parent_path());
    for (const uint32_t row : rows) {
      const std::string name = rows.size() == 1 ? first.filename().string() : composed_file_name(tables, tables.images[row]);
      tables.images[row].state = names.count(name) > 0 ? ImageState::present : ImageState::missing;
    }
  });
}

void scan_images(ImageTables& tables, const fs::path& progress_file, int64_t threads,
                 const std::function<void(int64_t)>& report) {
  const uint64_t print = fingerprint(tables);
  size_t done = take_over(tables, progress_file, print);
  std::ofstream file;
  if (done == 0) {
    file.open(progress_file, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(&print), sizeof print);
  } else {
    std::error_code ignored;
    fs::resize_file(progress_file, sizeof print + 2 * done, ignored);  // drops an incomplete record
    file.open(progress_file, std::ios::binary | std::ios::app);
  }
  while (done < tables.images.size()) {
    const size_t end = std::min(done + kPiece, tables.images.size());
    for_each_index(static_cast<int64_t>(end - done), threads, [&](int64_t i) { look_at(tables, done + static_cast<size_t>(i)); });
    for (size_t row = done; row < end; ++row) {
      const ImageEntry& image = tables.images[row];
      const std::array<char, 2> note = {static_cast<char>(image.state), static_cast<char>(std::max<int16_t>(image.grey, 0))};
      file.write(note.data(), note.size());
    }
    file.flush();
    require(file.good(), "the progress of the scan cannot be written", progress_file.string(), "is the disk full?");
    done = end;
    report(static_cast<int64_t>(done));
  }
}

}  // namespace interprior
