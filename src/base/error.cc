#include "interprior/base/error.h"

#include <algorithm>
#include <vector>

namespace interprior {
namespace {

std::string sentence(const std::string& what, const std::string& where, const std::string& advice) {
  std::string text = what;
  if (!where.empty()) text += " (" + where + ")";
  if (!advice.empty()) text += ": " + advice;
  return text;
}

}  // namespace

Error::Error(const std::string& what, const std::string& where, const std::string& advice)
    : std::runtime_error(sentence(what, where, advice)) {}

void require(bool condition, const std::string& what, const std::string& where, const std::string& advice) {
  if (!condition) throw Error(what, where, advice);
}

// Optimal string alignment distance: Levenshtein's table with one more case for two swapped neighbours.
int edit_distance(const std::string& a, const std::string& b) {
  std::vector<int> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace interprior
