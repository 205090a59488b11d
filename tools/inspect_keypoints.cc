#include "health.h"
#include "inspections.h"
#include "interprior/infer/keypoints/keypoints.h"

namespace interprior {

Json inspect_keypoints(const std::filesystem::path& path, const std::string& hand) {
  const std::optional<HandModel> model = hand.empty() ? std::nullopt : std::optional(read_hand_model(hand));
  const KeypointFile file = read_keypoints(path, model ? &*model : nullptr);
  PerHand<int64_t> hands{0, 0};
  int64_t pairs = 0, both = 0, seen = 0, cameras = 0, depths = 0, in_camera = 0;
  for (const KeypointImage& image : file.images)
    for (const KeypointPair& pair : image.pairs) {
      ++pairs;
      both += pair.hand.right && pair.hand.left;
      cameras += pair.camera.has_value();
      for (const Side side : kSides) {
        if (!pair.hand[side]) continue;
        ++hands[side];
        seen += pair.hand[side]->seen();
        depths += pair.hand[side]->relative_depth.has_value();
        in_camera += pair.hand[side]->joints_in_camera.has_value();
      }
    }
  Json json = {{"kind", "keypoints"},
               {"images", file.images.size()},
               {"pairs", pairs},
               {"pairs_of_both_hands", both},
               {"hands", {{"right", hands.right}, {"left", hands.left}}},
               {"joints_seen_per_hand", static_cast<double>(seen) / static_cast<double>(hands.right + hands.left)},
               {"pairs_with_camera", cameras},
               {"hands_with_depth", depths},
               {"hands_with_3d_joints", in_camera}};
  Health health;
  health.findings = file.findings;
  add_health(json, health);
  return json;
}

}  // namespace interprior
