#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "interprior/base/stop_signal.h"
#include "interprior/base/table.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/keypoints/boxes.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstructor.h"
#include "keypoint_choice.h"

namespace interprior {

struct PredictFlags {
  std::string checkpoint, box, boxes, keypoints, camera, hand, out = "predictions", features, device;
  std::vector<std::string> inputs, accept;
  double focal = 0, presence = kPresent;
  int64_t hypotheses = 8;
};

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

  const PredictFlags& flags_;
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
  Table table_;
};

}  // namespace interprior
