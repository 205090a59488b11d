#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/metric/protocol.h"

namespace interprior {

// Of closed surfaces, float64, mm unless stated otherwise; NaN where not both true meshes count. Undefined when surfaces were not
// measured.
struct SurfaceErrors {
  torch::Tensor penetration, mean_depth;  // (N): of the predicted hands
  torch::Tensor intersection;             // (N) cm^3
  torch::Tensor distance, true_distance;  // (N): between the hands, negative where they reach into each other
  torch::Tensor contact_distance;         // (N): |distance - true distance| where the true hands touch
  torch::Tensor overlap;                  // (N): share of the smaller true hand's box in the other's
  torch::Tensor occlusion;                // (N,2): share of a true hand's joints behind the other
  torch::Tensor no_hand, true_no_hand;    // (N,2) 1 where a mesh is no hand and the sample's surfaces are left out; else 0
};

// Of K hypotheses, float64, mm; undefined without hypotheses.
struct HypothesisErrors {
  torch::Tensor joint;  // (N,K): joint error of each hypothesis, mean over the hands that count
  // Standard deviation of the joints over the hypotheses, each hand root-aligned by the protocol: (N,2,21), and (N),
  // mean over joints, then hands. NaN with one hypothesis.
  torch::Tensor per_joint_stddev, stddev;
};

// Errors of N samples under a protocol (docs/protocols.md), float64, mm unless stated otherwise; NaN where something does not
// count.
struct SampleErrors {
  std::vector<std::string> sample, group;
  torch::Tensor joint, vertex, pa_joint, pa_vertex;  // (N,2): mean over the hand's points; PA: after a similarity per hand
  torch::Tensor joint_2d;                            // (N,2) px of a crop of 256
  torch::Tensor per_joint;                           // (N,2,21)
  torch::Tensor relative_root;                       // (N): MRRPE
  torch::Tensor relative_vertex;                     // (N): RRVE
  torch::Tensor interacting;                         // (N) 1 where the truth shows both hands, else 0
  SurfaceErrors surface;
  // (N,2) 1 where a hand that counts has implausible coordinates and its sample is left out, all other errors NaN; else 0.
  torch::Tensor implausible, true_implausible;
  HypothesisErrors hypothesis;
  std::map<std::string, torch::Tensor> measured;  // (N,2) or (N): metrics with a function of their own (metric_table.h), by name

  int64_t size() const { return static_cast<int64_t>(sample.size()); }
  int64_t hypotheses() const { return hypothesis.joint.defined() ? hypothesis.joint.size(1) : 0; }
};

// Calls visit(name, tensor) for every tensor, defined or not. The names are those of files; `measured` has "measured/NAME".
template <class Errors, class Visit>
void for_each_tensor(Errors& errors, const Visit& visit) {
  visit("joint", errors.joint);
  visit("vertex", errors.vertex);
  visit("pa_joint", errors.pa_joint);
  visit("pa_vertex", errors.pa_vertex);
  visit("joint_2d", errors.joint_2d);
  visit("per_joint", errors.per_joint);
  visit("relative_root", errors.relative_root);
  visit("relative_vertex", errors.relative_vertex);
  visit("interacting", errors.interacting);
  visit("penetration", errors.surface.penetration);
  visit("mean_depth", errors.surface.mean_depth);
  visit("intersection", errors.surface.intersection);
  visit("distance", errors.surface.distance);
  visit("true_distance", errors.surface.true_distance);
  visit("contact_distance", errors.surface.contact_distance);
  visit("overlap", errors.surface.overlap);
  visit("occlusion", errors.surface.occlusion);
  visit("no_hand", errors.surface.no_hand);
  visit("true_no_hand", errors.surface.true_no_hand);
  visit("implausible", errors.implausible);
  visit("true_implausible", errors.true_implausible);
  visit("hypothesis_joint", errors.hypothesis.joint);
  visit("per_joint_spread", errors.hypothesis.per_joint_stddev);
  visit("spread", errors.hypothesis.stddev);
  for (auto& [name, tensor] : errors.measured) visit("measured/" + name, tensor);
}

inline constexpr double kContactMm = 5;  // hands nearer than this touch

// What happens where a counted hand has implausible coordinates (plausible.h), or errors that are not finite.
enum class Implausible {
  refuse,    // throws Error; for files, which check_hand_sets has let pass
  leave_out  // the sample is left out and counted; for networks that may not be trained enough yet
};

struct MeasureOptions {
  bool surfaces = true;  // measure what needs closed surfaces: penetration, contact, overlap, occlusion
  int64_t threads = 1;   // 0: one a core; no number depends on it
  Implausible implausible = Implausible::refuse;
  std::function<void(int64_t samples)> measured = {};  // called after every few samples, by one thread at a time
};

// One of several predictions of the same samples.
struct MeasuredSet {
  const HandSet &predictions, &truth;
  bool surfaces = true;  // false: without them, whatever MeasureOptions say
};

// Measures samples one by one, each in plain numbers: what a sample gets does not depend on its company.
class SampleMeter {
 public:
  explicit SampleMeter(const HandModel& hand, const MeasureOptions& options = {});
  ~SampleMeter();

  // One entry a protocol. Both sets hold the same samples in the same order (joined()). Throws Error: a set without what a
  // protocol needs, a prediction that has a hand less than the truth; unless implausible hands are left out, an empty bone or an
  // error that is not finite, with the sample.
  std::vector<SampleErrors> operator()(const std::vector<Protocol>& protocols, const HandSet& predictions,
                                       const HandSet& truth) const;
  // The same for several predictions, one list of entries for each. All ground truths are of the same hands, posed once, and may
  // differ only in what is valid.
  std::vector<std::vector<SampleErrors>> operator()(const std::vector<Protocol>& protocols,
                                                    const std::vector<MeasuredSet>& sets) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// Of one protocol.
SampleErrors sample_errors(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                           const MeasureOptions& options = {});

}  // namespace interprior
