#include "interprior/infer/hand_file.h"

#include <c10/util/StringUtil.h>

#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"

namespace interprior {

namespace fs = std::filesystem;

fs::path hand_file_of(const CheckpointInfo& info, const fs::path& checkpoint) {
  const fs::path recorded = info.hand_file;
  std::vector<fs::path> candidates = {recorded};
  for (fs::path folder = fs::absolute(checkpoint).lexically_normal().parent_path();; folder = folder.parent_path()) {
    if (recorded.is_relative()) candidates.push_back(folder / recorded);
    candidates.push_back(folder / recorded.filename());
    candidates.push_back(folder / "hand.h5");
    if (folder == folder.parent_path()) break;
  }
  std::error_code ignored;
  fs::path other;
  for (const fs::path& candidate : candidates) {
    if (!fs::is_regular_file(candidate, ignored)) continue;
    if (file_hash(candidate) == info.hand_hash) {
      if (candidate != recorded)
        log_info(c10::str("hand file: ", candidate.string(), " (the checkpoint records ", recorded.string(), ")"));
      return candidate;
    }
    if (other.empty()) other = candidate;
  }
  throw Error(other.empty() ? c10::str("the hand file that the checkpoint was trained with, '", recorded.string(),
                                       "', does not exist, and the checkpoint's folders have no copy")
                            : c10::str("'", other.string(), "' is not the hand file that the checkpoint was trained with (",
                                       info.hand_source, " ", info.hand_hash, ")"),
              checkpoint.string(), "pass --hand FILE");
}

}  // namespace interprior
