#include "interprior/metric/protocol.h"

#include "interprior/base/error.h"
#include "interprior/hand/skeleton.h"

namespace interprior {

ProtocolRule rule_of(Protocol protocol) {
  // root joint, bone scale, annotated joints, network joints, masked, both hands, oracle box
  switch (protocol) {
    case Protocol::intaghand:
      return {kMiddleMcp, true, false, false, false, true, true};
    case Protocol::wrist:
      return {kWrist, true, false, false, false, true, true};
    case Protocol::interwild:
      return {kWrist, false, true, false, true, false, false};
    case Protocol::internet:
      return {kWrist, false, true, true, true, false, false};
  }
  throw Error("unknown protocol");
}

Protocol protocol_named(const std::string& name) {
  std::vector<std::string> names;
  std::string list;
  for (const auto& [protocol, known] : EnumNames<Protocol>::table()) {
    if (known == name) return protocol;
    names.push_back(known);
    list += (list.empty() ? "" : ", ") + known;
  }
  const std::string nearest = nearest_word(name, names);
  throw Error("no protocol `" + name + "`", "",
              "choose one of " + list + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace interprior
