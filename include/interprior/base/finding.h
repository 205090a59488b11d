#pragma once
#include <string>
#include <vector>

namespace interprior {

// Something about a data set that looks wrong, in words for the person.
struct Finding {
  std::string name;      // snake_case: what --accept takes
  std::string what;      // one clause, with the count
  std::string example;   // one sample, camera or file; empty: the whole set
  std::string advice;    // what to do
  bool refused = false;  // cannot be right: commands that use the set refuse it unless the finding is accepted
};
using Findings = std::vector<Finding>;

// "WHAT, such as EXAMPLE: ADVICE".
std::string text_of(const Finding& finding);

// Throws Error for the first refused finding whose name is not accepted; `where` is the set.
void require_accepted(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where);

}  // namespace interprior
