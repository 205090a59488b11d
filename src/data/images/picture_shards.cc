#include "interprior/data/images/picture_shards.h"

#include <c10/util/StringUtil.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/picture.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// A picture in a shard; bytes 0: it could not be read.
struct Packed {
  size_t row;
  int64_t bytes;
};

std::string shard_name(size_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "shard-%05zu.bin", number);
  return name;
}

// The list beside a shard that is whole: sample and size, one picture a line. Empty where there is none, or it is of other
// pictures.
std::vector<Packed> finished_shard(const ImageTables& tables, const fs::path& shard, size_t first_row) {
  std::error_code ignored;
  if (!fs::exists(shard, ignored) || !fs::exists(shard.string() + ".txt", ignored)) return {};
  std::istringstream list(read_file(shard.string() + ".txt"));
  std::vector<Packed> packed;
  int64_t total = 0, bytes = 0;
  size_t row = first_row;
  std::string sample;
  while (list >> bytes && std::getline(list >> std::ws, sample)) {
    while (row < tables.images.size() && tables.images[row].state != PictureState::present) ++row;
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
    if (tables.images[row].state != PictureState::present) continue;
    std::string bytes;
    try {
      bytes = read_picture_bytes(tables.record(row));
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

void pack_pictures(ImageTables& tables, const fs::path& folder, int64_t shard_bytes, const std::function<void(int64_t)>& report) {
  require(shard_bytes > 0, "a shard must hold some bytes");
  make_folder(folder);
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  size_t row = 0;
  const auto skip = [&] {
    while (row < tables.images.size() && tables.images[row].state != PictureState::present) ++row;
  };
  skip();
  std::vector<std::pair<uint32_t, GivenPlace>> places;
  for (size_t number = 0; row < tables.images.size(); ++number) {
    const fs::path shard = absolute / shard_name(number);
    std::vector<Packed> packed = finished_shard(tables, shard, row);
    if (packed.empty()) packed = write_shard(tables, shard, row, shard_bytes);
    int64_t offset = 0;
    for (const Packed& picture : packed) {
      places.push_back({static_cast<uint32_t>(picture.row), {tables.sample(picture.row), shard.string(), offset, picture.bytes}});
      offset += picture.bytes;
    }
    row = packed.back().row + 1;
    report(static_cast<int64_t>(row));
    skip();
  }
  // Only now: until here the tables name the files that are read.
  for (auto& [picture, place] : places) {
    if (place.bytes == 0)
      tables.images[picture].state = PictureState::damaged;
    else
      tables.given[picture] = std::move(place);
  }
}

}  // namespace interprior
