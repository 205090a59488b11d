#include "interprior/objective/sampler_loss.h"

#include <torch/nn/functional/loss.h>

#include "interprior/base/full_precision.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/skeleton.h"
#include "interprior/objective/prior_loss.h"
#include "interprior/objective/visible_joints.h"

namespace interprior {
namespace {

// Smallest depth in the projection of predicted joints, m; nearer joints get their depth's gradient from the camera term only.
constexpr double kNearest = 0.05;

torch::Tensor stacked(const PerHand<HandMesh>& mesh, torch::Tensor HandMesh::*part) {
  return torch::stack({mesh.right.*part, mesh.left.*part}, 1);
}

// Points of both hands (B,2,N,3) relative to their wrists, rotated by `turn` (B,2,3,3).
torch::Tensor about_wrist(const torch::Tensor& points, const torch::Tensor& joints, const torch::Tensor& turn) {
  return torch::matmul(points - joints.slice(2, kWrist, kWrist + 1), turn.transpose(2, 3));
}

torch::Tensor wrist_rotations(const PerHand<HandPose>& pose) {
  return torch::stack({pose.right.rotations.select(1, 0), pose.left.rotations.select(1, 0)}, 1);
}

torch::Tensor projected(const torch::Tensor& joints_in_root, const torch::Tensor& root, const Camera& camera) {
  const torch::Tensor in_camera = joints_in_root.flatten(1, 2) + root.unsqueeze(1);
  const torch::Tensor depth = in_camera.select(2, 2).clamp_min(kNearest);
  return camera.project(torch::stack({in_camera.select(2, 0), in_camera.select(2, 1), depth}, 2));
}

}  // namespace

SamplerTruth sampler_truth(const SamplerConfig& model, const Annotation& annotation, const Camera& camera, const TwoHands& hands,
                           bool with_heatmaps) {
  const FullPrecision full_precision;
  torch::NoGradGuard no_grad;
  SamplerTruth truth;
  truth.pose = annotation.pose;
  truth.mesh = hands(annotation.pose);
  truth.interaction = interaction_from(annotation.pose);
  truth.mask = annotation.mask;
  truth.mask_valid = annotation.mask_valid;
  truth.tau = annotation.pose.left.wrist_in_root;
  truth.root_in_camera = annotation.root_in_camera;
  truth.view_camera = view_camera_from_root(annotation.root_in_camera, camera, model.image_size);
  truth.has_both = annotation.has_mano.all(1);

  const torch::Tensor root = annotation.root_in_camera.view({-1, 1, 1, 3});
  const torch::Tensor of_mesh = stacked(truth.mesh, &HandMesh::joints_in_root) + root;
  const torch::Tensor has_mesh = annotation.has_mano.unsqueeze(-1);
  const torch::Tensor in_camera = torch::where(has_mesh.unsqueeze(-1), of_mesh, annotation.joints_in_camera);
  const torch::Tensor valid = (annotation.joint_valid | has_mesh).flatten(1);
  truth.joints_in_camera = in_camera.flatten(1, 2);
  truth.joints_in_image = projected(in_camera, torch::zeros_like(annotation.root_in_camera), camera);
  if (model.heatmap.kind == HeatmapKind::visible_all) {
    const torch::Tensor points = (stacked(truth.mesh, &HandMesh::vertices_in_root) + root).flatten(1, 2);
    const double cell = static_cast<double>(model.image_size) / static_cast<double>(model.grid());
    truth.visible = visible_joints(truth.joints_in_camera, truth.joints_in_image, points, camera.project(points), cell);
  }
  if (with_heatmaps)
    truth.heatmap = heatmap_target(model.heatmap, {truth.joints_in_image, truth.joints_in_camera, valid, truth.visible},
                                   model.image_size, model.grid());
  return truth;
}

Terms cue_loss(const SamplerLossConfig& config, const Features& features, const SamplerTruth& truth) {
  const FullPrecision full_precision;
  Terms terms;
  if (features.iah.size(1) > 0) {
    const torch::Tensor& target = truth.heatmap.maps;
    const torch::Tensor squared = (1 + config.heatmap_peak * target) * (in_full_precision(features.iah) - target).square();
    terms.add("heatmap", masked_mean(squared.mean({2, 3}), truth.heatmap.has_loss), config.heatmap);
  }
  const torch::Tensor cross_entropy =
      torch::binary_cross_entropy_with_logits(in_full_precision(features.mask_logit), truth.mask, {}, {}, at::Reduction::None);
  terms.add("mask", masked_mean(cross_entropy, truth.mask_valid.view({-1, 1, 1, 1})), config.mask);
  terms.add("tau", masked_mean((in_full_precision(features.tau) - truth.tau).abs(), truth.has_both.unsqueeze(1)), config.tau);
  return terms;
}

namespace {

// What hand_loss adds to its terms in turn.
struct HandTerms {
  const SamplerLossConfig& config;
  const SamplerTruth& truth;
  Terms terms = {};

