#pragma once
#include <string>
#include <vector>

namespace interprior {

// A suspected problem of a data set, for the user.
struct Finding {
  std::string name;      // snake_case, the argument of --accept
  std::string what;      // one clause, with the count
  std::string example;   // one sample, camera or file; empty: the whole set
  std::string advice;    // what to do
  bool refused = false;  // certain error: commands refuse the set unless this finding is accepted
};
using Findings = std::vector<Finding>;

// "WHAT, such as EXAMPLE: ADVICE".
std::string text_of(const Finding& finding);

// Throws Error for the first refused finding whose name is not accepted; `where` names the data set.
void require_accepted(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where);

}  // namespace interprior
