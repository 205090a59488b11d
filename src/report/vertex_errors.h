#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "interprior/hand/mano_layer.h"
#include "interprior/metric/protocol.h"
#include "interprior/render/shading.h"

namespace interprior {

// Distance of every vertex (V,3) m of one hand to the true one after the protocol's alignment, mm. The mean is the protocol's
// MPVPE of this hand (docs/protocols.md). NaN if the protocol's bone scale is not defined.
std::vector<double> vertex_errors(const ProtocolRule& rule, const torch::Tensor& vertices, const torch::Tensor& true_vertices,
                                  const ManoLayer& layer);

// The colour bar: sRGB at a place 0..1, matplotlib's viridis as in OpenCV. Its luminance grows. Other places are clamped.
std::array<uint8_t, 3> error_colour(double share);

// Vertex colours: error_colour(error / largest); grey without errors, or where an error is NaN.
Paint error_paint(const std::vector<double>& errors_mm, double largest_mm, size_t vertices);

}  // namespace interprior
