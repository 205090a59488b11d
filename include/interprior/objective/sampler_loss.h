#pragma once
#include "interprior/base/config/config.h"
#include "interprior/geometry/camera.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/adjacency_heatmap.h"
#include "interprior/objective/terms.h"

namespace interprior {

// Weights of the sampler's losses; errors in metres, radians and half crops.
struct SamplerLossConfig {
  double heatmap = 100, heatmap_peak = 20, mask = 10, tau = 50, alignment = 0.02, rotations = 2, wrist = 2, wrist_rot6d = 20,
         rotation_nll = 0.1, shape = 3;
  double joints = 100, vertices = 100, joints_root = 20, vertices_root = 20, joints_2d = 10, camera = 5, edge = 0,
         penetration = 0;
  void describe(Fields& fields) {
    fields("heatmap", heatmap, "squared error of H", {0, 1e6});
    fields("heatmap_peak", heatmap_peak, "extra weight of a cell of H at the target's peak", {0, 1e6});
    fields("mask", mask, "binary cross entropy of M", {0, 1e6});
    fields("tau", tau, "L1 of tau, m", {0, 1e6});
    fields("alignment", alignment, "feature alignment: KL(encoder's posterior of the ground truth || image's Gaussian), nats",
           {0, 1e6});
    fields("rotations", rotations, "geodesic angle of finger rotations and R_rel, rad", {0, 1e6});
    fields("wrist", wrist, "geodesic angle of the view's wrist rotations, rad", {0, 1e6});
    fields("wrist_rot6d", wrist_rot6d, "squared error of the wrists' 6D before orthonormalisation", {0, 1e6});
    fields("rotation_nll", rotation_nll,
           "negative log-likelihood of the view's rotation error under its predicted variance, nats", {0, 1e6});
    fields("shape", shape, "L1 of the shape coefficients", {0, 1e6});
    fields("joints", joints, "L1 of each hand's wrist-relative joints under the ground-truth wrist rotation, m", {0, 1e6});
    fields("vertices", vertices, "L1 of each hand's wrist-relative vertices under the ground-truth wrist rotation, m", {0, 1e6});
    fields("joints_root", joints_root, "L1 of the joints in the root frame, m", {0, 1e6});
    fields("vertices_root", vertices_root, "L1 of the vertices in the root frame, m", {0, 1e6});
    fields("joints_2d", joints_2d, "L1 of the projected joints, half crops", {0, 1e6});
    fields("camera", camera, "L1 of log s, tx, ty", {0, 1e6});
    fields("edge", edge, "L1 of the lengths of mesh edges, m", {0, 1e6});
    fields("penetration", penetration, "squared depths of the two hands' bone capsules and vertices in each other, cm^2",
           {0, 1e6});
    fields.renamed("wrist_six", "wrist_rot6d");
    fields.renamed("spread", "rotation_nll");
  }
};

// Targets of the sampler, all in the crop's camera.
struct SamplerTruth {
  PerHand<HandPose> pose;
  PerHand<HandMesh> mesh;
  Interaction interaction;
  HeatmapTarget heatmap;
  torch::Tensor mask, mask_valid;  // (B,2,G,G), (B) bool
  torch::Tensor tau;               // (B,3)
  torch::Tensor view_camera;       // s, tx, ty (B,3)
  torch::Tensor root_in_camera;    // (B,3) m
  torch::Tensor joints_in_image;   // (B,42,2) px
  torch::Tensor joints_in_camera;  // (B,42,3) m
  torch::Tensor visible;           // (B,42) bool, joints that are not occluded; undefined unless heatmap.kind is visible_all
  torch::Tensor has_both;          // (B) bool: both hands annotated with MANO
  Latent posterior;                // of the ground-truth interaction, by the frozen encoder
};

// Annotations of B crops, in the crop's camera. For a hand without MANO, heatmaps are computed from its annotated joints.
struct Annotation {
  PerHand<HandPose> pose;               // frame root
  torch::Tensor root_in_camera;         // (B,3) m
  torch::Tensor joints_in_camera;       // (B,2,21,3) m
  torch::Tensor joint_valid, has_mano;  // (B,2,21), (B,2) bool
  torch::Tensor mask, mask_valid;       // (B,2,G,G), (B) bool
};

// Targets computed from an annotation, on its device: meshes, projections and, if `with_heatmaps`, heatmaps. `posterior` is left
// empty.
SamplerTruth sampler_truth(const SamplerConfig& model, const Annotation& annotation, const Camera& camera, const TwoHands& hands,
                           bool with_heatmaps = true);

// Terms of extraction: H, M, tau.
Terms cue_loss(const SamplerLossConfig& config, const Features& features, const SamplerTruth& truth);

// Terms of fusion, sampling and the prior's decoder: alignment, view, hands.
Terms hand_loss(const SamplerLossConfig& config, const SamplerConfig& model, const Reconstruction& reconstruction,
                const SamplerTruth& truth, const Camera& camera, const TwoHands& hands);

// Terms of cue_loss and hand_loss.
Terms sampler_loss(const SamplerLossConfig& config, const SamplerConfig& model, const Reconstruction& reconstruction,
                   const SamplerTruth& truth, const Camera& camera, const TwoHands& hands);

}  // namespace interprior
