#include "prediction_output.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/infer/hypothesis_file.h"
#include "interprior/infer/reconstruction_warnings.h"

namespace interprior {
namespace {

constexpr size_t kMaxLines = 50;  // printed per reason

std::string in_millimetres(const torch::Tensor& metres) {
  return number(metres.to(torch::kCPU, torch::kFloat64).mean().item<double>() * 1000, 1);
}

std::string presence_cell(const ReconstructedHands& hands, Side side) {
  return number(hands.presence[side], 2) + (hands.present[side] ? "" : " absent");
}

}  // namespace

PredictionOutput::PredictionOutput(const PredictFlags& flags, const std::vector<Input>& inputs, const TwoHands& hands,
                                   OutputNames& names, StageTimes* times)
    : flags_(flags),
      kinds_(reconstruction_kinds(flags.write)),
      inputs_(inputs),
      hands_(hands),
      names_(names),
      animations_(animation_names(kinds_, inputs, names)),
      times_(times),
      table_{"",
             {{"image", "right wrist depth, m", "wrist to wrist, mm", "joint std, mm", "right present", "left present", "box",
               "camera"}}} {
  const bool videos = std::any_of(inputs.begin(), inputs.end(), [](const Input& input) { return input.video; });
  require(videos || !flags.smooth, "there is no video to smooth", "--smooth", "pass a video; images have no times");
  kinds_.mp4 = kinds_.mp4 || kinds_.overlay;
  require_video_outputs(kinds_, inputs);
  folder_.emplace(flags.out);
  if (!flags.features.empty()) features_.emplace(flags.features);
}

void PredictionOutput::begin_video(const Input& input, const Frame& frame) {
  if (!input.video || video_) return;
  rows_before_video_ = table_.rows.size();
  video_.emplace(flags_.out, input.name, frame.rate, kinds_, animations_[static_cast<size_t>(&input - inputs_.data())], names_);
  if (frame.announced == 0) return;
  units_of_input_ = flags_.max_frames > 0 ? std::min(frame.announced, flags_.max_frames) : frame.announced;
  progress_->add_to_total(units_of_input_ - 1);
}

bool PredictionOutput::prepare(PredictedPair& pair, const Frame& frame) {
  try {
    if (pair.attempt.error) std::rethrow_exception(pair.attempt.error);
    ReconstructedHands& hands = *pair.attempt.hands;
    hands.box_source = pair.box_source;
    if (video_) hands.place.frame = frame.index;
    hands.place.pair = static_cast<int64_t>(pair.number) + 1;
    if (pair.camera_source) hands.camera_source = *pair.camera_source;
    if (video_ && flags_.smooth) video_->smooth(frame, pair.number, hands, hands_);
    return true;
  } catch (const LeftOut& error) {
    left_out_.add(error.reason(), pair.name + ": " + error.what());
  } catch (const Error& error) {
    left_out_.add("not_reconstructed", pair.name + ": " + error.what());
  }
  return false;
}

void PredictionOutput::add(PredictedFrame predicted) {
  if (predicted.ends_input) return end_input(predicted);
  const Frame& frame = predicted.frame;
  if (!inputs_.empty()) begin_video(inputs_[predicted.input], frame);
  left_out_.add(predicted.left_out);
  without_keypoints_ += predicted.without_keypoints ? 1 : 0;
  StageTimer timer(times_);
  std::erase_if(predicted.pairs, [&](PredictedPair& pair) { return !prepare(pair, frame); });
  if (flags_.smooth) timer.end("smoothing");
  for (const PredictedPair& pair : predicted.pairs) write(pair, frame);
  if (video_) {
    std::vector<VideoOutput::Pair> pairs;
    for (const PredictedPair& pair : predicted.pairs) pairs.push_back({pair.name, pair.number, &*pair.attempt.hands});
    video_->add(frame, pairs);
  }
  timer.end("writing");
  progress_->update(progress_done_ + std::min(++frames_of_input_, units_of_input_ - 1), frame.name);
}

void PredictionOutput::end_input(const PredictedFrame& predicted) {
  left_out_.add(predicted.left_out);
  if (video_) {
    StageTimer timer(times_);
    video_->close();
    timer.end("writing");
    if (video_->cut()) left_out_.add(*video_->cut());
    if (flags_.smooth && !video_->jitter_text().empty())
      video_lines_.push_back(inputs_[predicted.input].source + ": " + video_->jitter_text());
  }
  video_.reset();
  if (predicted.whole) ++inputs_done_;
  progress_done_ += predicted.whole ? units_of_input_ : std::min(frames_of_input_, units_of_input_);
  progress_->update(progress_done_);
  units_of_input_ = 1;
  frames_of_input_ = 0;
}

void PredictionOutput::write(const PredictedPair& pair, const Frame& frame) {
  const ReconstructedHands& hands = *pair.attempt.hands;
  ReconstructionKinds kinds = kinds_;
  if (video_) kinds.json = kinds.overlay = kinds.glb = kinds.hypotheses = false;
  if (kinds.hypotheses) write_hypothesis_meshes(flags_.out, pair.name, hands.hypotheses, hands_, hands.present);
  write_reconstruction(flags_.out, pair.name, frame.bgr, hands, frame.source, kinds);
  for (const std::string& word : warnings_of(hands, kinds.meshes())) {
    Noted& noted = warnings_[word];
    if (noted.count++ == 0) noted.first = pair.name;
  }
  table_.rows.push_back({pair.name, number(hands.right_wrist_in_camera[2].item<double>(), 3),
                         in_millimetres((hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]).norm()),
                         hands.joint_stddev.defined() ? in_millimetres(hands.joint_stddev) : "-",
                         presence_cell(hands, Side::right), presence_cell(hands, Side::left), name_of(hands.box_source),
                         name_of(hands.camera_source)});
  if (features_ && !flags_.one_shape) features_->add(pair.name, hands.network);
}

void PredictionOutput::add_features(PredictedFrame& frame) {
  for (PredictedPair& pair : frame.pairs) {
    if (!pair.attempt.hands) continue;
    if (features_) features_->add(pair.name, pair.attempt.hands->network);
    pair.attempt.hands->network = {};
  }
}

void PredictionOutput::close_anyway() {
  try {
    if (video_) video_->close();
  } catch (const Error& problem) {
    log_warning(problem.what());
    table_.rows.resize(rows_before_video_);  // nothing is left of them
  }
  try {
    close_features();
  } catch (const Error& problem) {
    log_warning(problem.what());
  }
}

void PredictionOutput::close_features() {
  if (features_) features_->close();
}

void PredictionOutput::print_table() const {
  if (reconstructions() > 0) std::fputs(text_table(table_).c_str(), stdout);
  for (const std::string& line : video_lines_) std::printf("%s\n", line.c_str());
  std::printf("%zu reconstruction(s) in %s", reconstructions(), flags_.out.c_str());
  if (!left_out_.empty()) std::printf(", %lld left out", static_cast<long long>(left_out_.count()));
  std::printf("\n");
}

void PredictionOutput::print_warnings() const {
  for (const auto& [word, noted] : warnings_)
    log_warning(c10::str(word, ": ", noted.count, " of ", reconstructions(), ", first ", noted.first, ": ", warning_text(word)));
  if (without_keypoints_ > 0) log_info(c10::str(without_keypoints_, " image(s) without keypoints were skipped"));
}

void PredictionOutput::print_left_out() const {
  for (const std::string& line : left_out_.lines(kMaxLines)) log_warning("left out, " + line);
}

}  // namespace interprior
