#pragma once
#include "interprior/base/config.h"
#include "interprior/metric/hand_set.h"
#include "interprior/metric/spread.h"

namespace interprior {

// Named evaluation protocols (DATA_AND_PROTOCOLS §4). Every number this program prints carries one of these names.
enum class Protocol { intaghand, wrist, interwild, internet };
template <>
struct EnumNames<Protocol> {
  static std::vector<std::pair<Protocol, std::string>> table() {
    return {{Protocol::intaghand, "intaghand"},
            {Protocol::wrist, "wrist"},
            {Protocol::interwild, "interwild"},
            {Protocol::internet, "internet"}};
  }
};

// What distinguishes one protocol from another; the whole table is here.
struct ProtocolRule {
  int64_t root_joint;     // per hand
  bool bone_scale;        // multiply by (true / predicted wrist-to-middle-knuckle length)
  bool annotated_joints;  // truth from joint_3d instead of the true mesh
  bool network_joints;    // predicted joints as the network gives them instead of those of the predicted mesh
  bool masked;            // per-joint validity, a hand's joints count only where its root is valid, mean of per-joint means;
                          // otherwise every hand with a mesh counts whole, mean over samples and points
  bool both_hands;        // the test set holds only pictures with the meshes of both hands
  bool oracle_box;
};
ProtocolRule rule_of(Protocol protocol);
// Throws Error with the known names and the nearest one.
Protocol protocol_named(const std::string& name);

// Errors of N samples under a protocol, mm; NaN where a hand does not count. PA: after a similarity alignment per hand.
struct SampleErrors {
  std::vector<std::string> sample, group;
  torch::Tensor joint, vertex, pa_joint, pa_vertex;  // (N,2): mean over the hand's points
  torch::Tensor per_joint;                           // (N,2,21)
  torch::Tensor relative_root;                       // (N): left minus right root joint, unscaled
  torch::Tensor relative_vertex;                     // (N): both hands' vertices, the two right wrists on each other (RRVE)
  torch::Tensor interacting;                         // (N) bool: the truth shows both hands
  torch::Tensor penetration;             // (N): deepest overlap of the two predicted hands as capsules (hand/contact.h)
  torch::Tensor contact, true_contact;   // (N): 1 where the capsules of both hands come within 5 mm, else 0
  int64_t hypotheses = 0;                // K; 0: none, and what follows is undefined
  torch::Tensor hypothesis_joint;        // (N,K): joint error of each draw, mean over the hands that count
  torch::Tensor best_joint, mean_joint;  // (N): of the best of the K draws, one draw for the whole sample, and their mean
  // Standard deviation of the joints over the draws, each hand about the protocol's root joint of its own, mm: (N,2,21), NaN
  // where a joint does not count; and (N), mean over joints, then hands. NaN with one draw.
  torch::Tensor per_joint_spread, spread;
};

// Both sets hold the same samples in the same order (joined()); hands on the CPU. Vertices turn about the root joint regressed
// from each mesh. Throws Error: a set without what the protocol needs, a prediction that is not finite or has a hand less than
// the truth, an empty bone; with the sample.
SampleErrors sample_errors(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands);

struct HandMetrics {
  double mpjpe_mm = 0, mpvpe_mm = 0, pa_mpjpe_mm = 0, pa_mpvpe_mm = 0;
};

// NaN where nothing was measured.
struct Metrics {
  Protocol protocol = Protocol::intaghand;
  int64_t samples = 0;  // with at least one hand that counts
  HandMetrics all;      // (right + left) / 2
  PerHand<HandMetrics> hand;
  double mrrpe_mm = 0, rrve_mm = 0;
  double penetration_mm = 0, largest_penetration_mm = 0;  // of the predicted hands: mean and largest over the samples
  double contact_ratio = 0, true_contact_ratio = 0;       // share of the samples whose hands touch
  double auc_50mm = 0;  // area under the PCK curve of 0-50 mm, joints but the root, all counted hands
  double interval_low_mm = 0, interval_high_mm = 0;  // 95 % of MPJPE (mean over samples) when groups are drawn anew
  std::vector<double> per_joint_mm;                  // (21), both hands
  // Masked protocols show pictures of a single hand (SH) and of two (IH) apart: `all` pools them, InterWild prints (SH + IH) / 2.
  double single_mpjpe_mm = 0, interacting_mpjpe_mm = 0, mean_of_single_and_interacting_mpjpe_mm = 0;
  int64_t hypotheses = 0;  // K; 0: none
  double best_of_k_mpjpe_mm = 0, mean_of_k_mpjpe_mm = 0;   // mean over samples
  std::vector<std::pair<int64_t, double>> best_of_mpjpe_mm;  // of the first counted_hypotheses
  // Whether the spread of the draws tells the error of the one answer: of samples, and of single joints without the root.
  double spread_mm = 0, spread_rank_correlation = 0, joint_spread_rank_correlation = 0;
  std::vector<SpreadGroup> calibration;  // ten groups of samples by spread
};
// How many of the first draws the best is told of: 1, 2, 5, 10, 20 ... below K, and K.
std::vector<int64_t> counted_hypotheses(int64_t hypotheses);
// Throws Error when no sample counts.
Metrics summarise(Protocol protocol, const SampleErrors& errors);
// Numbers that could not be measured: all NaN.
Metrics not_measured(Protocol protocol);

}  // namespace interprior
