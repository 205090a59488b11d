#pragma once
#include <torch/types.h>

#include <array>
#include <utility>
#include <vector>

#include "interprior/hand/mano_layer.h"
#include "interprior/infer/mano_parameters.h"

namespace interprior {

// Weight of a frame's shape: presence / (1 + (s / 2 cm)^2), s the median standard deviation of the hand's joints over the
// hypotheses; presence alone without hypotheses. joint_stddev: (2,21) m or undefined.
double shape_weight(double presence, const torch::Tensor& joint_stddev, Side side);

// One shape of each hand for a whole sequence of one person, from the shapes of its frames: for each of MANO's ten coefficients
// the weighted median over the frames, the middle of an interval where half of the weight lies on either side. A median, because
// frames with occlusion or motion blur give shapes far from the others, which would shift a mean; of each coefficient, because
// MANO's coefficients are principal components, uncorrelated over people (Romero et al. 2017).
class OneShape {
 public:
  // The hands of a frame with their weights, at least 0. Throws Error on other shapes and on numbers that are not finite.
  void add(const PerHand<ManoParameters>& hands, const PerHand<double>& weight);
  // (10) of each hand, float32 on the CPU; undefined for a hand without any weight.
  PerHand<torch::Tensor> shape() const;

 private:
  using Weighted = std::vector<std::pair<double, double>>;  // values and weights
  PerHand<std::array<Weighted, 10>> coefficients_;
};

// The hands with these shapes (10), of each hand; an undefined one changes nothing. The wrist stays where it is: as wrist =
// J0(shape) + translation, the translation takes up the change of J0. Rotations stay. models: on the CPU or another device.
PerHand<ManoParameters> with_shape(const PerHand<ManoParameters>& hands, const PerHand<torch::Tensor>& shape,
                                   const TwoHands& models);

}  // namespace interprior
