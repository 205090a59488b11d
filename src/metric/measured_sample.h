#pragma once
#include "interprior/metric/protocol.h"
#include "point_errors.h"

namespace interprior {

// One sample of two sets, as a metric's function sees it (metric_table.cc). Points in metres, camera frame.
struct MeasuredSample {
  const ProtocolRule& rule;
  const ComparedJoints& joints;  // the joints that the protocol compares
  const SamplePoints &prediction, &ground_truth;
  const Counted& counted;  // which joints and meshes count
};

}  // namespace interprior
