#include <c10/util/StringUtil.h>

#include <cstdio>

#include "health.h"
#include "interprior/base/error.h"
#include "interprior/base/files/folder_lock.h"
#include "interprior/base/files/temporary_path.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/images/image_scan.h"
#include "interprior/data/images/image_shards.h"
#include "interprior/data/interhand/interhand.h"
#include "run_commands.h"

namespace interprior {
namespace {

constexpr int64_t kShardBytes = int64_t{1} << 30;

}  // namespace

// Steps in order of cost. The index on disk is complete and usable after each step.
void prepare_interhand(const PrepareInterHandFlags& flags) {
  namespace fs = std::filesystem;
  const fs::path lock_file = flags.out + ".lock";
  const FolderLock lock(lock_file, "this index", WhenTaken::leave);
  require(lock.held(), "another process is preparing this file", flags.out, "wait for it, or choose another --out");
  const TemporaryPath passing([&] { return lock_file; });
  auto tables = std::make_shared<ImageTables>(read_interhand_tables(flags.root, flags.split));
  find_images(*tables, flags.threads);
  UsableRule everything;
  everything.interacting_only = everything.need_mano = false;
  const auto require_some = [&](const ImageIndex& index) {
    for (const auto& [reason, count] : index.skipped) {
      const auto example = index.examples.find(reason);
      log_warning(
          c10::str("skipped, ", reason, ": ", count, example == index.examples.end() ? "" : ", such as " + example->second));
    }
    require(!index.usable.empty(), "no image of this root can be used", flags.root, "see the skip reasons above");
  };
  ImageIndex index = index_of(tables, "all", everything);
  require_some(index);
  const std::optional<HandModel> hand = flags.hand.empty() ? std::nullopt : std::optional(read_hand_model(flags.hand));
  Health health = examine_images(*tables, "all", hand ? &*hand : nullptr);
  for (Finding& finding : findings_of_skips(index)) health.findings.push_back(std::move(finding));
  require_healthy(health.findings, flags.accept, flags.root);
  write_image_index(flags.out, *tables);
  const auto total = static_cast<int64_t>(tables->images.size());
  const fs::path notes = flags.out + ".scan";
  if (flags.scan) {
    Progress progress("scan", total);
    progress.resumable_by("the same command resumes");
    scan_images(*tables, notes, flags.threads, [&](int64_t done) { progress.update(done); });
  }
  if (!flags.pack.empty()) {
    Progress progress("pack", total);
    pack_images(*tables, flags.pack, kShardBytes, [&](int64_t done) { progress.update(done); });
  }
  if (flags.scan || !flags.pack.empty()) {
    index = index_of(tables, "all", everything);
    require_some(index);
    write_image_index(flags.out, *tables);
    std::error_code ignored;
    fs::remove(notes, ignored);
  }
  std::printf("%zu of %lld images in %s\n", index.usable.size(), static_cast<long long>(index.images), flags.out.c_str());
  require_nothing_left_out(index, flags.accept, flags.root);
}

}  // namespace interprior
