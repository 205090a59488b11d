#pragma once
#include <exception>
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/geometry/mesh.h"
#include "interprior/infer/keypoint_fit/keypoint_residual.h"
#include "interprior/infer/mano_parameters.h"
#include "interprior/infer/presence.h"
#include "interprior/model/checkpoint_info.h"
#include "interprior/model/reconstruction.h"

namespace interprior {

struct FitTarget;
struct HandModel;
struct KeypointFitResult;
struct TwoHands;
class Sampler;
class StageTimes;

// Assumed focal length of an image with unknown camera, in units of its longer side: a field of view of 45 degrees, between a
// phone's main camera (about 0.75) and the lenses of capture studios (about 2.5 in InterHand2.6M). Depth scales with it; the
// shape and the relative pose of the hands hardly do.
inline constexpr double kAssumedFocal = 1.2;
// Source of an image's camera: a boxes file, intrinsics given by the caller, a given focal length, or an assumption.
enum class PhotoCameraSource { file, given, focal, assumed };
// Source of the box of both hands; whole_image: none was given; keypoints: the keypoints' bounding box.
enum class PhotoBoxSource { given, file, whole_image, keypoints };
const char* name_of(PhotoCameraSource source);
const char* name_of(PhotoBoxSource source);

// What was done to the hands of a frame as part of a sequence (infer/hand_smoothing.h, infer/one_shape.h).
struct SequenceChanges {
  bool smoothed = false, one_shape = false;
};

// Which hands of an input these are. It does not depend on how many others there are, unlike the name of a sample.
struct PlaceInInput {
  std::optional<int64_t> frame;  // of a video, from 0
  std::optional<int64_t> pair;   // among those of the image or frame, from 1
};

// Two reconstructed hands. All members but `network` are in the camera of the original image (x right, y down, z forward),
// metres, on the CPU.
struct ReconstructedHands {
  PerHand<Mesh> surface;                    // vertices and faces
  PerHand<torch::Tensor> joints_in_camera;  // (21,3) m, order of hand/skeleton.h
  PerHand<ManoParameters> mano;
  PerHand<HandPose> pose;               // one row; rotations in camera axes, wrist relative to the right wrist
  torch::Tensor right_wrist_in_camera;  // (3) m
  torch::Tensor joint_stddev;  // (2,21) m: standard deviation of each joint over K hypotheses, root frame; undefined without
  // K samples of z, if the options keep them: MANO parameters like `mano`, without those that are not finite.
  std::vector<PerHand<ManoParameters>> hypotheses;
  std::string hand_source;  // of the hand file: mano or procedural
  Pinhole camera;           // of the original image
  PhotoCameraSource camera_source = PhotoCameraSource::given;
  Box box;  // px, as given
  PhotoBoxSource box_source = PhotoBoxSource::given;
  PerHand<double> presence{0, 0};  // 0..1, infer/presence.h
  PerHand<bool> present{false, false};
  double presence_threshold = 0;
  Crop crop;
  Reconstruction network;  // F, H, M, tau, X, z of the crop, in the crop's camera, on the network's device; empty for a fit
  std::shared_ptr<const KeypointFitResult> fit;  // if the hands were fitted to keypoints
  std::optional<KeypointResidual> keypoints;     // if a network predicted the hands from keypoints
  bool keypoints_unlearned = false;              // that network was not trained on keypoints
  SequenceChanges sequence;
  PlaceInInput place;
};

struct ReconstructorOptions {
  double focal = 0;           // px; 0: assumed (kAssumedFocal)
  int64_t hypotheses = 8;     // K, for joint_stddev; fewer than 2: no joint_stddev
  uint64_t seed = 0;          // of the hypotheses
  double present = kPresent;  // minimum presence at which a hand counts as present
  // The next two are for images; hands from keypoints are computed without them.
  // On a GPU the network is captured as a CUDA graph for each size of batch, which saves the time of its many calls.
  bool cuda_graphs = false;
  bool bf16 = false;                  // the network computes in bf16: several times faster where the device has it, less precise
  std::shared_ptr<StageTimes> times;  // if set, receives the time of each stage; a GPU is then waited for after each
  bool keep_hypotheses = false;       // as ReconstructedHands::hypotheses
};

// An image and the box of both hands in it.
struct PhotoOfHands {
  cv::Mat bgr;                    // 8-bit as from cv::imread; grey and BGRA are accepted
  Box box;                        // px
  std::optional<Pinhole> camera;  // of the image, if known; takes precedence over the options' focal length
};

// Two hands, or the exception that says why there are none.
struct ReconstructionAttempt {
  std::optional<ReconstructedHands> hands;
  std::exception_ptr error;  // null if there are hands
};

// Inference with a trained sampler:
//   auto reconstruct = Reconstructor::open("sampler.safetensors", "hand.h5", torch::kCUDA);
//   auto hands = reconstruct(cv::imread("hands.jpg"), cv::Rect(120, 80, 400, 400));
//   write_obj("right.obj", hands.surface.right);
// Copies share one network. All functions may be called from several threads at once.
class Reconstructor {
 public:
  // Opens a sampler checkpoint and the hand file used in training. On a CPU norms are folded into convolutions and weights
  // are packed, which changes outputs by rounding. Throws Error on another hand file, kind or format, and on bf16 with a CPU that
  // has none.
  static Reconstructor open(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                            torch::Device device = torch::kCPU, const ReconstructorOptions& options = {});
  // The same for keypoint input only; accepts a cue-stage checkpoint too. Throws Error also if the network requires more than
  // keypoints.
  static Reconstructor open_for_keypoints(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                          torch::Device device = torch::kCPU, const ReconstructorOptions& options = {});

  // Moves the given network (model/sampler.h) to the device and to evaluation mode. Throws Error on options out of range.
  Reconstructor(Sampler network, const HandModel& hand, torch::Device device = torch::kCPU,
                const ReconstructorOptions& options = {}, CheckpointInfo info = {});

  // Throws Error if the box or the image is unusable; LeftOut `image_too_large`, `box_outside`, `box_too_large`,
  // `behind_camera` (a vertex at z <= 0) or `not_finite`. Deterministic: the hypotheses depend on the options' seed only.
  ReconstructedHands operator()(const cv::Mat& bgr, const cv::Rect& box) const;
  ReconstructedHands reconstruct(const cv::Mat& bgr, const Box& box, const std::optional<Pinhole>& camera = std::nullopt) const;
  // All images in one pass of the network. The attempts are in the order of the images and equal those of single images up to
  // rounding; an image that throws does not affect the others.
  std::vector<ReconstructionAttempt> reconstruct(const std::vector<PhotoOfHands>& photos) const;
  // Hands from 2D joints, without an image (infer/keypoint_fit/keypoint_sampling.h); the options' focal length is ignored. A hand
  // without keypoints is absent. Throws Error if no hand has six joints; LeftOut as above.
  ReconstructedHands reconstruct(const FitTarget& target) const;

  const CheckpointInfo& info() const;
  const TwoHands& hands() const;  // hand/mano_layer.h

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// Throws Error unless the hash of `hand` is the one recorded in `info`.
void require_same_hand(const CheckpointInfo& info, const HandModel& hand, const std::filesystem::path& file);

}  // namespace interprior
