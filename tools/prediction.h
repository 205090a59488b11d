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

// Which boxes and which camera a picture has: of the boxes file, of the command line, or none.
class PairChoice {
 public:
  PairChoice(const PredictFlags& flags, const std::vector<Input>& inputs);

  struct Pair {
    Box box;
    PhotoBoxSource box_source = PhotoBoxSource::whole_picture;
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

// `interprior predict`: every input reconstructed and written, then a table, what is suspicious and what was left out.
class Prediction {
 public:
  explicit Prediction(const PredictFlags& flags);
  // Throws Error at the end where anything was left out, at once where nothing can be written; Interrupted after a stop.
  void run();

 private:
  void add_frame(const Input& input, const Frame& frame);
  // frame.bgr may be empty: hands are then drawn on grey.
  void add_keypoints(const std::string& input_name, const Frame& frame, const KeypointPicture& picture);
  // Writes what `reconstruct` gives, or adds why it gives nothing to what was left out.
  void add(const std::string& name, const Frame& frame, const std::function<ReconstructedHands()>& reconstruct);
  // How many were done before a stop.
  size_t read_inputs(const StopSignal& stop);
  size_t read_keypoints_alone(const StopSignal& stop);
  std::string free_name(const std::string& input_name, const std::string& wanted);
  void print_table() const;
  void report() const;

  const PredictFlags& flags_;
  Inputs inputs_;
  PairChoice pairs_;
  std::optional<KeypointChoice> keypoints_;
  int64_t without_keypoints_ = 0;  // pictures
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
