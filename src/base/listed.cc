#include "interprior/base/listed.h"

#include <c10/util/StringUtil.h>

namespace interprior {

std::string listed(const std::vector<std::string>& names, size_t most) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > most ? c10::str(text, " and ", names.size() - most, " more") : text;
}

}  // namespace interprior
