#pragma once
#include "interprior/base/finding.h"
#include "interprior/data/images/image_index.h"
#include "interprior/data/patterns.h"
#include "interprior/data/poses.h"

// Sanity checks of data sets before training or evaluation: units, angles, joint orders, mirrored or exchanged hands, cameras,
// boxes and files.
namespace interprior {

// Distances of MANO's joints from the annotated joints.
struct ManoFit {
  int64_t hands = 0;  // hands compared; 0: MANO or joints are not known
  double median_mm = 0, p95_mm = 0, largest_mm = 0;
};

struct Health {
  Findings findings;
  PerHand<ManoFit> mano_fit;
};

// hand: nullptr if no hand file is given; checks that need posed joints then use the wrists only. `split` as in index_of. In a
// large set, only evenly spaced images and hands are examined; the counts of a finding refer to those.
Health examine_images(const ImageTables& tables, const std::string& split, const HandModel* hand);
// Findings from the counts of skipped images. Names: five_fps_images.
Findings findings_of_skips(const ImageIndex& index);
// Near-black images by the benchmark's rule (mean below 10), among up to `most` usable images, evenly spaced.
struct NearBlack {
  int64_t looked_at = 0, dark = 0;
};
NearBlack count_near_black(const ImageIndex& index, int64_t most);

Health examine_patterns(const Patterns& patterns, const HandModel* hand);
Health examine_poses(const Poses& poses, const HandModel* hand);

// Mean distance, mm, of MANO's 21 joints from the annotated ones of a frame's hand; nullopt if either is not known or fewer
// than 6 joints are valid.
std::optional<double> mano_fit_mm(const FrameEntry& frame, Side side, const ManoModel& model, const class SkinnedHand& skinned);

// Throws Error for a name that is neither a finding nor a fault.
void require_known_findings(const std::vector<std::string>& names);
// Logs a warning for each finding that is not refused or is accepted; throws Error for refused findings that are not accepted.
void require_healthy(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where);

}  // namespace interprior
