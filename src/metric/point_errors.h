#pragma once
#include "interprior/metric/protocol.h"
#include "mesh_poser.h"

// Point errors of one sample (docs/protocols.md), mm; NaN if nothing counts.
namespace interprior {

// Mean distance after Procrustes alignment of `source` to `target` by a similarity (Umeyama 1991; never a reflection).
double aligned_error(const Points& source, const Points& target);

// Which hands and joints of a sample count.
struct Counted {
  PerHand<std::array<bool, kJoints>> joint{};
  PerHand<std::array<bool, kJoints>> annotated{};  // valid, regardless of the root's validity
  PerHand<bool> mesh{};

  bool any_joint(Side side) const;
};

// The joints that a protocol compares.
struct ComparedJoints {
  PerHand<JointPoints> predicted, truth;
};

struct PointErrors {
  PerHand<double> joint, vertex, pa_joint, pa_vertex, joint_2d;
  PerHand<std::array<double, kJoints>> joints;  // per joint
  double relative_root, relative_vertex;

  PointErrors();
};

// The joints of a hand that count, one column each.
Points counted_columns(const JointPoints& joints, const std::array<bool, kJoints>& counted);

// Per-joint errors and their mean only, under the protocol's scale; used for hypotheses.
void add_joint_errors(const ProtocolRule& rule, const ComparedJoints& joints, const Counted& counted, PointErrors& errors);

// All errors. `camera`: fx, fy, cx, cy px, or null.
PointErrors point_errors(const ProtocolRule& rule, const ComparedJoints& joints, const SamplePoints& predicted,
                         const SamplePoints& truth, const Counted& counted, const double* camera);

}  // namespace interprior