  // Mean over the batch, in which images without both hands count as 0.
  torch::Tensor per_row(const torch::Tensor& values) const {
    std::vector<int64_t> sizes(static_cast<size_t>(values.dim()), 1);
    sizes[0] = -1;
    return masked_mean(values, truth.has_both.view(sizes));
  }
  void add(const char* name, const torch::Tensor& values, double weight) { terms.add(name, per_row(values), weight); }
};

void add_decoded(HandTerms& out, const Interaction& decoded) {
  const Interaction& real = out.truth.interaction;
  torch::Tensor rotations = geodesic_angle(decoded.left_from_right, real.left_from_right).unsqueeze(1);
  torch::Tensor shape;
  for (const Side side : kSides) {
    rotations = torch::cat({rotations, geodesic_angle(decoded.fingers[side], real.fingers[side])}, 1);
    const torch::Tensor difference = (decoded.shape[side] - real.shape[side]).abs();
    shape = shape.defined() ? shape + 0.5 * difference : 0.5 * difference;
  }
  out.add("rotations", rotations, out.config.rotations);
  out.add("shape", shape, out.config.shape);
}

void add_view(HandTerms& out, const View& view, const SamplerConfig& model) {
  const SamplerTruth& truth = out.truth;
  const torch::Tensor true_wrist = truth.pose.right.rotations.select(1, 0);
  torch::Tensor wrist = geodesic_angle(view.rotation, true_wrist).unsqueeze(1);
  if (model.left_rotation != RelativeSource::prior)
    wrist = torch::cat({wrist, geodesic_angle(view.left_rotation, truth.pose.left.rotations.select(1, 0)).unsqueeze(1)}, 1);
  out.add("wrist", wrist, out.config.wrist);
  // For an untrained network, the geodesic angle has zero gradient on average. The raw 6D can shrink, so its squared error has a
  // gradient from the start.
  const torch::Tensor true_left_wrist = truth.pose.left.rotations.select(1, 0);
  const torch::Tensor true_rot6d = torch::stack({rot6d_from_matrix(true_wrist), rot6d_from_matrix(true_left_wrist)}, 1);
  out.add("wrist_rot6d", (view.rot6d - true_rot6d).square(), out.config.wrist_rot6d);
  // The log-variance is trained on a detached error, so that it never weakens the gradient of the rotation.
  const torch::Tensor error = axis_angle_from_matrix(torch::matmul(view.rotation.transpose(1, 2), true_wrist).detach());
  out.add("rotation_nll", 0.5 * (error.square() * torch::exp(-view.rotation_log_variance) + view.rotation_log_variance),
          out.config.rotation_nll);
  const torch::Tensor log_scale = torch::log(view.camera.slice(1, 0, 1) / truth.view_camera.slice(1, 0, 1).clamp_min(1e-6));
  const torch::Tensor shift = view.camera.slice(1, 1) - truth.view_camera.slice(1, 1);
  out.add("camera", torch::cat({log_scale, shift}, 1).abs(), out.config.camera);
}

// Mesh errors twice: in the root frame, and for each hand under its ground-truth wrist rotation. With the first alone, a network
// that is uncertain of a rotation bends and shrinks the hands towards the mean of all plausible poses.
void add_meshes(HandTerms& out, const PerHand<HandMesh>& mesh, const torch::Tensor& joints, const PerHand<HandPose>& pose) {
  const SamplerTruth& truth = out.truth;
  const torch::Tensor true_joints = stacked(truth.mesh, &HandMesh::joints_in_root);
  const torch::Tensor vertices = stacked(mesh, &HandMesh::vertices_in_root);
  const torch::Tensor true_vertices = stacked(truth.mesh, &HandMesh::vertices_in_root);
  const torch::Tensor straight = torch::eye(3, joints.options()).expand({joints.size(0), 2, 3, 3});
  const torch::Tensor turn = torch::matmul(wrist_rotations(truth.pose), wrist_rotations(pose).transpose(2, 3));
  const auto differ = [&](const torch::Tensor& points, const torch::Tensor& true_points) {
    return (about_wrist(points, joints, turn) - about_wrist(true_points, true_joints, straight)).abs();
  };
  out.add("joints", differ(joints, true_joints), out.config.joints);
  out.add("vertices", differ(vertices, true_vertices), out.config.vertices);
  out.add("joints_root", (joints - true_joints).abs(), out.config.joints_root);
  out.add("vertices_root", (vertices - true_vertices).abs(), out.config.vertices_root);
}

torch::Tensor edge_lengths(const torch::Tensor& vertices, const torch::Tensor& faces) {
  const torch::Tensor corners = vertices.index_select(1, faces.flatten()).unflatten(1, faces.sizes());
  return (corners - corners.roll(1, 2)).square().sum(-1).clamp_min(1e-12).sqrt();
}

torch::Tensor edge_error(const HandTerms& out, const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  torch::Tensor error;
  for (const Side side : kSides) {
    const torch::Tensor& faces = hands.layer[side].faces_on_device();
    const torch::Tensor one = out.per_row(
        (edge_lengths(mesh[side].vertices_in_root, faces) - edge_lengths(out.truth.mesh[side].vertices_in_root, faces)).abs());
    error = error.defined() ? 0.5 * (error + one) : one;
  }
  return error;
}

}  // namespace

Terms hand_loss(const SamplerLossConfig& config, const SamplerConfig& model, const Reconstruction& reconstruction,
                const SamplerTruth& truth, const Camera& camera, const TwoHands& hands) {
  const FullPrecision full_precision;
  const View& view = reconstruction.conditional.view;
  HandTerms out{config, truth};
  if (truth.posterior.mean.defined())
    out.add("alignment", kl_between(truth.posterior, reconstruction.conditional.z).unsqueeze(1), config.alignment);
  add_decoded(out, reconstruction.interaction);
  add_view(out, view, model);
  const PerHand<HandMesh> mesh = hands(reconstruction.pose);
  const torch::Tensor joints = stacked(mesh, &HandMesh::joints_in_root);
  add_meshes(out, mesh, joints, reconstruction.pose);
  const torch::Tensor root = root_from_view_camera(view.camera, camera, model.image_size);
  const double half_crop = 0.5 * static_cast<double>(model.image_size);
  // Clamped, so that a joint projected far outside the crop does not dominate the loss.
  const torch::Tensor off = ((projected(joints, root, camera) - truth.joints_in_image) / half_crop).clamp(-2, 2);
  out.add("joints_2d", off.abs(), config.joints_2d);
  if (config.edge > 0) out.terms.add("edge", edge_error(out, mesh, hands), config.edge);
  if (config.penetration > 0) out.terms.add("penetration", 1e4 * penetration_loss(mesh, hands), config.penetration);
  return std::move(out.terms);
}

Terms sampler_loss(const SamplerLossConfig& config, const SamplerConfig& model, const Reconstruction& reconstruction,
                   const SamplerTruth& truth, const Camera& camera, const TwoHands& hands) {
  Terms terms = cue_loss(config, reconstruction.features, truth);
  for (Term& term : hand_loss(config, model, reconstruction, truth, camera, hands).list) terms.list.push_back(std::move(term));
  return terms;
}

}  // namespace interprior
