#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace interprior {

// "a, b and 5 more": the first `most` names.
std::string listed(const std::vector<std::string>& names, size_t most);

}  // namespace interprior
