#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flags.h"
#include "interprior/base/stop_signal.h"
#include "interprior/base/table.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/keypoints/boxes.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/infer/video_files.h"
#include "keypoint_choice.h"

namespace interprior {

// Boxes and camera of each image: from the boxes file, from the command line, or none.
class PairChoice {
 public:
  PairChoice(const PredictFlags& flags, const std::vector<Input>& inputs);

  struct Pair {
    Box box;
    PhotoBoxSource box_source = PhotoBoxSource::whole_image;
    std::optional<Pinhole> camera;
    PhotoCameraSource camera_source = PhotoCameraSource::given;
  };
  // Throws LeftOut (`no_box`, `size_differs`).
  std::vector<Pair> of(const Input& input, const Frame& frame);
  void report_unused() const;

 private:
  std::string file_;
  std::optional<Box> box_;
  std::optional<Intrinsics> camera_;
  std::optional<BoxMatches> matches_;
};

// `interprior predict`: reconstructs and writes every input, then prints a table, warnings and what was left out.
class Prediction {
 public:
  explicit Prediction(const PredictFlags& flags);
  // Throws Error at the end when anything was left out, at once when nothing can be written; Interrupted after a stop signal.
  void run();

 private:
  void begin_frame(const Input& input, const Frame& frame);  // opens the files of a video
  void add_frame(const Input& input, const Frame& frame);
  // frame.bgr may be empty: hands are then drawn on grey.
  void add_keypoints(const std::string& input_name, const Frame& frame, const KeypointImage& image);
  // Writes the result of `reconstruct`, or adds its error to the list of what was left out.
  void add(const std::string& name, const Frame& frame, const std::function<ReconstructedHands()>& reconstruct);
  // Returns the number of inputs done before a stop signal.
  size_t read_inputs(const StopSignal& stop);
  size_t read_keypoints_alone(const StopSignal& stop);
  std::string free_name(const std::string& input_name, const std::string& wanted);
  void print_table() const;
  void report() const;

  void write(const std::string& name, const Frame& frame, const ReconstructedHands& hands);
  void close_video_anyway();

  const PredictFlags& flags_;
  ReconstructionKinds kinds_;
  Inputs inputs_;
  PairChoice pairs_;
  std::optional<KeypointChoice> keypoints_;
  int64_t without_keypoints_ = 0;  // images
  Reconstructor reconstruct_;
  LeftOutList left_out_;
  struct Noted {
    int64_t count = 0;
    std::string first;
  };
  std::map<std::string, Noted> warnings_;
  std::set<std::string> taken_;  // names of outputs
  std::optional<FeaturesFile> features_;
  std::optional<VideoFiles> video_;  // of the video that is being read
  cv::Mat video_image_;              // its current frame, BGR, with the hands found so far
  Table table_;
};

}  // namespace interprior
