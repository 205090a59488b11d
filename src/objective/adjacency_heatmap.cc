#include "interprior/objective/adjacency_heatmap.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

// Grid that b and r refer to.
constexpr double kReferenceGrid = 64;
// Samples per product on the CPU, few enough that intermediate tensors stay in the cache.
constexpr int64_t kCpuRows = 1;

// The kernel along one axis: (B,J) centres -> (B,J,G).
torch::Tensor along_axis(const torch::Tensor& centre, int64_t grid, HeatmapKernel kernel, double b) {
  const torch::Tensor offset = torch::arange(grid, centre.options()) - centre.unsqueeze(-1);
  return kernel == HeatmapKernel::laplace ? torch::exp(-offset.abs() / b) : torch::exp(-offset.square() / (2 * b * b));
}

// Which joints j belong to the map of joint i (B,C,J), before validity.
torch::Tensor neighbours(const HeatmapConfig& config, const torch::Tensor& on_grid, const torch::Tensor& in_camera, double r) {
  const int64_t joints = on_grid.size(1);
  if (config.kind == HeatmapKind::joint)
    return torch::eye(joints, on_grid.options()).unsqueeze(0).expand({on_grid.size(0), -1, -1});
  if (config.kind == HeatmapKind::visible_all) return torch::ones({on_grid.size(0), 1, joints}, on_grid.options());
  const bool in_space = config.neighbourhood == Neighbourhood::space;
  const torch::Tensor points = in_space ? in_camera : on_grid;
  const torch::Tensor distance = (points.unsqueeze(2) - points.unsqueeze(1)).square().sum(-1).sqrt();
  return (distance <= (in_space ? config.r_space : r)).to(on_grid.scalar_type());
}

// sum_j kernel(x - x_j) kernel(y - y_j) over the members (B,C,J) of each map, peak 1, from the kernels' rows across (B,J,G) and
// down (B,G,J): all maps of a sample are one product (C*G,J) x (J,G) over j, written directly into the output (B,C,G,G).
torch::Tensor mixtures(const torch::Tensor& members, const torch::Tensor& across, const torch::Tensor& down) {
  const int64_t batch = members.size(0), channels = members.size(1), grid = across.size(2);
  torch::Tensor maps = torch::empty({batch, channels, grid, grid}, across.options());
  const int64_t rows = maps.is_cpu() ? kCpuRows : std::max<int64_t>(batch, 1);
  for (int64_t row = 0; row < batch; row += rows) {
    const auto part = [row, rows](const torch::Tensor& tensor) { return tensor.slice(0, row, row + rows); };
    const torch::Tensor weighted = part(members).unsqueeze(2) * part(down).unsqueeze(1);  // (b,C,G,J)
    torch::Tensor maps_here = part(maps), flat = maps_here.flatten(1, 2);
    torch::bmm_out(flat, weighted.flatten(1, 2), part(across));
    maps_here.div_(maps_here.amax({2, 3}, /*keepdim=*/true).clamp_min(1e-30));  // a map without members stays zero
  }
  return maps;
}

}  // namespace

HeatmapTarget heatmap_target(const HeatmapConfig& config, const HeatmapJoints& joints, int64_t crop_size, int64_t grid) {
  const torch::NoGradGuard no_grad;
  ShapeCheck check("heatmap_target");
  check(joints.in_image, "joints_in_image", {"B", 42, 2});
  check(joints.valid, "valid", {"B", 42});
  if (config.neighbourhood == Neighbourhood::space) check(joints.in_camera, "joints_in_camera", {"B", 42, 3});
  const int64_t batch = joints.in_image.size(0);
  if (config.kind == HeatmapKind::none)
    return {torch::zeros({batch, 0, grid, grid}, joints.in_image.options()), torch::zeros({batch, 0}, joints.valid.options())};

  const double stride = static_cast<double>(crop_size) / static_cast<double>(grid);
  const double scale = static_cast<double>(grid) / kReferenceGrid;
  const torch::Tensor on_grid = torch::nan_to_num((joints.in_image + 0.5) / stride - 0.5, -1e6, 1e6, -1e6);

  // A joint contributes to the maps if it is labelled and inside the crop.
  const torch::Tensor inside = ((on_grid >= -0.5) & (on_grid <= static_cast<double>(grid) - 0.5)).all(-1);
  torch::Tensor present = inside & joints.valid;
  if (config.kind == HeatmapKind::visible_all && joints.visible.defined()) present = present & joints.visible;

  torch::Tensor members = neighbours(config, on_grid, joints.in_camera, config.r * scale) * present.unsqueeze(1);
  if (config.kind != HeatmapKind::visible_all) members = members * present.unsqueeze(2);

  const torch::Tensor across = along_axis(on_grid.select(2, 0), grid, config.kernel, config.b * scale);  // (B,J,G)
  const torch::Tensor down = along_axis(on_grid.select(2, 1), grid, config.kernel, config.b * scale);
  HeatmapTarget target;
  target.maps = mixtures(members, across, down.transpose(1, 2).contiguous());
  target.has_loss = config.kind == HeatmapKind::visible_all ? joints.valid.any(1, /*keepdim=*/true) : joints.valid;
  return target;
}

}  // namespace interprior
