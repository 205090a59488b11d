#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "interprior/base/error.h"
#include "interprior/base/progress.h"
#include "interprior/base/table.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/infer/one_shape.h"
#include "interprior/infer/repose.h"
#include "prediction.h"

namespace interprior {
namespace {

constexpr double kLeastWeight = 1e-6;  // a hand that is nowhere visible has a shape too

// Of a sequence: nothing that can be computed or read again.
void drop_images(PredictedFrame& frame) {
  frame.frame.bgr.release();
  for (PredictedPair& pair : frame.pairs)
    if (pair.attempt.hands) pair.attempt.hands->surface = {};
}

}  // namespace

Prediction::Person Prediction::person_of(const PredictedFrame& frame, const PredictedPair& pair) const {
  const bool video = !flags_.inputs.empty() && inputs_.files[frame.input].video;
  return {video ? frame.input + 1 : 0, pair.number};
}

std::deque<PredictedFrame> Prediction::predicted_frames(const Stopped& stopped) {
  std::deque<PredictedFrame> kept;
  Progress progress("predict, first of two passes", static_cast<int64_t>(input_count()));
  int64_t done = 0;
  pass(
      stopped, [&](Frames& read, Frames& predicted) { predict_frames(read, predicted, stopped); },
      [&](PredictedFrame frame) {
        output_.add_features(frame);
        drop_images(frame);
        if (frame.frame.announced > 0 && frame.frame.index == 0) progress.add_to_total(frame.frame.announced - 1);
        if (frame.ends_input ? kept.empty() || kept.back().frame.announced == 0 : frame.frame.announced > 0) ++done;
        progress.update(done, frame.frame.name);
        kept.push_back(std::move(frame));
      });
  return kept;
}

std::map<Prediction::Person, PerHand<torch::Tensor>> Prediction::shapes_of(const std::deque<PredictedFrame>& frames) const {
  std::map<Person, OneShape> sequences;
  for (const PredictedFrame& frame : frames)
    for (const PredictedPair& pair : frame.pairs) {
      if (!pair.attempt.hands) continue;
      const ReconstructedHands& hands = *pair.attempt.hands;
      PerHand<double> weight{kLeastWeight, kLeastWeight};
      for (const Side side : kSides) {
        const double own = shape_weight(hands.presence[side], hands.joint_stddev, side);
        if (own > kLeastWeight) weight[side] = own;  // not for NaN
      }
      sequences[person_of(frame, pair)].add(hands.mano, weight);
    }
  std::map<Person, PerHand<torch::Tensor>> shapes;
  for (const auto& [person, sequence] : sequences) shapes[person] = sequence.shape();
  return shapes;
}

void Prediction::give_shape(PredictedFrame& frame, std::map<Person, PerHand<torch::Tensor>>& shapes) const {
  for (PredictedPair& pair : frame.pairs) {
    if (!pair.attempt.hands) continue;
    ReconstructedHands& hands = *pair.attempt.hands;
    try {
      repose(hands, with_shape(hands.mano, shapes[person_of(frame, pair)], reconstruct_.hands()), reconstruct_.hands());
      hands.sequence.one_shape = true;
    } catch (const Error&) {
      pair.attempt = {std::nullopt, std::current_exception()};
    }
  }
}

void Prediction::predict_in_two_passes(const Stopped& stopped) {
  std::deque<PredictedFrame> kept = predicted_frames(stopped);
  std::map<Person, PerHand<torch::Tensor>> shapes = shapes_of(kept);
  output_.begin(input_count());
  // If the first pass was stopped, its frames are written nevertheless, and the second pass ends with them.
  const Stopped stopped_again = stopped() ? Stopped([] { return false; }) : stopped;
  const auto attach = [&](Frames& read, Frames& predicted) {
    while (!kept.empty()) {
      std::optional<PredictedFrame> again = read.pop();
      if (!again) return;
      PredictedFrame frame = std::move(kept.front());
      kept.pop_front();
      const bool cut = frame.ends_input && !frame.whole;        // in the first pass
      const bool cut_now = again->ends_input && !again->whole;  // in this one
      if (again->input != frame.input || (again->ends_input != frame.ends_input && !cut && !cut_now))
        throw Error("the input has changed since it was read",
                    flags_.inputs.empty() ? flags_.keypoints : inputs_.files[frame.input].source, "run the command again");
      if (cut_now) {
        predicted.push(*std::move(again), 1);
        return;
      }
      if (!frame.ends_input && !frame.pairs.empty() && again->frame.bgr.empty() && frame.pairs.front().attempt.hands)
        again->frame.bgr = grey_image(keypoints_->images()[frame.input], frame.pairs.front().attempt.hands->camera);
      if (!frame.ends_input) frame.frame.bgr = again->frame.bgr;
      give_shape(frame, shapes);
      const size_t bytes = frame.frame.bgr.total() * frame.frame.bgr.elemSize() + 1;
      if (!predicted.push(std::move(frame), bytes)) return;
    }
  };
  pass(stopped_again, attach, [&](PredictedFrame frame) { output_.add(std::move(frame)); });
}

void Prediction::print_profile(double seconds) const {
  Table table{"", {{"stage", "s", "% of the time", "calls"}}};
  for (const StageTimes::Stage& stage : times_->stages())
    table.rows.push_back({stage.name, number(stage.seconds, 3), number(100 * stage.seconds / seconds, 0), c10::str(stage.calls)});
  std::fputs(text_table(table).c_str(), stderr);
  std::fprintf(stderr, "%.3f s in all; reading, network and writing run side by side\n", seconds);
}

}  // namespace interprior
