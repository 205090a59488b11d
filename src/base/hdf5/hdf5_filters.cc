#include "hdf5_filters.h"

#include <c10/util/StringUtil.h>
#include <zlib.h>

#include <algorithm>

namespace interprior {
namespace {

constexpr size_t kMaxFilters = 32;
constexpr size_t kChecksum = 4;

struct Inflater {
  Inflater() { good = inflateInit(&stream) == Z_OK; }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream stream{};
  bool good = false;
};

// Inflates to at most `most` bytes. The buffer grows with the actual output.
std::string inflated(const std::string& bytes, size_t most, const Hdf5Cursor& place) {
  Inflater inflater;
  if (!inflater.good || bytes.size() > UINT32_MAX) place.damaged("a compressed chunk that is too large");
  inflater.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  inflater.stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  size_t done = 0;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (done == most) place.damaged("a compressed chunk that decompresses to more than its size");
    out.resize(std::min(most, std::max<size_t>(4 * bytes.size(), 2 * done)));
    inflater.stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    inflater.stream.avail_out = static_cast<uInt>(std::min<size_t>(out.size() - done, UINT32_MAX));
    const uInt room = inflater.stream.avail_out;
    status = inflate(&inflater.stream, Z_NO_FLUSH);
    done += room - inflater.stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) place.damaged("a chunk that cannot be decompressed");
    if (status == Z_OK && inflater.stream.avail_out > 0) place.damaged("a compressed chunk that is truncated");
  }
  out.resize(done);
  return out;
}

// Inverse of the shuffle filter, which stores byte k of all elements contiguously.
std::string unshuffled(const std::string& bytes, size_t element) {
  const size_t count = element > 1 ? bytes.size() / element : 0;
  if (count == 0) return bytes;
  std::string out = bytes;  // trailing bytes after the last whole element are not shuffled
  for (size_t k = 0; k < element; ++k)
    for (size_t i = 0; i < count; ++i) out[i * element + k] = bytes[k * count + i];
  return out;
}

// Fletcher-32 checksum over big-endian pairs of bytes, as libhdf5 computes it.
uint32_t fletcher32(std::string_view bytes) {
  const auto at = [&](size_t i) { return uint32_t{static_cast<unsigned char>(bytes[i])}; };
  uint32_t first = 0, second = 0;
  const auto fold = [](uint32_t sum) { return (sum & 0xffff) + (sum >> 16); };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    first = fold(first + (at(i) << 8 | (i + 1 < bytes.size() ? at(i + 1) : 0)));
    second = fold(second + first);
  }
  return fold(second) << 16 | fold(first);
}

}  // namespace

Hdf5Filters::Hdf5Filters(Hdf5Cursor message) {
  const unsigned version = message.byte(), count = message.byte();
  if ((version != 1 && version != 2) || count > kMaxFilters) message.damaged("filters of an unknown version");
  message.skip(version == 1 ? 6 : 0);
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t filter = message.number(2);
    const uint64_t name = version == 1 || filter >= 256 ? message.number(2) : 0;
    message.skip(2);
    const uint64_t numbers = message.number(2);
    message.skip(version == 1 ? (name + 7) / 8 * 8 : name);
    message.skip(4 * numbers + (version == 1 && numbers % 2 == 1 ? 4 : 0));
    if (filter != kDeflate && filter != kShuffle && filter != kFletcher32)
      message.unsupported(c10::str("data compressed by filter ", filter, " (gzip, shuffle and fletcher32 are read)"));
    filters_.push_back(filter);
  }
}

std::string Hdf5Filters::undone(std::string bytes, uint64_t skipped, size_t element, size_t size, const Hdf5Cursor& place) const {
  for (size_t i = filters_.size(); i-- > 0;) {
    if ((skipped >> i & 1) != 0) continue;
    if (filters_[i] == kDeflate) {
      bytes = inflated(bytes, size + kChecksum * filters_.size(), place);
    } else if (filters_[i] == kShuffle) {
      bytes = unshuffled(bytes, element);
    } else {
      if (bytes.size() < kChecksum) place.damaged("a chunk without its checksum");
      const std::string checksum = bytes.substr(bytes.size() - kChecksum);
      bytes.resize(bytes.size() - kChecksum);
      if (Hdf5Cursor(place.file(), checksum, place.address()).number(kChecksum) != fletcher32(bytes))
        place.damaged("a chunk with a wrong checksum");
    }
  }
  if (bytes.size() != size) place.damaged(c10::str("a chunk of ", bytes.size(), " bytes instead of ", size));
  return bytes;
}

}  // namespace interprior
