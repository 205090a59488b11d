#include "interprior/metric/hand_sets/hand_sets.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>

#include "hand_set_file.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/metric/interval.h"

namespace interprior {
namespace {

constexpr int64_t kIdsPerRead = 65536;

}  // namespace

struct HandSets::Files {
  struct Part {
    std::unique_ptr<TensorFileReader> file;
    int64_t begin = 0, end = 0;  // rows of the whole
  };
  std::vector<Part> parts;
};

HandSets::HandSets(HandSet set, std::string name) : held_(std::move(set)), end_(held_.size()), name_(std::move(name)) {}

HandSets::HandSets(const std::vector<std::filesystem::path>& paths, std::string name) : files_(std::make_shared<Files>()) {
  require(!paths.empty(), "no hands.h5 file is given");
  int64_t begin = 0;
  for (const std::filesystem::path& path : paths) {
    auto file = open_hand_set(path);
    const int64_t count = hand_set_size(*file);
    for (const auto& [name, member] : kHandSetTensors)
      require(files_->parts.empty() || file->has(name) == files_->parts.front().file->has(name),
              c10::str("one of these files has ", name, " and another has none"), path.string());
    files_->parts.push_back({std::move(file), begin, begin + count});
    begin += count;
  }
  end_ = begin;
  name_ = name.empty() ? paths.front().string() : std::move(name);
}

HandSets HandSets::slice(int64_t begin, int64_t end) const {
  require(0 <= begin && begin <= end && end <= size(), c10::str("rows ", begin, " to ", end, " of ", size()), name_);
  HandSets some = *this;
  some.begin_ = begin_ + begin;
  some.end_ = begin_ + end;
  return some;
}

int64_t HandSets::size() const { return end_ - begin_; }

bool HandSets::has(torch::Tensor HandSet::*member) const {
  if (!files_) return (held_.*member).defined();
  for (const auto& [name, known] : kHandSetTensors)
    if (known == member) return files_->parts.front().file->has(name);
  return false;
}

std::vector<std::string> HandSets::ids(int64_t begin, int64_t end) const {
  begin += begin_;
  end += begin_;
  if (!files_) return {held_.sample.begin() + begin, held_.sample.begin() + end};
  std::vector<std::string> ids;
  for (const Files::Part& part : files_->parts) {
    const int64_t first = std::max(begin, part.begin), last = std::min(end, part.end);
    if (first >= last) continue;
    for (std::string& id : part.file->read_string_rows("sample", first - part.begin, last - part.begin))
      ids.push_back(std::move(id));
  }
  return ids;
}

HandSet HandSets::rows(int64_t begin, int64_t end) const {
  begin += begin_;
  end += begin_;
  if (!files_) return interprior::rows(held_, begin, end);
  std::vector<HandSet> found;
  for (const Files::Part& part : files_->parts) {
    const int64_t first = std::max(begin, part.begin), last = std::min(end, part.end);
    if (first < last) found.push_back(read_hand_rows(*part.file, first - part.begin, last - part.begin));
  }
  return found.size() == 1 ? std::move(found.front()) : concatenated(found);
}

HandSet HandSets::rows(const std::vector<int64_t>& index) const {
  // Runs of consecutive rows are read at once.
  std::vector<HandSet> found;
  for (size_t begin = 0, end = 1; begin < index.size(); begin = end++) {
    while (end < index.size() && index[end] == index[end - 1] + 1) ++end;
    found.push_back(rows(index[begin], index[end - 1] + 1));
  }
  return found.size() == 1 ? std::move(found.front()) : concatenated(found);
}

IdRows::IdRows(const HandSets& sets) : sets_(&sets) {
  rows_.reserve(static_cast<size_t>(sets.size()));
  for (int64_t begin = 0; begin < sets.size(); begin += kIdsPerRead) {
    int64_t row = begin;
    for (const std::string& id : sets.ids(begin, std::min(begin + kIdsPerRead, sets.size())))
      rows_.emplace_back(hash_of_id(id), row++);
  }
  std::sort(rows_.begin(), rows_.end());
  for (size_t i = 1; i < rows_.size(); ++i) {
    if (rows_[i].first != rows_[i - 1].first) continue;
    const std::string id = sets.ids(rows_[i].second, rows_[i].second + 1).front();
    if (id == sets.ids(rows_[i - 1].second, rows_[i - 1].second + 1).front())
      throw Error("sample " + id + " is duplicated", sets.name(), "give every image its own id, such as split/file_name");
  }
}

int64_t IdRows::row_of(const std::string& id) const {
  const uint64_t hash = hash_of_id(id);
  auto found = std::lower_bound(rows_.begin(), rows_.end(), std::pair{hash, int64_t{-1}});
  for (; found != rows_.end() && found->first == hash; ++found) {
    const bool alone = std::next(found) == rows_.end() || std::next(found)->first != hash;
    if (alone || sets_->ids(found->second, found->second + 1).front() == id) return found->second;
  }
  return -1;
}

std::vector<int64_t> IdRows::rows_of(const std::vector<std::string>& ids) const {
  std::vector<int64_t> rows;
  for (const std::string& id : ids) {
    rows.push_back(row_of(id));
    if (rows.back() >= 0) continue;
    const std::string first = sets_->ids(0, 1).front();
    const auto split = [](const std::string& text) { return text.substr(0, text.find('/')); };
    throw Error("no prediction for sample " + id, sets_->name(),
                split(first) != split(id) ? "the predictions begin with " + first + ": is that another split?"
                                          : "predict every sample of the ground truth, or give a ground truth of fewer samples");
  }
  return rows;
}

struct HandSetWriter::Impl {
  TensorFileWriter file;
  std::filesystem::path path;
  FileValues values;
  std::vector<bool> has = {};

  Impl(const std::filesystem::path& to, FileValues allowed) : file(to, kHandsFormat, kHandsVersion), path(to), values(allowed) {}
};

HandSetWriter::HandSetWriter(const std::filesystem::path& path, const std::string& box_source, FileValues values)
    : impl_(std::make_unique<Impl>(path, values)) {
  if (!box_source.empty()) impl_->file.attribute("box_source", box_source);
}

HandSetWriter::~HandSetWriter() = default;

void HandSetWriter::append(const HandSet& rows) {
  if (impl_->values == FileValues::finite)
    check_hand_set(rows, impl_->path.string());
  else
    check_layout(rows, impl_->path.string());
  impl_->file.append_strings("sample", rows.sample);
  if (!rows.group.empty()) impl_->file.append_strings("group", rows.group);
  std::vector<bool> has = {!rows.group.empty()};
  for (const auto& [name, member] : kHandSetTensors) {
    has.push_back((rows.*member).defined());
    if (has.back()) impl_->file.append(name, rows.*member);
  }
  require(impl_->has.empty() || impl_->has == has, "the rows have other datasets than earlier rows", impl_->path.string());
  impl_->has = has;
}

void HandSetWriter::close() { impl_->file.close(); }

}  // namespace interprior
