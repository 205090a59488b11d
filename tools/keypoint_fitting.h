#pragma once
#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fitted_videos.h"
#include "flags.h"
#include "interprior/base/table.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/inputs.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "keypoint_choice.h"
#include "output_names.h"
#include "output_place.h"

namespace interprior {

// `interprior fit`: fits and writes every pair of a keypoints file, then prints a table, warnings and what was left out.
class KeypointFitting {
 public:
  explicit KeypointFitting(const FitFlags& flags);
  // Throws Error at the end when anything was left out, at once when nothing can be written; Interrupted after a stop signal.
  void run();

 private:
  struct Job {
    std::string name, sample, source;  // of the outputs; in hands.h5; the image's path
    FitTarget target;
    PhotoCameraSource camera_source = PhotoCameraSource::given;
    cv::Mat rgb;
    size_t pair = 0;              // number among the pairs of the image
    std::optional<size_t> frame;  // of `videos_`
    PlaceInInput place;
  };
  // Throws Error if an output would replace a file that is read, or lie among the inputs.
  void require_own_outputs() const;
  // frame: with the image, or only with its name and source; input: the name of the input; waiting: the frame's number in
  // `videos_`.
  void add_image(const KeypointImage& image, const Frame& frame, const std::string& input, std::optional<size_t> waiting);
  // Return the number of inputs that were read to their end: all, unless a stop signal came.
  size_t read_inputs();
  size_t read_keypoints_alone();
  void add_frame(const Input& input, const Frame& frame);
  void fit_waiting();
  void fit_sequence();
  void warn_of_jumps(const std::vector<Job>& jobs, const std::vector<KeypointFitResult>& results) const;
  void write(const Job& job, KeypointFitResult result);
  void write_minima(const std::string& name, const ReconstructedHands& hands) const;
  void write_hands();
  void report();

  const FitFlags& flags_;
  std::optional<OutputFolder> folder_;
  ReconstructionKinds kinds_;
  Inputs inputs_;
  KeypointChoice keypoints_;
  OutputNames names_;
  OutputNames samples_taken_{{}};
  FittedVideos videos_;
  KeypointFit fit_;
  std::vector<Job> waiting_;
  LeftOutList left_out_;
  int64_t without_keypoints_ = 0;                                    // images and frames
  std::map<std::string, std::pair<int64_t, std::string>> warnings_;  // count, and the first pair
  std::vector<std::string> samples_;
  std::vector<torch::Tensor> pose_, shape_, translation_, joints_, valid_, camera_;
  Table table_;
};

}  // namespace interprior
