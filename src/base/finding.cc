#include "interprior/base/finding.h"

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {

std::string text_of(const Finding& finding) {
  std::string text = finding.what;
  if (!finding.example.empty()) text += ", such as " + finding.example;
  return finding.advice.empty() ? text : text + ": " + finding.advice;
}

void require_accepted(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where) {
  for (const Finding& finding : findings) {
    if (!finding.refused || std::find(accepted.begin(), accepted.end(), finding.name) != accepted.end()) continue;
    const std::string what = finding.example.empty() ? finding.what : finding.what + ", such as " + finding.example;
    throw Error(what, where, finding.advice + "; --accept " + finding.name + " uses the data anyway");
  }
}

}  // namespace interprior
