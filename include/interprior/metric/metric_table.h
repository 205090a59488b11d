#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "interprior/hand/side.h"

namespace interprior {

struct SampleErrors;
struct MeasuredSample;

// How the values of all samples become one number.
enum class Reducer {
  mean,         // mean over samples; of values per hand, then over both hands
  joint_means,  // the same; under a masked protocol the mean over joints of their means over samples
  largest,      // maximum over samples
  none          // no number of the set: a column of samples.csv alone
};

// What a metric is measured on. It is NaN, and not printed, where that is missing.
enum class Needs {
  joints,             // joints of prediction and ground truth
  meshes,             // meshes of both
  parameters,         // MANO parameters of both
  camera,             // the ground truth's camera
  surfaces,           // closed surfaces (MeasureOptions::surfaces)
  hypotheses,         // K hypotheses
  several_hypotheses  // at least two of them
};

// One metric. The table of all metrics is the only list of them: measuring, sums, JSON, CSV, LaTeX, tables, the HTML report,
// comparisons and the list in docs/protocols.md follow from it.
struct Metric {
  const char* name;   // key of JSON and CSV, with its unit
  const char* label;  // in tables and on pages
  const char* unit;   // "mm", "px", "deg", "cm3"; "": a share
  const char* meaning;
  Needs needs;
  Reducer reducer;
  bool per_hand;       // one value per hand (N,2); otherwise one per sample (N)
  bool interval;       // has a 95 % bootstrap interval
  bool compared;       // two methods are compared by it, sample by sample
  const char* column;  // head of its column in the table of `evaluate`; null: none
  bool latex;          // a column of the LaTeX rows
  int decimals;
  // Its values in errors that hold them for other reasons too. Null: `measure` gives them, and they are kept in
  // SampleErrors::measured under the name.
  torch::Tensor (*values)(const SampleErrors& errors);
  PerHand<double> (*measure)(const MeasuredSample& sample) = nullptr;  // one sample; of a metric per sample `right` counts
};

const std::vector<Metric>& metric_table();

// Values (N,2) or (N), float64; undefined where the metric was not measured.
torch::Tensor values_of(const Metric& metric, const SampleErrors& errors);

// Place of a name in the table. Throws Error with the known names and the nearest one.
size_t metric_place(const std::string& name);

// "mpjpe_interval_mm" for "mpjpe_mm".
std::string interval_key(const Metric& metric);

}  // namespace interprior
