#pragma once
#include <stdexcept>
#include <string>

namespace interprior {

// The exception of the library, for errors that the user can fix.
// what() reads "WHAT (WHERE): ADVICE"; empty parts are left out.
class Error : public std::runtime_error {
 public:
  // what: what is wrong. where: file:line:column, sample id, dataset or byte. advice: what to do about it.
  explicit Error(const std::string& what, const std::string& where = "", const std::string& advice = "");
};

// Throws Error(what, where, advice) unless the condition holds.
// The message strings are built even if the condition holds: in loops over pixels or faces use `if (bad) throw Error(...)`.
void require(bool condition, const std::string& what, const std::string& where = "", const std::string& advice = "");
inline void require(bool condition, const char* what) {
  if (!condition) throw Error(what);
}

// The candidate nearest to `word` by edit distance, or "" if none is close enough to be a likely typo.
template <class Strings>
std::string nearest_word(const std::string& word, const Strings& candidates);

// Number of single-character edits (insert, delete, replace, swap of neighbours) that turn a into b.
int edit_distance(const std::string& a, const std::string& b);

template <class Strings>
std::string nearest_word(const std::string& word, const Strings& candidates) {
  std::string best;
  int best_distance = static_cast<int>(word.size()) / 3 + 1;
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace interprior
