#include "fitted_videos.h"

#include <utility>

namespace interprior {

FittedVideos::FittedVideos(const std::string& folder, const ReconstructionKinds& kinds, const std::vector<Input>& inputs,
                           OutputNames& names)
    : folder_(folder), kinds_(kinds), inputs_(inputs), names_(names), animations_(animation_names(kinds, inputs, names)) {
  require_video_outputs(kinds, inputs);
  kinds_.json = false;  // one file per pair of hands, for the page
}

std::optional<size_t> FittedVideos::wait(const Input& input, const Frame& frame) {
  if (!input.video || !(kinds_.mp4 || kinds_.glb)) return std::nullopt;
  waiting_.push_back({&input, frame, {}});
  if (!kinds_.mp4) waiting_.back().frame.bgr.release();
  return waiting_.size() - 1;
}

void FittedVideos::add(size_t frame, const std::string& name, size_t pair, ReconstructedHands hands) {
  waiting_[frame].hands.push_back({name, pair, std::move(hands)});
}

void FittedVideos::write(LeftOutList& left_out) {
  for (const Waiting& one : waiting_) {
    if (!video_ || one.input != input_) {
      close(left_out);
      input_ = one.input;
      video_.emplace(folder_, input_->name, one.frame.rate, kinds_, animations_[static_cast<size_t>(input_ - inputs_.data())],
                     names_);
    }
    std::vector<VideoOutput::Pair> pairs;
    for (const auto& [name, pair, hands] : one.hands) pairs.push_back({name, pair, &hands});
    video_->add(one.frame, pairs);
  }
  waiting_.clear();
}

void FittedVideos::close(LeftOutList& left_out) {
  if (!video_) return;
  video_->close();
  if (video_->cut()) left_out.add(*video_->cut());
  video_.reset();
}

}  // namespace interprior
