#include "interprior/infer/left_out.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/name_text.h"

namespace interprior {
namespace {

constexpr const char* kUnknownFormat = "unknown_format";

}  // namespace

LeftOut::LeftOut(std::string reason, const std::string& what, const std::string& where, const std::string& advice)
    : Error(what, where, advice), reason_(std::move(reason)) {}

void LeftOutList::add(const std::string& reason, const std::string& sentence) {
  sentences_[reason].push_back(name_text(sentence));
}

void LeftOutList::add(const LeftOutList& others) {
  for (const auto& [reason, sentences] : others.sentences_)
    sentences_[reason].insert(sentences_[reason].end(), sentences.begin(), sentences.end());
  for (const auto& [kind, files] : others.kinds_) kinds_[kind] += files;
}

void LeftOutList::add_kind(const std::string& extension, int64_t count) {
  kinds_[name_text(extension)] += count;
  sentences_[kUnknownFormat];
}

int64_t LeftOutList::count() const {
  int64_t count = 0;
  for (const auto& [reason, sentences] : sentences_) count += static_cast<int64_t>(sentences.size());
  for (const auto& [kind, files] : kinds_) count += files;
  return count;
}

std::string LeftOutList::summary() const {
  std::string text;
  for (const auto& [reason, sentences] : sentences_) {
    auto count = static_cast<int64_t>(sentences.size());
    std::string kinds;
    if (reason == kUnknownFormat)
      for (const auto& [kind, files] : kinds_) {
        count += files;
        kinds += c10::str(kinds.empty() ? " (" : ", ", kind, ": ", files);
      }
    text += c10::str(text.empty() ? "" : ", ", reason, ": ", count, kinds, kinds.empty() ? "" : ")");
  }
  return text;
}

std::vector<std::string> LeftOutList::lines(size_t most) const {
  std::vector<std::string> lines;
  for (const auto& [reason, sentences] : sentences_) {
    for (size_t i = 0; i < sentences.size() && i < most; ++i) lines.push_back(reason + ": " + sentences[i]);
    if (sentences.size() > most) lines.push_back(c10::str(reason, ": and ", sentences.size() - most, " more"));
  }
  return lines;
}

void LeftOutList::require_all_made(size_t made, const std::string& nothing, const std::string& where,
                                   const std::string& out) const {
  const std::vector<std::string> first = lines(1);
  if (made == 0 && count() == 1 && !first.empty()) throw Error(nothing, where, first.front());
  if (made == 0 && empty()) throw Error(nothing, where, "pass images, folders or videos");
  if (made == 0) throw Error(nothing + ", " + summary(), where, first.empty() ? "" : "the lines above name them");
  if (!empty())
    throw Error(c10::str(count(), " of ", static_cast<int64_t>(made) + count(), " pairs of hands left out, ", summary()), out,
                "everything else is written; the lines above name them");
}

}  // namespace interprior
