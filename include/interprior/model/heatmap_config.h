#pragma once
#include "interprior/base/config/config.h"

namespace interprior {

// Target of the H maps (docs/method.md, Heatmaps).
enum class HeatmapKind { none, joint, visible_all, iah };
enum class Neighbourhood { image, space };
enum class HeatmapKernel { laplace, gaussian };

template <>
struct EnumNames<HeatmapKind> {
  static std::vector<std::pair<HeatmapKind, std::string>> table() {
    return {{HeatmapKind::none, "none"},
            {HeatmapKind::joint, "joint"},
            {HeatmapKind::visible_all, "visible_all"},
            {HeatmapKind::iah, "iah"}};
  }
};
template <>
struct EnumNames<Neighbourhood> {
  static std::vector<std::pair<Neighbourhood, std::string>> table() {
    return {{Neighbourhood::image, "image"}, {Neighbourhood::space, "space"}};
  }
};
template <>
struct EnumNames<HeatmapKernel> {
  static std::vector<std::pair<HeatmapKernel, std::string>> table() {
    return {{HeatmapKernel::laplace, "laplace"}, {HeatmapKernel::gaussian, "gaussian"}};
  }
};

struct HeatmapConfig {
  HeatmapKind kind = HeatmapKind::iah;
  Neighbourhood neighbourhood = Neighbourhood::image;
  HeatmapKernel kernel = HeatmapKernel::laplace;
  double b = 1.5, r = 4, r_space = 0.020;
  void describe(Fields& fields) {
    fields("kind", kind, "none: no H; joint: one joint per map; visible_all: one map of all visible joints; iah: the paper's");
    fields("neighbourhood", neighbourhood, "image: joints within r cells of a 64 x 64 map; space: within r_space metres");
    fields("kernel", kernel, "laplace: exp(-|d|_1 / b); gaussian: exp(-|d|_2^2 / (2 b^2))");
    fields("b", b, "kernel width, cells of a 64 x 64 map (scales with the map)", {0.1, 32});
    fields("r", r, "neighbourhood radius, cells of a 64 x 64 map (scales with the map)", {0, 64});
    fields("r_space", r_space, "neighbourhood radius in space, m", {0, 1});
  }
  int64_t channels() const { return kind == HeatmapKind::none ? 0 : kind == HeatmapKind::visible_all ? 1 : 42; }
};

}  // namespace interprior
