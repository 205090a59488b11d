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

// Noun for the entries of a file in messages.
struct EntryNoun {
  std::string one, many;
};

// Assigns the entries of a file that names images (boxes, keypoints) to inputs: by the whole path, else the longest common end of
// the path, the file name, the name without extension. Throws Error if one entry matches two inputs equally well, or two entries
// one input.
class NameMatches {
 public:
  NameMatches(std::vector<std::string> keys, const std::vector<Input>& inputs, std::string file, EntryNoun noun);

  // Index of the key of an input, or of one frame of a video (by the frame's name, else by the video's).
  std::optional<size_t> of(const Input& input, const std::string& frame_name);
  // Keys never returned by `of`, in their order.
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
