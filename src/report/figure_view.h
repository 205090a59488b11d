#pragma once
#include <optional>

#include "interprior/geometry/crop.h"
#include "interprior/report/figure.h"
#include "interprior/report/hand_image.h"

namespace interprior {

// How the hands of one sample are seen: the same for all cells of a row.
struct Framing {
  Matrix3 view_from_camera = Matrix3::Identity();  // axes of the camera view: it looks at the centre of the hands
  std::optional<Crop> crop;                        // of the camera view; none without a camera
  double crop_side = 0;                            // of the crop about the reference hands, px of the image
  double scale = 0;                                // px per m at the centre of the hands
  int64_t cell = 0;                                // px
};

// The framing in which the reference hands fill 0.8 of a cell: in the camera view and, if `turned`, in the side and top views,
// which have the same scale. At least one hand must be there. `where` names set and sample in errors. Throws Error if a vertex is
// not in front of the camera, or the camera has no positive focal length.
Framing framing_of(const HandSurfaces& reference, const std::optional<Pinhole>& camera, int64_t cell, bool turned,
                   const std::string& where);

// Hands in the axes of a view, and its camera of cell x cell px. Views without a camera of their own look from a distance of 100
// cells' widths: perspective then changes lengths by less than 1 %. Throws Error if the hands are behind the sample's camera.
struct SeenHands {
  HandSurfaces surfaces;
  Pinhole camera;
};
SeenHands seen_hands(FigureView view, const HandSurfaces& hands_in_camera, const Framing& framing, const std::string& where);

// The side of the smallest square about the cell's middle that shows the hands whole, with a margin of 2 % of the cell on each
// side, in cells: up to 1 they are inside. Infinite for hands that reach behind the view's camera.
double cells_needed(const SeenHands& seen);
// The framing whose cells show `times` as much in both directions, at a smaller scale.
Framing widened(Framing framing, double times);
inline constexpr double kMostWidened = 4;  // hands that need more are cut off

// The rotation from the axes of the camera view to those of another.
Matrix3 turn_of(FigureView view);

bool any_hand(const HandSurfaces& surfaces);

}  // namespace interprior
