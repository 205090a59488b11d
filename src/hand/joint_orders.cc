#include "interprior/hand/joint_orders.h"

namespace interprior {

std::vector<std::string> joint_order_keys() {
  std::vector<std::string> keys;
  for (const JointOrder& order : kInterpriorJointOrders) keys.emplace_back(order.key);
  for (const JointOrder& order : kOtherJointOrders) keys.emplace_back(order.key);
  return keys;
}

const JointOrder* find_joint_order(const std::string& key) {
  for (const JointOrder& order : kInterpriorJointOrders)
    if (key == order.key) return &order;
  for (const JointOrder& order : kOtherJointOrders)
    if (key == order.key) return &order;
  return nullptr;
}

}  // namespace interprior
