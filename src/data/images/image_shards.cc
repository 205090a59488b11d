#include "interprior/data/images/image_shards.h"

#include <c10/util/StringUtil.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// An image in a shard; bytes 0: it could not be read.
struct Packed {
  size_t row;
  int64_t bytes;
};

std::string shard_name(size_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "shard-%05zu.bin", number);
  return name;
}

// Reads the list beside a complete shard: size and sample, one image per line. Empty if there is no list, or if it does not match
// the tables or the shard's size.
std::vector<Packed> finished_shard(const ImageTables& tables, const fs::path& shard, size_t first_row) {
  std::error_code ignored;
  if (!fs::exists(shard, ignored) || !fs::exists(shard.string() + ".txt", ignored)) return {};
  std::istringstream list(read_file(shard.string() + ".txt"));
  std::vector<Packed> packed;
  int64_t total = 0, bytes = 0;
  size_t row = first_row;
  std::string sample;
  while (list >> bytes && std::getline(list >> std::ws, sample)) {
    while (row < tables.images.size() && tables.images[row].state != ImageState::present) ++row;
    if (row == tables.images.size() || tables.sample(row) != sample) return {};
    packed.push_back({row++, bytes});
    total += bytes;
  }
  return static_cast<int64_t>(fs::file_size(shard, ignored)) == total ? packed : std::vector<Packed>{};
}

std::vector<Packed> write_shard(const ImageTables& tables, const fs::path& shard, size_t first_row, int64_t shard_bytes) {
  AtomicFile target(shard);
  std::ofstream file(target.temporary(), std::ios::binary);
  std::ostringstream list;
  std::vector<Packed> packed;
  int64_t total = 0;
  for (size_t row = first_row; row < tables.images.size() && total < shard_bytes; ++row) {
    if (tables.images[row].state != ImageState::present) continue;
    std::string bytes;
    try {
      bytes = read_image_bytes(tables.record(row));
    } catch (const Error&) {
    }
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    packed.push_back({row, static_cast<int64_t>(bytes.size())});
    list << bytes.size() << ' ' << tables.sample(row) << '\n';
    total += packed.back().bytes;
  }
  file.close();
  require(file.good(), "a shard cannot be written", shard.string(), "is the disk full?");
  write_file(shard.string() + ".txt", list.str());
  target.commit();
  return packed;
}

}  // namespace

void pack_images(ImageTables& tables, const fs::path& folder, int64_t shard_bytes, const std::function<void(int64_t)>& report) {
  require(shard_bytes > 0, "a shard must hold some bytes");
  make_folder(folder);
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  size_t row = 0;
  const auto skip = [&] {
    while (row < tables.images.size() && tables.images[row].state != ImageState::present) ++row;
  };
  skip();
  std::vector<std::pair<uint32_t, GivenPlace>> places;
  for (size_t number = 0; row < tables.images.size(); ++number) {
    const fs::path shard = absolute / shard_name(number);
    std::vector<Packed> packed = finished_shard(tables, shard, row);
    if (packed.empty()) packed = write_shard(tables, shard, row, shard_bytes);
    int64_t offset = 0;
    for (const Packed& image : packed) {
      places.push_back({static_cast<uint32_t>(image.row), {tables.sample(image.row), shard.string(), offset, image.bytes}});
      offset += image.bytes;
    }
    row = packed.back().row + 1;
    report(static_cast<int64_t>(row));
    skip();
  }
  // The tables are changed last: until here they name the files that are read.
  for (auto& [image, place] : places) {
    if (place.bytes == 0)
      tables.images[image].state = ImageState::damaged;
    else
      tables.given[image] = std::move(place);
  }
}

}  // namespace interprior
