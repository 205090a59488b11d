#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the command line gives each command. Plain values: they are filled without LibTorch.
namespace interprior {

struct TrainFlags {
  std::string stage;   // prior, cues, sampler; empty: all of them, one after the other
  std::string config;  // file of the stage, or folder of all
  std::string run, device;
  std::vector<std::string> set, accept;
  bool resume = false;
  int64_t stop_after = 0;
  std::string replay;
};

struct EvaluateFlags {
  std::string checkpoint, data, split = "test", hand, out, device, predictions, truth, against, box, part, annotations;
  std::vector<std::string> protocols, accept;
  int64_t hypotheses = 1, batch = 32, workers = 1, samples = 10000, threads = 0;
  double temperature = 1;
  bool json = false, latex = false, without_surfaces = false, merge = false;
};

struct PredictFlags {
  std::string checkpoint, box, boxes, keypoints, camera, hand, out = "predictions";
  std::string write = "json,overlay", features, precision = "fp32", device;
  std::vector<std::string> inputs, accept;
  double focal = 0, presence = 0.5;
  int64_t hypotheses = 8, batch = 8, max_frames = 0;  // max_frames: of each video; 0: all
  bool smooth = false, one_shape = false, profile = false, cuda_graphs = false;
};

struct FitFlags {
  std::string checkpoint, keypoints, out = "fits", write = "json,overlay", hand, camera, cues, device, prior = "gaussian";
  std::vector<std::string> inputs, accept;
  double focal = 0, sigma = 0.02;
  int64_t batch = 16, starts = 12, minima = 2;
  bool numbers_only = false, sequence = false;
  double motion = 10;  // mm
};

struct SampleFlags {
  std::string checkpoint, out, hand, draw, device;
  int64_t count = 1000, seed = 0;
  double temperature = 0;  // 0: the checkpoint's
  std::vector<int64_t> interpolate;
};

struct SynthesisFlags {
  std::string out, hand;
  int64_t seed = 0, threads = 0;
  double views = 180, hand_variety = 0;
};

struct SynthesizePatternsFlags : SynthesisFlags {
  int64_t count = 10000;
};

struct SynthesizeImagesFlags : SynthesisFlags {
  int64_t count = 1000, patterns = 0, width = 334, height = 512;
  double variety = 1;
};

struct PrepareHandFlags {
  std::string out, mano;
  std::vector<int64_t> tips;
  bool procedural = false;
};

struct PrepareInterHandFlags {
  std::string root, out, pack, hand, split = "all";
  std::vector<std::string> accept;
  bool scan = false;
  int64_t threads = 0;
};

struct PrepareTwoHandFlags {
  std::vector<std::string> sources, accept;
  std::string out, hand, device;
  std::optional<int64_t> rebuild;
  int64_t seed = 0, threads = 0;
};

struct PrepareWeightsFlags {
  std::string input, out, trunk = "resnet50";
};

struct SweepFlags {
  std::string config, base, run, only, until, device;
  std::vector<std::string> set, metrics;
  std::optional<int64_t> seed;
  bool list = false;
};

struct InspectFlags {
  std::string path, split = "all", hand, heatmaps, sample, draw;
  int64_t count = 12, seed = 0;
  bool json = false;
};

struct ExplainFlags {
  std::string key, kind;
};

struct FigureFlags {
  std::vector<std::string> predictions, names, ids, accept;
  std::vector<std::string> views = {"camera"};
  std::string truth, hand, out, data, images, protocol = "intaghand";
  int64_t worst = 0, random = 0, seed = 0;  // 0: not requested
  int64_t cell = 256, width = 0;            // px; width 0: by cell
  double error_max = 30;                    // mm
  double page_width = 0;                    // pt; 0: by the size in px
  double text = 0;                          // pt; 0: by the size of the cells
  bool errors = false, overlay = false, transparent = false, without_ids = false;
};

struct ReportFlags {
  std::string folder;
};

}  // namespace interprior
