#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_model.h"

namespace interprior {

// The 21 joints of B hands with the wrist at the origin and no wrist rotation, and their first derivatives.
struct MovingJoints {
  torch::Tensor joints;       // J (B,21,3) m, order of hand/skeleton.h
  torch::Tensor by_rotation;  // (B,21,3,15,3) m/rad: derivative by w, with R_k exp([w]x) for finger joint k
  torch::Tensor by_shape;     // (B,21,3,10) m
};

// MANO's joints and finger tips with analytic first derivatives, for optimisation over joints; does not compute the other
// vertices (ManoLayer does). float64, on one device.
class JointModel {
 public:
  // Throws Error if the model is invalid (check_model).
  JointModel(const ManoModel& model, Side side, torch::Device device = torch::kCPU);

  // fingers (B,15,3,3) in MANO's order, shape (B,10); throws Error on other shapes.
  MovingJoints operator()(const torch::Tensor& fingers, const torch::Tensor& shape) const;
  torch::Tensor joints(const torch::Tensor& fingers, const torch::Tensor& shape) const;  // J alone
  // Rest middle MCP joint minus rest wrist: k(shape) (B,3) m, and its derivative by the shape (3,10).
  torch::Tensor rest_middle_mcp(const torch::Tensor& shape) const;
  torch::Tensor rest_knuckle_by_shape() const;

 private:
  struct Chain {
    torch::Tensor turn, place;                                     // G (B,16,3,3), t (B,16,3) m: world transforms
    torch::Tensor carried;                                         // (B,5,16,3) m: each tip transformed by each joint alone
    torch::Tensor joints(const torch::Tensor& tip_weights) const;  // (B,21,3), native order
  };
  Chain chain(const torch::Tensor& fingers, const torch::Tensor& shape) const;

  torch::Tensor rest_, rest_by_shape_;                  // (16,3) m, (16,3,10)
  torch::Tensor tip_, tip_by_shape_, tip_by_rotation_;  // (5,3) m, (5,3,10), (5,3,15,3,3)
  torch::Tensor tip_weights_;                           // (5,16)
  torch::Tensor moves_;                                 // (16,15): 1 if MANO joint j is finger joint k or its descendant
  torch::Tensor order_;                                 // (21) int64: kFromMano
};

}  // namespace interprior
