#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

#include "interprior/hand/joint_check.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "keypoint_order.h"
#include "keypoint_parts.h"

namespace interprior {
namespace {

constexpr double kCoincide = 0.01;  // mean distance of two hands' joints, as a fraction of the right hand's longer side

// Number of checked hands, and of those with a fault.
struct Share {
  int64_t looked = 0, with = 0;
  std::string first;
  void add(bool has, const std::string& image) {
    ++looked;
    if (has && with++ == 0) first = image;
  }
  bool most() const { return 2 * with > looked; }
};

struct Extent {
  double left = 1e30, top = 1e30, right = -1e30, bottom = -1e30;  // px, of joints that are seen
  double longer_side() const { return std::max(right - left, bottom - top); }
};

Extent extent_of(const HandKeypoints& hand) {
  Extent extent;
  for (const Keypoint& joint : hand.joints) {
    if (joint.confidence <= 0) continue;
    extent = {std::min(extent.left, joint.x), std::min(extent.top, joint.y), std::max(extent.right, joint.x),
              std::max(extent.bottom, joint.y)};
  }
  return extent;
}

// Whether coordinates are fractions of the image's sides: a whole hand within a pixel or two of the image's corner.
bool is_normalised(const HandKeypoints& hand) {
  const Extent extent = extent_of(hand);
  return hand.seen() > 1 && extent.left >= -0.5 && extent.top >= -0.5 && extent.right <= 1.5 && extent.bottom <= 1.5;
}

bool is_outside(const HandKeypoints& hand, const KeypointImage& image) {
  const auto outside = [&](const Keypoint& joint) {
    return joint.confidence > 0 && (joint.x < -0.5 || joint.y < -0.5 || joint.x > static_cast<double>(image.width) - 0.5 ||
                                    joint.y > static_cast<double>(image.height) - 0.5);
  };
  return 2 * std::count_if(hand.joints.begin(), hand.joints.end(), outside) > hand.seen();
}

// Whether right and left are the same hand: a detector found one hand twice.
bool coincide(const HandKeypoints& right, const HandKeypoints& left) {
  double sum = 0;
  int64_t both = 0;
  for (size_t i = 0; i < right.joints.size(); ++i) {
    const Keypoint &a = right.joints[i], &b = left.joints[i];
    if (a.confidence <= 0 || b.confidence <= 0) continue;
    sum += std::hypot(a.x - b.x, a.y - b.y);
    ++both;
  }
  return both >= kMinKeypoints && sum < kCoincide * extent_of(right).longer_side() * static_cast<double>(both);
}

HandJoints flat_joints(const HandKeypoints& hand) {
  HandJoints joints;
  for (size_t i = 0; i < joints.size(); ++i) joints[i] = {hand.joints[i].x, hand.joints[i].y, 0};
  return joints;
}

const HandModel& shared_procedural_hand() {
  static const HandModel hand = procedural_hand();
  return hand;
}

struct Checks {
  Checks(const JointOrder& declared, const HandModel& rest)
      : order(declared, bone_proportions(rest_joints(rest.hand.right))), joints(rest) {}

  void look(const KeypointImage& image) {
    no_hand.add(image.pairs.empty(), image.key);
    for (const KeypointPair& pair : image.pairs) {
      for (const Side side : kSides)
        if (pair.hand[side]) look(*pair.hand[side], side, image);
      if (pair.hand.right && pair.hand.left) same.add(coincide(*pair.hand.right, *pair.hand.left), image.key);
    }
  }

  void look(const HandKeypoints& hand, Side side, const KeypointImage& image) {
    const int64_t seen = hand.seen();
    few.add(seen < kMinKeypoints, image.key);
    if (seen > 1) normalised.add(is_normalised(hand), image.key);
    if (seen > 0 && image.width > 0) outside.add(is_outside(hand, image), image.key);
    if (seen == kJoints) order.add(flat_joints(hand), image.key);
    if (hand.joints_in_camera) {
      joints.add(side, *hand.joints_in_camera, image.key);
      any_in_camera = true;
    }
  }

  Findings findings() const {
    Findings found;
    const auto add = [&found](const char* name, const Share& share, const std::string& what, const char* advice, bool refused) {
      if (share.with > 0) found.push_back({name, what, share.first, advice, refused});
    };
    order.report(found);
    const auto hands = [](const Share& share) { return c10::str(share.with, " of ", share.looked, " hands"); };
    add("keypoints_normalised", normalised,
        "the joints of " + hands(normalised) + " are within 0 to 1: these are normalised coordinates, not pixels",
        "multiply x by the image's width and y by its height", normalised.most());
    if (!normalised.most())
      add("keypoints_outside", outside, "most joints of " + hands(outside) + " lie outside their image",
          "give pixels of this very image, upright as its EXIF orientation says, and its size as [width, height]",
          outside.most());
    add("hands_coincide", same,
        c10::str("right and left hand have the same joints in ", same.with, " of ", same.looked, " pairs"),
        "a detector found one hand twice: keep the correct side and remove the other", same.most());
    add("few_joints", few, c10::str(hands(few), " have fewer than ", kMinKeypoints, " joints that were seen"), "they are skipped",
        false);
    add("no_keypoints", no_hand, c10::str("no hand is given in ", no_hand.with, " of ", no_hand.looked, " images"), "", false);
    if (any_in_camera) joints.report("3D joints", found);
    return found;
  }

  Share no_hand, few, normalised, outside, same;
  KeypointOrder order;
  JointCheck joints;
  bool any_in_camera = false;
};

}  // namespace

Findings examine_keypoints(const std::vector<KeypointImage>& images, const JointOrder& order, const HandModel* rest) {
  Checks checks(order, rest != nullptr ? *rest : shared_procedural_hand());  // any hand's proportions suffice
  for (const KeypointImage& image : images) checks.look(image);
  return checks.findings();
}

}  // namespace interprior
