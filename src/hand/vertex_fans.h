#pragma once
#include "interprior/hand/mano_layer.h"

namespace interprior {

// The vertex fans of a mesh of `count` vertices, from its faces (F,3) int64 on the CPU.
VertexFans vertex_fans(const torch::Tensor& faces, int64_t count);

}  // namespace interprior
