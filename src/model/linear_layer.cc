#include "interprior/model/linear_layer.h"

#include "model/packed_linear.h"

namespace interprior {

torch::Tensor LinearLayer::operator()(const torch::Tensor& x) const { return packed_ ? (*packed_)(x) : linear_(x); }

void LinearLayer::fuse() { packed_ = PackedLinear::make(*linear_); }

}  // namespace interprior
