#pragma once
#include <map>
#include <opencv2/core.hpp>
#include <set>
#include <string>
#include <vector>

#include "flags.h"
#include "interprior/base/table.h"
#include "interprior/infer/inputs.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "keypoint_choice.h"

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
  };
  void add_image(const KeypointImage& image, const std::string& name, const std::string& source, const cv::Mat& bgr);
  void read_inputs();
  void fit_waiting();
  void fit_sequence();
  void write(const Job& job, KeypointFitResult result);
  void write_minima(const std::string& name, const ReconstructedHands& hands) const;
  void write_hands();
  void report();
  std::string free_name(const std::string& wanted);

  const FitFlags& flags_;
  ReconstructionKinds kinds_;
  Inputs inputs_;
  KeypointChoice keypoints_;
  KeypointFit fit_;
  std::vector<Job> waiting_;
  std::set<std::string> taken_;
  LeftOutList left_out_;
  std::map<std::string, std::pair<int64_t, std::string>> warnings_;  // count, and the first pair
  std::vector<std::string> samples_;
  std::vector<torch::Tensor> pose_, shape_, translation_, joints_, valid_, camera_;
  Table table_;
};

}  // namespace interprior
