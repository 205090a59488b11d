#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flags.h"
#include "interprior/base/progress.h"
#include "interprior/base/stage_times.h"
#include "interprior/base/table.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstructor.h"
#include "output_place.h"
#include "video_output.h"

namespace interprior {

// One pair of hands of a frame.
struct PredictedPair {
  std::string name;   // of its outputs
  size_t number = 0;  // among the frame's pairs
  PhotoBoxSource box_source = PhotoBoxSource::whole_image;
  std::optional<PhotoCameraSource> camera_source;  // empty: as the reconstruction says
  ReconstructionAttempt attempt;
};

// A frame with its hands, or that an input has ended.
struct PredictedFrame {
  size_t input = 0;
  Frame frame;
  std::vector<PredictedPair> pairs;
  LeftOutList left_out;
  bool ends_input = false, whole = false;  // whole: not stopped before its end
  bool without_keypoints = false;          // skipped: the keypoints file has no entry for it
};

// Writes what `interprior predict` found, frame by frame in their order, and its table, warnings and list at the end.
class PredictionOutput {
 public:
  // times: with --profile, otherwise null. names: of all outputs; those of the inputs are taken. Throws Error if the outputs
  // cannot be written.
  PredictionOutput(const PredictFlags& flags, const std::vector<Input>& inputs, const TwoHands& hands, OutputNames& names,
                   StageTimes* times);
  // Starts the progress of writing. count: number of inputs.
  void begin(size_t count) { progress_.emplace("predict", static_cast<int64_t>(count)); }
  // Throws Error if a file cannot be written: nothing more should be added.
  void add(PredictedFrame frame);
  // Writes the features of a frame and drops the networks' outputs, which `add` then does without: for frames that wait for
  // others of their sequence. Throws Error as `add` does.
  void add_features(PredictedFrame& frame);
  // After a failure: completes the video that was being written and the features, if possible.
  void close_anyway();

  void print_table() const;
  void print_warnings() const;
  void print_left_out() const;
  void leave_out(const std::string& reason, const std::string& sentence) { left_out_.add(reason, sentence); }
  void leave_out_kind(const std::string& extension, int64_t files) { left_out_.add_kind(extension, files); }
  void close_features();

  size_t inputs_done() const { return inputs_done_; }
  size_t reconstructions() const { return table_.rows.size() - 1; }
  const LeftOutList& left_out() const { return left_out_; }

 private:
  void begin_video(const Input& input, const Frame& frame);
  void end_input(const PredictedFrame& frame);
  // False if the pair is left out.
  bool prepare(PredictedPair& pair, const Frame& frame);
  void write(const PredictedPair& pair, const Frame& frame);

  std::optional<OutputFolder> folder_;
  PredictFlags flags_;
  ReconstructionKinds kinds_;
  const std::vector<Input>& inputs_;
  const TwoHands& hands_;
  OutputNames& names_;
  std::vector<std::string> animations_;  // names of the videos' first animated GLB, by input
  StageTimes* times_;
  std::optional<Progress> progress_;
  std::optional<FeaturesFile> features_;
  std::optional<VideoOutput> video_;  // that is being written
  Table table_;
  struct Noted {
    int64_t count = 0;
    std::string first;
  };
  std::map<std::string, Noted> warnings_;
  LeftOutList left_out_;
  std::vector<std::string> video_lines_;  // what was measured in each video
  int64_t without_keypoints_ = 0;
  // Progress counts an image as 1 and a video of known length by its frames.
  int64_t progress_done_ = 0, units_of_input_ = 1, frames_of_input_ = 0;
  size_t inputs_done_ = 0, rows_before_video_ = 0;
};

}  // namespace interprior
