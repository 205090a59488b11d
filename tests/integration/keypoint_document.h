#pragma once
#include <cmath>
#include <nlohmann/json.hpp>

namespace interprior {

// 21 joints of a fan-shaped hand with the wrist at (x, y) px, order of hand/skeleton.h; mirror: 1 or -1.
inline nlohmann::json fan(double x, double y, double mirror) {
  nlohmann::json joints = nlohmann::json::array({{x, y, 0.9}});
  for (int finger = 0; finger < 5; ++finger)
    for (int joint = 1; joint <= 4; ++joint) {
      const double angle = -0.7 + 0.35 * finger, length = 20.0 + 18.0 * joint;
      joints.push_back({x + mirror * length * std::sin(angle), y - length * std::cos(angle), 0.9});
    }
  return joints;
}

// A keypoints.json of two such hands in photo.jpg.
inline nlohmann::json two_hands() {
  nlohmann::json document = {{"format", "interprior.keypoints"}, {"version", 1}, {"order", "interprior"}};
  document["images"]["photo.jpg"]["pairs"] = nlohmann::json::array({{{"right", fan(90, 200, 1)}, {"left", fan(190, 200, -1)}}});
  return document;
}

}  // namespace interprior
