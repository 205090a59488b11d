#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interprior/geometry/animated_glb.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/hand_smoothing.h"
#include "interprior/infer/jitter.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/video_files.h"
#include "interprior/render/overlay.h"
#include "output_names.h"

namespace interprior {

// Throws Error if an MP4 cannot be written, and if one is named but no input is a video and images get no overlay.
void require_video_outputs(const ReconstructionKinds& kinds, const std::vector<Input>& inputs);

// Names of the animated GLB of the first pair of each video, by input; empty for images and without GLB.
std::vector<std::string> animation_names(const ReconstructionKinds& kinds, const std::vector<Input>& inputs, OutputNames& names);

// What is written of one video: lines, overlay and animated meshes; with smoothing of its hands.
class VideoOutput {
 public:
  // kinds: json, mp4 and glb are written here. rate: of the MP4, frames per second, 0: unknown.
  // animation: name of the first pair's animated GLB; those of others come from `names`.
  VideoOutput(const std::string& folder, const std::string& name, double rate, const ReconstructionKinds& kinds,
              const std::string& animation, OutputNames& names);

  // Smooths the hands of pair `number`, in place. Throws LeftOut if a hand comes behind the camera.
  void smooth(const Frame& frame, size_t number, ReconstructedHands& hands, const TwoHands& models);
  // The pairs of one frame by their number, with a name each.
  struct Pair {
    std::string name;
    size_t number = 0;
    const ReconstructedHands* hands = nullptr;
  };
  void add(const Frame& frame, const std::vector<Pair>& pairs);
  // Publishes all files, also if some of them throw Error. Warns of animations without a hand, which are not written.
  void close();
  // Why meshes are missing at the end of an animation.
  const std::optional<LeftOut>& cut() const { return cut_; }
  // "jitter 3.1 mm per frame^2, smoothed 0.8"; empty for fewer than three frames.
  std::string jitter_text() const;

 private:
  AnimatedGlb& animation_of(size_t number, double seconds);
  void add_meshes(double seconds, const std::vector<Pair>& pairs);
  void warn_without_meshes(size_t number) const;

  std::string folder_, name_, animation_;
  OutputNames& names_;
  ReconstructionKinds kinds_;
  VideoFiles files_;
  SideViewScale side_scale_;
  std::map<size_t, HandSmoothing> smoothing_;  // by number of the pair
  std::map<size_t, std::unique_ptr<AnimatedGlb>> animations_;
  struct Measured {
    Jitter before, after;
  };
  std::map<size_t, Measured> jitter_;
  std::optional<LeftOut> cut_;
};

}  // namespace interprior
