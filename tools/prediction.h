#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flags.h"
#include "interprior/base/bounded_queue.h"
#include "interprior/base/stage_times.h"
#include "interprior/base/stop_signal.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/reconstructor.h"
#include "keypoint_choice.h"
#include "output_names.h"
#include "pair_choice.h"
#include "prediction_output.h"

namespace interprior {

// `interprior predict`: reads, reconstructs and writes every input, in three threads, then prints a table, warnings and what was
// left out.
class Prediction {
 public:
  explicit Prediction(const PredictFlags& flags);
  // Throws Error at the end when anything was left out, at once when nothing can be written; Interrupted after a stop signal.
  void run();

 private:
  using Frames = BoundedQueue<PredictedFrame>;
  using Receive = std::function<void(PredictedFrame)>;
  using Stopped = std::function<bool()>;
  // Reads all inputs, passes their frames through `predict`, which sends them on, and gives them to `receive`, in order.
  void pass(const Stopped& stopped, const std::function<void(Frames& read, Frames& predicted)>& predict, const Receive& receive);
  // The reading thread.
  void read_inputs(Frames& frames, const Stopped& stopped);
  void read_keypoints_alone(Frames& frames, const Stopped& stopped);

  // Until a stop signal.
  void predict_frames(Frames& read, Frames& predicted, const Stopped& stopped);
  // Adds a frame's pairs of hands: their photos go to `photos`; keypoints are reconstructed at once.
  void add_pairs(PredictedFrame& frame, std::vector<PhotoOfHands>& photos);
  void add_keypoints(PredictedFrame& frame, const KeypointImage& image);
  // Reconstructs the photos in one pass and sends the frames. False if the receiver has given up.
  bool send(std::vector<PredictedFrame>& pending, std::vector<PhotoOfHands>& photos, Frames& predicted);

  // With --one-shape: predicts all frames, then reads the inputs again to write them with the shapes of their sequence.
  void predict_in_two_passes(const Stopped& stopped);
  std::deque<PredictedFrame> predicted_frames(const Stopped& stopped);
  // The person of a sequence: a pair of a video, or of the images together.
  using Person = std::pair<size_t, size_t>;
  Person person_of(const PredictedFrame& frame, const PredictedPair& pair) const;
  std::map<Person, PerHand<torch::Tensor>> shapes_of(const std::deque<PredictedFrame>& frames) const;
  void give_shape(PredictedFrame& frame, std::map<Person, PerHand<torch::Tensor>>& shapes) const;
  size_t input_count() const { return flags_.inputs.empty() ? keypoints_->images().size() : inputs_.files.size(); }

  // With bf16: how far the joints of the first batch are from those in fp32.
  void measure_precision(const std::vector<PhotoOfHands>& photos, const std::vector<ReconstructionAttempt>& attempts);

  void report(size_t total);
  void print_profile(double seconds) const;

  PredictFlags flags_;
  std::shared_ptr<StageTimes> times_;  // with --profile
  Inputs inputs_;
  PairChoice pairs_;
  std::optional<KeypointChoice> keypoints_;
  Reconstructor reconstruct_;
  std::optional<Reconstructor> in_fp32_;  // until the first batch
  OutputNames names_;
  PredictionOutput output_;
};

}  // namespace interprior
