#include "video_output.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <exception>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/table.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/infer/repose.h"
#include "interprior/render/hand_colour.h"

namespace interprior {

void require_video_outputs(const ReconstructionKinds& kinds, const std::vector<Input>& inputs) {
  const bool videos = std::any_of(inputs.begin(), inputs.end(), [](const Input& input) { return input.video; });
  require(videos || kinds.overlay || !kinds.mp4, "there is no video, so no mp4", "--write",
          "pass a video, or choose overlay, which images have too");
  if (videos && kinds.mp4) require_video_encoder();
}

std::vector<std::string> animation_names(const ReconstructionKinds& kinds, const std::vector<Input>& inputs, OutputNames& names) {
  std::vector<std::string> animations;
  for (const Input& input : inputs)
    animations.push_back(input.video && kinds.glb ? names.free(input.name + "_animated") : std::string());
  return animations;
}

VideoOutput::VideoOutput(const std::string& folder, const std::string& name, double rate, const ReconstructionKinds& kinds,
                         const std::string& animation, OutputNames& names)
    : folder_(folder), name_(name), animation_(animation), names_(names), kinds_(kinds), files_(folder, name, rate, kinds.json) {}

void VideoOutput::smooth(const Frame& frame, size_t number, ReconstructedHands& hands, const TwoHands& models) {
  const auto smoothing = smoothing_.try_emplace(number, models.model).first;
  jitter_[number].before.add(hands.joints_in_camera, hands.present);
  repose(hands, smoothing->second.add(frame.seconds, hands.mano, hands.present), models);
  hands.sequence.smoothed = true;
}

void VideoOutput::add(const Frame& frame, const std::vector<Pair>& pairs) {
  std::vector<const ReconstructedHands*> all;
  for (const Pair& pair : pairs) {
    all.push_back(pair.hands);
    jitter_[pair.number].after.add(pair.hands->joints_in_camera, pair.hands->present);
    if (kinds_.json) files_.add(reconstruction_json_line(pair.name, *pair.hands, frame.source));
  }
  for (auto& [number, jitter] : jitter_) {
    const bool here = std::any_of(pairs.begin(), pairs.end(), [n = number](const Pair& pair) { return pair.number == n; });
    if (here) continue;
    jitter.before.add({}, {false, false});
    jitter.after.add({}, {false, false});
  }
  if (kinds_.glb) add_meshes(frame.seconds, pairs);
  if (!kinds_.mp4) return;
  cv::Mat image;
  cv::cvtColor(reconstruction_overlay(frame.bgr, all, &side_scale_), image, cv::COLOR_RGB2BGR);
  files_.add_image(image);
}

AnimatedGlb& VideoOutput::animation_of(size_t number, double seconds) {
  std::unique_ptr<AnimatedGlb>& animation = animations_[number];
  if (animation) return *animation;
  const std::string name = number == 0 ? animation_ : names_.free(c10::str(name_, "_", number + 1, "_animated"));
  std::vector<AnimatedSurface> surfaces;
  for (const Side side : kSides) surfaces.push_back({side_name(side), linear_hand_colour(side)});
  animation = std::make_unique<AnimatedGlb>(folder_ + "/" + name + ".glb", surfaces);
  if (seconds > 0) animation->add(0, {nullptr, nullptr});  // hidden until then
  return *animation;
}

void VideoOutput::add_meshes(double seconds, const std::vector<Pair>& pairs) {
  for (const Pair& pair : pairs) {
    AnimatedGlb& animation = animation_of(pair.number, seconds);
    if (!animation.has_room()) {
      if (!cut_) cut_.emplace("animation_too_long", name_ + ": the animated GLB ends before the video, at its limit of 4 GB");
      continue;
    }
    const auto shown = [&](Side side) { return pair.hands->present[side] ? &pair.hands->surface[side] : nullptr; };
    animation.add(seconds, {shown(Side::right), shown(Side::left)});
  }
  for (auto& [number, animation] : animations_)
    if (std::none_of(pairs.begin(), pairs.end(), [n = number](const Pair& pair) { return pair.number == n; }))
      animation->add(seconds, {nullptr, nullptr});
}

void VideoOutput::warn_without_meshes(size_t number) const {
  log_warning(c10::str(name_, ": no animated GLB is written", number > 0 ? c10::str(" of pair ", number + 1) : "",
                       ", as no hand of it is present in any frame; a lower --presence of `predict` shows more hands"));
}

void VideoOutput::close() {
  std::exception_ptr failure;
  const auto attempt = [&](const auto& close) {
    try {
      close();
    } catch (const Error&) {
      failure = std::current_exception();
    }
  };
  if (kinds_.glb && animations_.empty()) warn_without_meshes(0);
  for (const auto& animation : animations_)
    attempt([&] {
      if (!animation.second->close()) warn_without_meshes(animation.first);
    });
  animations_.clear();
  kinds_.glb = false;  // a second call, after a failure, warns no more
  attempt([&] { files_.close(); });
  if (failure) std::rethrow_exception(failure);
}

std::string VideoOutput::jitter_text() const {
  std::string text;
  for (const auto& [pair, jitter] : jitter_) {
    const auto before = jitter.before.mean(), after = jitter.after.mean();
    if (!after) continue;
    text += (text.empty() ? "" : "; ") + (jitter_.size() > 1 ? "pair " + std::to_string(pair + 1) + ": " : std::string());
    text += "jitter " + number(before.value_or(*after)) + " mm per frame^2" + (before ? ", smoothed " + number(*after) : "");
  }
  return text;
}

}  // namespace interprior
