#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/hand/contact.h"
#include "interprior/interaction/pattern_statistics.h"

namespace interprior {
namespace {

constexpr int64_t kBatch = 64;

double share(const torch::Tensor& which) { return which.numel() > 0 ? which.to(torch::kFloat64).mean().item<double>() : 0; }

}  // namespace

ContactStatistics contact_statistics(const Patterns& patterns, const TwoHands& hands, int64_t most) {
  require(patterns.size() > 0, "there are no patterns to measure");
  const c10::InferenceMode inference;
  const Patterns some = subsample(patterns, most);
  std::vector<torch::Tensor> depths, distances;
  for (int64_t begin = 0; begin < some.size(); begin += kBatch) {
    const auto part = [&](const torch::Tensor& column) { return column.slice(0, begin, begin + kBatch).to(torch::kFloat32); };
    const PatternBatch batch = {part(some.pose), part(some.shape), part(some.translation)};
    const SurfaceContact contact = surface_contact(hands(pose_from(batch, hands)), hands);
    depths.push_back(contact.depth);
    distances.push_back(contact.distance);
  }
  const torch::Tensor depth = std::get<0>(torch::cat(depths).sort()), touch = torch::cat(distances) < kContactDistance;
  const auto percentile = [&](double part) {
    return depth[static_cast<int64_t>(part * static_cast<double>(depth.size(0) - 1) + 0.5)].item<double>();
  };
  ContactStatistics statistics;
  statistics.measured = some.size();
  statistics.contact = share(touch);
  statistics.depth_median = percentile(0.5);
  statistics.depth_95 = percentile(0.95);
  statistics.within_2mm = share(depth <= 0.002);
  if (some.meant_to_touch.defined()) {
    const torch::Tensor meant = touch.masked_select(some.meant_to_touch.eq(1));
    statistics.meant_to_touch = meant.size(0);
    statistics.contact_of_meant = share(meant);
  }
  return statistics;
}

std::string contact_text(const ContactStatistics& measured) {
  char line[200];
  std::snprintf(line, sizeof line, "%-38s %5.1f %% of %lld measured\n", "hands within 5 mm", 1e2 * measured.contact,
                static_cast<long long>(measured.measured));
  std::string text = line;
  if (measured.meant_to_touch > 0) {
    std::snprintf(line, sizeof line, "%-38s %5.1f %% of %lld\n", "  of those meant to touch", 1e2 * measured.contact_of_meant,
                  static_cast<long long>(measured.meant_to_touch));
    text += line;
  }
  std::snprintf(line, sizeof line, "%-38s %5.2f, %.2f mm; at most 2 mm: %.1f %%\n", "deepest vertex, median and 95 %",
                1e3 * measured.depth_median, 1e3 * measured.depth_95, 1e2 * measured.within_2mm);
  return text + line;
}

}  // namespace interprior
