#pragma once
#include "interprior/base/config/config.h"

namespace interprior {

// Named evaluation protocols (docs/protocols.md). Every number this program prints carries one of these names.
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

// What distinguishes one protocol from another; the whole table is here.
struct ProtocolRule {
  int64_t root_joint;     // per hand
  bool bone_scale;        // multiply by (true / predicted wrist-to-middle-knuckle length)
  bool annotated_joints;  // truth from joint_3d instead of the true mesh
  bool network_joints;    // predicted joints as the network gives them instead of those of the predicted mesh
  bool masked;            // per-joint validity, a hand's joints count only where its root is valid, mean of per-joint means;
                          // otherwise every hand with a mesh counts whole, mean over samples and points
  bool both_hands;        // the test set holds only pictures with the meshes of both hands
  bool oracle_box;
};
ProtocolRule rule_of(Protocol protocol);
// Throws Error with the known names and the nearest one.
Protocol protocol_named(const std::string& name);

}  // namespace interprior
