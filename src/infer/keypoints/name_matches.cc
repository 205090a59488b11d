#include "interprior/infer/keypoints/name_matches.h"

#include <algorithm>
#include <compare>

#include "interprior/base/error.h"
#include "interprior/base/name_text.h"

namespace interprior {
namespace {

using Path = std::filesystem::path;

// How well a key matches an input; better matches compare greater.
struct Fit {
  enum Level { none, stem, stem_and_folders, file_name, end_of_path, whole_path } level = none;
  int folders = 0;  // path components that agree
  auto operator<=>(const Fit&) const = default;
};

std::vector<std::string> components(const Path& path) {
  std::vector<std::string> parts;
  for (const Path& part : path.lexically_normal())
    if (part != "/" && part != "." && !part.empty()) parts.push_back(name_text(part.string()));
  return parts;
}

std::string stem_of(const std::string& name) { return Path(name).stem().string(); }

Fit fit_of(const std::string& key, const Input& input) {
  const std::vector<std::string> keys = components(key), file = components(std::filesystem::absolute(input.file));
  if (keys.empty() || file.empty()) return {};
  const bool same_name = keys.back() == file.back();
  const std::string stem = stem_of(file.back());
  if (!same_name && keys.back() != stem && stem_of(keys.back()) != stem && keys.back() != input.name) return {};
  int agree = 1;
  while (agree < static_cast<int>(std::min(keys.size(), file.size())) &&
         keys[keys.size() - 1 - agree] == file[file.size() - 1 - agree])
    ++agree;
  const bool whole_key = agree == static_cast<int>(keys.size());
  if (same_name && whole_key && keys.size() == file.size()) return {Fit::whole_path, agree};
  if (same_name && components(std::filesystem::absolute(key)) == file) return {Fit::whole_path, agree};
  if (same_name) return whole_key ? Fit{Fit::end_of_path, agree} : Fit{Fit::file_name, 1};
  return whole_key ? Fit{Fit::stem_and_folders, agree} : Fit{Fit::stem, 1};
}

bool same_file(const Input& a, const Input& b) {
  std::error_code error;
  return std::filesystem::equivalent(a.file, b.file, error);
}

}  // namespace

NameMatches::NameMatches(std::vector<std::string> keys, const std::vector<Input>& inputs, std::string file, EntryNoun noun)
    : keys_(std::move(keys)), file_(std::move(file)), noun_(std::move(noun)) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const std::vector<std::string> parts = components(keys_[i]);
    if (parts.empty()) continue;
    by_name_[parts.back()].push_back(i);
    if (stem_of(parts.back()) != parts.back()) by_name_[stem_of(parts.back())].push_back(i);
  }
  struct Claim {
    const Input* input;
    Fit fit;
  };
  std::map<size_t, std::vector<Claim>> claims;  // by entry
  for (const Input& input : inputs) {
    const std::string name = name_text(input.file.filename().string());
    Fit best;
    std::vector<size_t> entries;
    for (const std::string& wanted : {name, stem_of(name), input.name})
      for (const size_t i : candidates(wanted)) {
        const Fit fit = fit_of(keys_[i], input);
        if (fit > best) entries.clear();
        best = std::max(best, fit);
        if (fit == best && fit.level != Fit::none && std::find(entries.begin(), entries.end(), i) == entries.end())
          entries.push_back(i);
      }
    if (entries.empty()) continue;
    require(entries.size() == 1,
            "two " + noun_.many + " fit " + name_text(input.file.string()) + " equally well: " + keys_[entries.front()] +
                " and " + keys_[entries.back()],
            file_, "name it by more of its path");
    claims[entries.front()].push_back({&input, best});
  }
  for (auto& [entry, of_entry] : claims) {
    std::stable_sort(of_entry.begin(), of_entry.end(), [](const Claim& a, const Claim& b) { return a.fit > b.fit; });
    const Claim& first = of_entry.front();
    for (const Claim& claim : of_entry) {
      if (claim.fit < first.fit) continue;  // the entry belongs to its better match
      require(claim.input == first.input || same_file(*claim.input, *first.input),
              "the " + noun_.one + " `" + keys_[entry] + "` fits both " + name_text(first.input->file.string()) + " and " +
                  name_text(claim.input->file.string()),
              file_, "name each by enough of its path to distinguish them");
      of_input_[claim.input->name] = entry;
    }
  }
}

std::vector<size_t> NameMatches::candidates(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::vector<size_t>() : found->second;
}

std::optional<size_t> NameMatches::of(const Input& input, const std::string& frame_name) {
  std::optional<size_t> entry;
  if (input.video) {
    const std::vector<size_t> of_frame = candidates(frame_name);
    require(of_frame.size() < 2, "two " + noun_.many + " fit the frame " + frame_name, file_);
    if (!of_frame.empty()) entry = of_frame.front();
  }
  if (!entry && of_input_.count(input.name) > 0) entry = of_input_.at(input.name);
  if (entry) used_.insert(*entry);
  return entry;
}

std::vector<std::string> NameMatches::unused() const {
  std::vector<std::string> keys;
  for (size_t i = 0; i < keys_.size(); ++i)
    if (used_.count(i) == 0) keys.push_back(keys_[i]);
  return keys;
}

}  // namespace interprior
