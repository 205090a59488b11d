#pragma once
#include "interprior/base/config/config.h"

namespace interprior {

// Evaluation protocols (docs/protocols.md). Every printed metric names its protocol.
enum class Protocol { intaghand, wrist, interwild, internet };
template <>
struct EnumNames<Protocol> {
  static std::vector<std::pair<Protocol, std::string>> table() {
    return {{Protocol::intaghand, "intaghand"},
            {Protocol::wrist, "wrist"},
            {Protocol::interwild, "interwild"},
            {Protocol::internet, "internet"}};
  }
};

// Complete definition of a protocol's differences from the others.
struct ProtocolRule {
  int64_t root_joint;     // per hand
  bool bone_scale;        // multiply by (ground-truth / predicted length from wrist to middle MCP joint)
  bool annotated_joints;  // ground-truth joints from joint_3d instead of the ground-truth mesh
  bool network_joints;    // predicted joints from the network's output instead of the predicted mesh
  bool masked;            // per-joint validity, a hand's joints count only if its root is valid, mean of per-joint means;
                          // otherwise every hand with a mesh counts whole, mean over samples and points
  bool both_hands;        // the test set holds only images with the meshes of both hands
  bool oracle_box;
};
ProtocolRule rule_of(Protocol protocol);
// Throws Error listing the known names and the nearest one.
Protocol protocol_named(const std::string& name);

}  // namespace interprior
