#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "interprior/infer/inputs.h"

namespace interprior {

// What messages call the entries of a file.
struct EntryNoun {
  std::string one, many;
};

// Which entry of a file that names pictures (boxes, keypoints) belongs to which input: by the whole path, else the longest end of
// the path, the file name, the name without extension. Throws Error where one entry fits two inputs equally well, or two entries
// one input.
class NameMatches {
 public:
  NameMatches(std::vector<std::string> keys, const std::vector<Input>& inputs, std::string file, EntryNoun noun);

  // The entry's place among the keys, of an input or of one frame of a video (by the frame's name, else by the video's).
  std::optional<size_t> of(const Input& input, const std::string& frame_name);
  // Keys that `of` never gave, in their order.
  std::vector<std::string> unused() const;

 private:
  std::vector<size_t> candidates(const std::string& name) const;

  std::vector<std::string> keys_;
  std::string file_;
  EntryNoun noun_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;  // last component of the key, with and without extension
  std::map<std::string, size_t> of_input_;                        // by the input's output name
  std::set<size_t> used_;
};

}  // namespace interprior
