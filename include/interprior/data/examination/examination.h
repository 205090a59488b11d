#pragma once
#include "interprior/base/finding.h"
#include "interprior/data/images/image_index.h"
#include "interprior/data/patterns.h"
#include "interprior/data/poses.h"

// One examiner for every set: what its numbers tell of units, angles, orders, mirrored or exchanged hands, cameras, boxes and
// files, before anything is trained on it or measured with it.
namespace interprior {

// Distances of MANO's hand from the annotated joints.
struct ManoFit {
  int64_t hands = 0;  // compared; 0: MANO or joints are not known
  double median_mm = 0, p95_mm = 0, largest_mm = 0;
};

struct Health {
  Findings findings;
  PerHand<ManoFit> mano_fit;
};

// hand: nullptr where none is given; then what needs its joints is judged by the wrists alone. `split` as of index_of. Large sets
// are examined by evenly spread images and hands, which each finding's counts say.
Health examine_images(const ImageTables& tables, const std::string& split, const HandModel* hand);
// What the reasons for leaving images out tell together. Names: five_fps_images.
Findings findings_of_skips(const ImageIndex& index);
// Up to so many usable images, evenly spread, that are near-black by the benchmark's rule (mean below 10), of those looked at.
struct NearBlack {
  int64_t looked_at = 0, dark = 0;
};
NearBlack count_near_black(const ImageIndex& index, int64_t most);

Health examine_patterns(const Patterns& patterns, const HandModel* hand);
Health examine_poses(const Poses& poses, const HandModel* hand);

// Mean distance, mm, of MANO's 21 joints from the annotated ones of a frame's hand; nothing where either is not known, or fewer
// than 6 joints are valid.
std::optional<double> mano_fit_mm(const FrameEntry& frame, Side side, const ManoModel& model, const class SkinnedHand& skinned);

// Throws Error for a name that no finding and no fault has.
void require_known_findings(const std::vector<std::string>& names);
// Logs what is suspicious about a set, a line each, and throws Error for what cannot be right and is not accepted.
void require_healthy(const Findings& findings, const std::vector<std::string>& accepted, const std::string& where);

}  // namespace interprior
