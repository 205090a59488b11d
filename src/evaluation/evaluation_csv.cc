#include <torch/types.h>

#include <cmath>

#include "interprior/base/table.h"
#include "interprior/evaluation/evaluation.h"

namespace interprior {
namespace {

constexpr int kDecimals = 6;

}  // namespace

std::string sample_csv_head() { return "protocol,sample,group,metric,value\n"; }

std::string sample_csv_rows(Protocol protocol, const SampleErrors& errors) {
  std::string out;
  const std::vector<Metric>& metrics = metric_table();
  std::vector<torch::Tensor> values;
  for (const Metric& metric : metrics) {
    const torch::Tensor numbers = metric.reducer == Reducer::largest ? torch::Tensor() : values_of(metric, errors);
    values.push_back(numbers.defined() ? numbers.to(torch::kFloat64).contiguous() : numbers);
  }
  for (int64_t row = 0; row < errors.size(); ++row) {
    const auto index = static_cast<size_t>(row);
    const std::string begin = name_of(protocol) + "," + csv_cell(errors.sample[index]) + "," +
                              (errors.group.empty() ? "" : csv_cell(errors.group[index])) + ",";
    const auto add = [&](const std::string& name, double value) {
      if (!std::isnan(value)) out += begin + name + "," + number(value, kDecimals) + "\n";
    };
    for (size_t i = 0; i < metrics.size(); ++i) {
      if (!values[i].defined()) continue;
      const double* own = values[i].const_data_ptr<double>();
      if (!metrics[i].per_hand)
        add(metrics[i].name, own[row]);
      else
        for (const Side side : kSides)
          add(std::string(side_name(side)) + "_" + metrics[i].name, own[2 * row + static_cast<int64_t>(side)]);
    }
  }
  return out;
}

}  // namespace interprior
