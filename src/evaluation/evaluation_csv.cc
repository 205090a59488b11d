#include <torch/types.h>

#include <cmath>

#include "interprior/base/table.h"
#include "interprior/evaluation/evaluation.h"

namespace interprior {
namespace {

constexpr int kDecimals = 6;

// A metric of samples, or of each of their hands.
struct Column {
  const char* name;
  torch::Tensor SampleErrors::*member;
  bool of_hands;
};

constexpr std::array<Column, 18> kColumns = {{{"mpjpe_mm", &SampleErrors::joint, true},
                                              {"mpvpe_mm", &SampleErrors::vertex, true},
                                              {"pa_mpjpe_mm", &SampleErrors::pa_joint, true},
                                              {"pa_mpvpe_mm", &SampleErrors::pa_vertex, true},
                                              {"joint_2d_px", &SampleErrors::joint_2d, true},
                                              {"mrrpe_mm", &SampleErrors::relative_root, false},
                                              {"rrve_mm", &SampleErrors::relative_vertex, false},
                                              {"penetration_mm", &SampleErrors::penetration, false},
                                              {"mean_depth_mm", &SampleErrors::mean_depth, false},
                                              {"intersection_cm3", &SampleErrors::intersection, false},
                                              {"distance_mm", &SampleErrors::distance, false},
                                              {"true_distance_mm", &SampleErrors::true_distance, false},
                                              {"contact_distance_error_mm", &SampleErrors::contact_distance, false},
                                              {"overlap", &SampleErrors::overlap, false},
                                              {"occlusion", &SampleErrors::occlusion, true},
                                              {"best_of_k_mpjpe_mm", nullptr, false},
                                              {"mean_of_k_mpjpe_mm", nullptr, false},
                                              {"spread_mm", &SampleErrors::spread, false}}};

}  // namespace

std::string sample_csv_head() { return "protocol,sample,group,metric,value\n"; }

std::string sample_csv_rows(Protocol protocol, const SampleErrors& errors) {
  std::string out;
  std::array<torch::Tensor, kColumns.size()> values;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    torch::Tensor& numbers = values[i];
    if (kColumns[i].member)
      numbers = errors.*kColumns[i].member;
    else if (errors.hypotheses() > 0)
      numbers = kColumns[i].name[0] == 'b' ? errors.hypothesis_joint.amin(1) : errors.hypothesis_joint.mean(1);
    if (numbers.defined()) numbers = numbers.to(torch::kFloat64).contiguous();
  }
  for (int64_t row = 0; row < errors.size(); ++row) {
    const auto index = static_cast<size_t>(row);
    const std::string begin = name_of(protocol) + "," + csv_cell(errors.sample[index]) + "," +
                              (errors.group.empty() ? "" : csv_cell(errors.group[index])) + ",";
    const auto add = [&](const std::string& name, double value) {
      if (!std::isnan(value)) out += begin + name + "," + number(value, kDecimals) + "\n";
    };
    for (size_t i = 0; i < kColumns.size(); ++i) {
      if (!values[i].defined()) continue;
      const double* own = values[i].const_data_ptr<double>();
      if (!kColumns[i].of_hands)
        add(kColumns[i].name, own[row]);
      else
        for (const Side side : kSides)
          add(std::string(side_name(side)) + "_" + kColumns[i].name, own[2 * row + static_cast<int64_t>(side)]);
    }
  }
  return out;
}

}  // namespace interprior
