#pragma once
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "interprior/geometry/crop.h"
#include "interprior/geometry/mesh.h"
#include "interprior/infer/keypoint_fit/keypoint_residual.h"
#include "interprior/infer/mano_parameters.h"
#include "interprior/infer/presence.h"
#include "interprior/model/checkpoint.h"

namespace interprior {

struct FitTarget;
struct KeypointFitResult;

// Where a photograph's focal length is not known it is taken as this many times the longer side: a view of 45 degrees, between a
// telephone's main camera (about 0.75) and the lenses of capture studios (about 2.5 in InterHand2.6M). Depth scales with it; the
// shape and the relation of the hands hardly do.
inline constexpr double kAssumedFocal = 1.2;
// Where a photograph's camera comes from: a boxes file, numbers that the caller gave, a focal length alone, or an assumption.
enum class PhotoCameraSource { file, given, focal, assumed };
// Where the box of both hands comes from; whole_picture: none was given; keypoints: they lie in it.
enum class PhotoBoxSource { given, file, whole_picture, keypoints };
const char* name_of(PhotoCameraSource source);
const char* name_of(PhotoBoxSource source);

// Two reconstructed hands. Everything but `network` is in the camera of the photograph (x right, y down, z forward), metres, on
// the CPU.
struct ReconstructedHands {
  PerHand<Mesh> surface;                    // vertices and faces
  PerHand<torch::Tensor> joints_in_camera;  // (21,3) m, order of hand/skeleton.h
  PerHand<ManoParameters> mano;
  PerHand<HandPose> pose;               // one row; rotations in camera axes, wrist relative to the right wrist
  torch::Tensor right_wrist_in_camera;  // (3) m
  torch::Tensor spread;     // (2,21) m: standard deviation of each joint over K draws, root frame; undefined without draws
  std::string hand_source;  // of the hand file: mano or procedural
  Pinhole camera;           // of the photograph
  PhotoCameraSource camera_source = PhotoCameraSource::given;
  Box box;  // px, as asked for
  PhotoBoxSource box_source = PhotoBoxSource::given;
  PerHand<double> presence{0, 0};  // 0..1, infer/presence.h
  PerHand<bool> present{false, false};
  double presence_threshold = 0;
  Crop crop;
  Reconstruction network;  // F, H, M, tau, X, z of the crop, in the crop's camera, on the network's device; of a fit nothing
  std::shared_ptr<const KeypointFitResult> fit;  // where the hands were fitted to keypoints
  std::optional<KeypointResidual> keypoints;     // where a network made the hands of keypoints
  bool keypoints_unlearned = false;              // and was not trained on keypoints
};

struct ReconstructorOptions {
  double focal = 0;           // px; 0: assumed (kAssumedFocal)
  int64_t hypotheses = 8;     // K draws for the spread; fewer than 2: none
  uint64_t seed = 0;          // of the draws
  double present = kPresent;  // presence from which a hand counts as present
};

// A trained sampler at work on pictures:
//   auto reconstruct = Reconstructor::open("sampler.safetensors", "hand.h5", torch::kCUDA);
//   auto hands = reconstruct(cv::imread("hands.jpg"), cv::Rect(120, 80, 400, 400));
//   write_obj("right.obj", hands.surface.right);
class Reconstructor {
 public:
  // Opens a sampler checkpoint and the hand file it was trained with. Throws Error (another hand file, kind or format).
  static Reconstructor open(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                            torch::Device device = torch::kCPU, const ReconstructorOptions& options = {});
  // The same for keypoints alone: a cue stage's checkpoint will do too. Throws Error also where the network needs more than
  // keypoints.
  static Reconstructor open_for_keypoints(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                          torch::Device device = torch::kCPU, const ReconstructorOptions& options = {});

  // Takes over a network: moves it to the device and to evaluation mode. Throws Error on options out of range.
  Reconstructor(Sampler network, const HandModel& hand, torch::Device device = torch::kCPU,
                const ReconstructorOptions& options = {}, CheckpointInfo info = {});

  // bgr: 8-bit picture as cv::imread gives it (grey and BGRA will do); box: px, both hands. Throws Error when the box or the
  // picture is unusable; LeftOut `box_outside`, `box_too_large`, `behind_camera` (a vertex at z <= 0) or `not_finite`.
  // Deterministic: the draws follow from the options' seed.
  ReconstructedHands operator()(const cv::Mat& bgr, const cv::Rect& box) const;
  // camera: of the photograph where it is known; goes before the options' focal length.
  ReconstructedHands reconstruct(const cv::Mat& bgr, const Box& box, const std::optional<Pinhole>& camera = std::nullopt) const;
  // Hands of 2D joints, without a picture (infer/keypoint_fit/keypoint_sampling.h); the options' focal length is not looked at. A
  // hand without keypoints is absent. Throws Error where no hand has six joints; LeftOut as above.
  ReconstructedHands reconstruct(const FitTarget& target) const;

  const CheckpointInfo& info() const { return info_; }
  const TwoHands& hands() const { return *hands_; }

 private:
  torch::Tensor spread_of(const Reconstruction& reconstruction) const;  // (2,21)
  // Everything that follows from `network`; a hand that was `shown` must lie before the camera.
  void place(ReconstructedHands& out, const Camera& crop, const PerHand<bool>& shown) const;
  ReconstructedHands sampled(const FitTarget& target) const;

  mutable Sampler network_;
  std::shared_ptr<const TwoHands> hands_;
  CheckpointInfo info_;
  torch::Device device_;
  ReconstructorOptions options_;
};

// Whether `hand` is the file that `info` names (by hash). Throws Error saying what to pass otherwise.
void require_same_hand(const CheckpointInfo& info, const HandModel& hand, const std::filesystem::path& file);

}  // namespace interprior
