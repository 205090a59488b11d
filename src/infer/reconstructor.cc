#include "interprior/infer/reconstructor.h"

#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "graphed_network.h"
#include "interprior/base/autocast.h"
#include "interprior/base/error.h"
#include "interprior/base/seed.h"
#include "interprior/base/stage_times.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/joint_model.h"
#include "interprior/infer/keypoint_fit/keypoint_sampling.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/original_camera.h"
#include "interprior/model/checkpoint.h"
#include "photo_crop.h"

namespace interprior {
namespace {

constexpr int64_t kMaxHypotheses = 4096;
constexpr double kPoorSample = 0.05;  // of the keypoints' box: residual from which right and left are tried swapped
constexpr double kFarBetter = 0.5;    // ratio of mean distances

// The samples of one of `rows` predictions. Those that are not finite are left out.
std::vector<PerHand<ManoParameters>> samples_of(const PatternBatch& all, int64_t row, int64_t rows) {
  std::vector<PerHand<ManoParameters>> pairs;
  const auto finite = [](const ManoParameters& mano) {
    return mano.pose.isfinite().all().item<bool>() && mano.shape.isfinite().all().item<bool>() &&
           mano.translation.isfinite().all().item<bool>();
  };
  for (int64_t at = row; at < all.pose.size(0); at += rows) {
    PerHand<ManoParameters> pair = mano_of_pair(all, at);
    if (finite(pair.right) && finite(pair.left)) pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace

const char* name_of(PhotoCameraSource source) {
  switch (source) {
    case PhotoCameraSource::file:
      return "file";
    case PhotoCameraSource::given:
      return "given";
    case PhotoCameraSource::focal:
      return "focal";
    case PhotoCameraSource::assumed:
      break;
  }
  return "assumed";
}

const char* name_of(PhotoBoxSource source) {
  switch (source) {
    case PhotoBoxSource::given:
      return "given";
    case PhotoBoxSource::file:
      return "file";
    case PhotoBoxSource::keypoints:
      return "keypoints";
    case PhotoBoxSource::whole_image:
      break;
  }
  return "whole_image";
}

struct Reconstructor::State {
  mutable Sampler network;
  TwoHands hands, joint_hands;  // joint_hands: the same with joints alone, for the hypotheses
  CheckpointInfo info;
  torch::Device device;
  ReconstructorOptions options;
  std::unique_ptr<GraphedNetwork> graphs = nullptr;  // if the options ask for them

  Reconstruction predicted(const torch::Tensor& crops, StageTimer& timer) const;  // crops: (B,3,S,S) uint8 RGB
  // The outputs that depend on the network's prediction for B crops, row by row.
  struct Placed {
    PerHand<HandMesh> mesh;  // in the original cameras, on the CPU
    PerHand<HandPose> pose;
    PatternBatch mano;
    torch::Tensor root_in_camera, joint_stddev;  // (B,3), (B,2,21)
    PatternBatch hypotheses;                     // (K B,2,...), hypothesis-major, if they are kept
  };
  Placed place(const Reconstruction& network_output, const std::vector<Crop>& crops, StageTimer& timer) const;
  // Copies one row; a hand that is `shown` must be in front of the camera.
  void take_row(const Placed& placed, int64_t row, const PerHand<bool>& shown, ReconstructedHands& out) const;
  PerHand<HandPose> hypotheses_of(const Reconstruction& network_output) const;  // K samples of B rows, hypothesis-major: (K B)
  torch::Tensor stddev_of(const PerHand<HandPose>& hypotheses) const;           // (B,2,21)

  StageTimer timer() const {
    if (!device.is_cuda()) return StageTimer(options.times.get());
    return StageTimer(options.times.get(), [index = device.index()] { torch::cuda::synchronize(index); });
  }
  ReconstructedHands sampled(const FitTarget& target) const;
};

Reconstructor Reconstructor::open(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                  torch::Device device, const ReconstructorOptions& options) {
  CheckpointInfo info;
  Sampler network = load_sampler(checkpoint, &info);
  const HandModel model = read_hand_model(hand);
  require_same_hand(info, model, hand);
  if (device.is_cpu()) {
    const torch::Dtype dtype = options.bf16 ? torch::kBFloat16 : torch::kFloat32;
    network->extraction()->fuse(dtype);
    network->fusion()->fuse(dtype);
  }
  return {network, model, device, options, info};
}

Reconstructor Reconstructor::open_for_keypoints(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                                torch::Device device, const ReconstructorOptions& options) {
  CheckpointInfo info;
  const Sampler network = load_sampler_or_cues(checkpoint, &info);
  const HandModel model = read_hand_model(hand);
  require_same_hand(info, model, hand);
  try {
    require_keypoints_suffice(network->config());
  } catch (const Error& error) {
    throw Error("this sampler cannot work on keypoints: " + std::string(error.what()), checkpoint.string(),
                "train its cue stage for them: configs/keypoints/cues.yaml");
  }
  return {network, model, device, options, info};
}

Reconstructor::Reconstructor(Sampler network, const HandModel& hand, torch::Device device, const ReconstructorOptions& options,
                             CheckpointInfo info) {
  require(options.focal == 0 || is_focal_length(options.focal), c10::str("a focal length of ", options.focal, " px"), "focal",
          "give 0.001 to 1e7 px, or 0 to have it assumed");
  require(options.hypotheses >= 0 && options.hypotheses <= kMaxHypotheses, c10::str(options.hypotheses, " hypotheses"),
          "hypotheses", c10::str("choose 0 to ", kMaxHypotheses));
  require(options.present >= 0 && options.present <= 1, c10::str("a presence of ", options.present), "present", "choose 0 to 1");
  network->to(device);
  network->eval();
  std::unique_ptr<State> state(new State{std::move(network), TwoHands(hand, device), TwoHands(joint_model(hand), device),
                                         std::move(info), device, options});
  if (options.cuda_graphs) state->graphs = std::make_unique<GraphedNetwork>(state->network, state->hands, device, options.bf16);
  state_ = std::move(state);
}

const CheckpointInfo& Reconstructor::info() const { return state_->info; }
const TwoHands& Reconstructor::hands() const { return state_->hands; }

ReconstructedHands Reconstructor::operator()(const cv::Mat& bgr, const cv::Rect& box) const {
  return reconstruct(bgr, {static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.width),
                           static_cast<double>(box.height)});
}

ReconstructedHands Reconstructor::reconstruct(const cv::Mat& bgr, const Box& box, const std::optional<Pinhole>& camera) const {
  std::vector<ReconstructionAttempt> attempts = reconstruct(std::vector<PhotoOfHands>{{bgr, box, camera}});
  if (attempts.front().error) std::rethrow_exception(attempts.front().error);
  return *std::move(attempts.front().hands);
}

std::vector<ReconstructionAttempt> Reconstructor::reconstruct(const std::vector<PhotoOfHands>& photos) const {
  const torch::NoGradGuard no_grad;
  StageTimer timer = state_->timer();
  std::vector<ReconstructionAttempt> attempts(photos.size());
  std::vector<size_t> usable;
  std::vector<torch::Tensor> pixels;
  std::vector<Crop> crops;
  for (size_t i = 0; i < photos.size(); ++i) {
    try {
      PhotoCrop one = crop_photo(photos[i], state_->options.focal, state_->network->config().image_size);
      ReconstructedHands& out = attempts[i].hands.emplace();
      out.box = photos[i].box;
      out.camera = one.camera;
      out.camera_source = one.camera_source;
      out.crop = one.crop;
      usable.push_back(i);
      pixels.push_back(one.pixels);
      crops.push_back(one.crop);
    } catch (const Error&) {
      attempts[i].error = std::current_exception();
    }
  }
  timer.end("crop");
  if (usable.empty()) return attempts;

  const Reconstruction all = state_->predicted(torch::cat(pixels).to(state_->device), timer);
  const State::Placed placed = state_->place(all, crops, timer);
  for (size_t row = 0; row < usable.size(); ++row) {
    ReconstructionAttempt& attempt = attempts[usable[row]];
    ReconstructedHands& out = *attempt.hands;
    try {
      out.network = row_of(all, static_cast<int64_t>(row));
      state_->take_row(placed, static_cast<int64_t>(row), {true, true}, out);
      out.presence = presence_of(out.network.features.mask[0], out.joint_stddev);
      for (const Side side : kSides) out.present[side] = out.presence[side] >= state_->options.present;
    } catch (const Error&) {
      attempt = {std::nullopt, std::current_exception()};
    }
  }
  timer.end("presence");
  return attempts;
}

Reconstruction Reconstructor::State::predicted(const torch::Tensor& crops, StageTimer& timer) const {
  if (graphs) {
    Reconstruction all = (*graphs)(crops);
    timer.end("network");
    return all;
  }
  const Autocast autocast(options.bf16, device.type());
  Features features = network->extraction()(crops);
  timer.end("extraction");
  Reconstruction all = network->from_cues(std::move(features), hands);
  timer.end("fusion, sampling, decoder");
  return all;
}

Reconstructor::State::Placed Reconstructor::State::place(const Reconstruction& network_output, const std::vector<Crop>& crops,
                                                         StageTimer& timer) const {
  const HandsInCamera in_camera = in_original_camera(network_output.pose, network_output.conditional.view.camera,
                                                     cameras_of(crops, device), network->config().image_size);
  PerHand<HandMesh> mesh = hands(in_camera.pose);
  const torch::Tensor root = in_camera.root_in_camera.unsqueeze(1);
  for (const Side side : kSides) {
    mesh[side].vertices_in_root = (mesh[side].vertices_in_root + root).to(torch::kCPU);
    mesh[side].joints_in_root = (mesh[side].joints_in_root + root).to(torch::kCPU);
  }
  Placed placed{std::move(mesh),
                to(in_camera.pose, torch::kCPU),
                mano_parameters(in_camera, hands).to(torch::kCPU),
                in_camera.root_in_camera.to(torch::kCPU),
                {},
                {}};
  timer.end("meshes");
  if (options.hypotheses > 1) {
    const PerHand<HandPose> hypotheses = hypotheses_of(network_output);
    placed.joint_stddev = stddev_of(hypotheses);
    if (options.keep_hypotheses)
      placed.hypotheses = mano_of_samples(hypotheses, network_output.conditional.view.camera, cameras_of(crops, device),
                                          network->config().image_size, hands)
                              .to(torch::kCPU);
  }
  timer.end("hypotheses");
  return placed;
}

void Reconstructor::State::take_row(const Placed& placed, int64_t row, const PerHand<bool>& shown,
                                    ReconstructedHands& out) const {
  const torch::Tensor index = torch::tensor({row});
  out.mano = mano_of_pair(placed.mano, row);
  out.pose = {rows(placed.pose.right, index), rows(placed.pose.left, index)};
  out.right_wrist_in_camera = placed.root_in_camera[row];
  for (const Side side : kSides) {
    const torch::Tensor vertices = placed.mesh[side].vertices_in_root[row];
    if (!vertices.isfinite().all().item<bool>())
      throw LeftOut("not_finite", "the network predicts a hand that is not finite", side_name(side),
                    "the checkpoint may come from a run that diverged; choose an earlier one");
    if (shown[side] && vertices.select(1, 2).min().item<double>() <= 0)
      throw LeftOut("behind_camera", c10::str("the ", side_name(side), " hand would lie at or behind the camera"),
                    box_text(out.box), "check the box and the camera");
    out.surface[side] = mesh_from(vertices, hands.layer[side].faces());
    out.joints_in_camera[side] = placed.mesh[side].joints_in_root[row];
  }
  if (placed.joint_stddev.defined()) out.joint_stddev = placed.joint_stddev[row];
  if (placed.hypotheses.pose.defined()) out.hypotheses = samples_of(placed.hypotheses, row, placed.root_in_camera.size(0));
  out.hand_source = hands.source;
  out.presence_threshold = options.present;
}

ReconstructedHands Reconstructor::State::sampled(const FitTarget& target) const {
  ReconstructedHands out;
  const FoundJoints found = found_joints({target});
  if (found.found.any().item<bool>()) {
    out.box = joint_box(found.place[0], found.found[0]);
    require_usable(out.box, target.camera);
  }
  StageTimer timer = this->timer();
  KeypointSample sample = sample_keypoints(network, {target}, hands);
  timer.end("fusion, sampling, decoder");
  out.box_source = PhotoBoxSource::keypoints;
  out.camera = target.camera;
  out.crop = sample.crops.crops.front();
  out.network = std::move(sample.reconstruction);
  const auto& hand = target.keypoints.hand;
  take_row(place(out.network, {out.crop}, timer), 0, {hand.right.has_value(), hand.left.has_value()}, out);
  out.keypoints = keypoint_residual(target, out.joints_in_camera, out.box);
  return out;
}

ReconstructedHands Reconstructor::reconstruct(const FitTarget& target) const {
  const torch::NoGradGuard no_grad;
  ReconstructedHands out = state_->sampled(target);
  out.keypoints_unlearned = state_->info.cues != "keypoints";
  for (const Side side : kSides) {
    out.presence[side] = presence_of(target.keypoints.hand[side], side, out.joint_stddev);
    out.present[side] = out.presence[side] >= state_->options.present;
  }
  if (out.keypoints->of_box() < kPoorSample) return out;
  FitTarget other = target;
  std::swap(other.keypoints.hand.right, other.keypoints.hand.left);
  try {
    out.keypoints->sides_exchanged = state_->sampled(other).keypoints->of_box() < kFarBetter * out.keypoints->of_box();
  } catch (const LeftOut&) {  // swapped hands are no better
  }
  return out;
}

PerHand<HandPose> Reconstructor::State::hypotheses_of(const Reconstruction& network_output) const {
  const Latent& z = network_output.conditional.z;
  const int64_t batch = z.mean.size(0), samples = options.hypotheses;
  // The same noise for every image: its hypotheses do not depend on the rest of the batch.
  const torch::Tensor noise =
      normal_tensor({samples, 1, z.mean.size(1) + 3}, Seed{options.seed}.derive("hypotheses"), device).expand({-1, batch, -1});
  return network->sample(network_output, noise, joint_hands);
}

torch::Tensor Reconstructor::State::stddev_of(const PerHand<HandPose>& hypotheses) const {
  const PerHand<HandMesh> posed = joint_hands(hypotheses);
  const auto deviation = [&](const torch::Tensor& joints) {  // (K B,21,3) -> (B,21)
    return joints.unflatten(0, {options.hypotheses, -1}).var(0, /*unbiased=*/true).sum(2).sqrt();
  };
  return torch::stack({deviation(posed.right.joints_in_root), deviation(posed.left.joints_in_root)}, 1).to(torch::kCPU);
}

void require_same_hand(const CheckpointInfo& info, const HandModel& hand, const std::filesystem::path& file) {
  if (info.hand_hash == hand.hash) return;
  throw Error(
      c10::str("this is not the hand file that the checkpoint was trained with: ", hand.source, " ", hand.hash, " instead of ",
               info.hand_source, " ", info.hand_hash),
      file.string(),
      "pass --hand with a copy of " + (info.hand_file.empty() ? std::string("the hand file used in training") : info.hand_file));
}

}  // namespace interprior
