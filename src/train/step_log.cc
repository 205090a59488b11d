#include "step_log.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstdio>

namespace interprior {

void log_step(RunFolder& run, Progress& progress, int64_t step, std::map<std::string, double> values) {
  if (!run.writes()) return;
  char note[96];
  std::snprintf(note, sizeof note, "loss %.5g  %.3g samples/s  waiting %.0f %%", values["loss"], values["samples_per_second"],
                100 * values["waiting_for_data"]);
  progress.update(step, note);
  run.log(step, "train", values);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 16;
  std::string text;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > kShown ? c10::str(text, " and ", names.size() - kShown, " more") : text;
}

}  // namespace interprior
