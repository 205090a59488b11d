#include <c10/util/StringUtil.h>
#include <cstdio>
#include <memory>
#include <set>

#include "commands.h"
#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/metric/table.h"
#include "interprior/train/device.h"

namespace interprior {
namespace {

struct PredictFlags {
  std::string checkpoint, box, boxes, hand, out = "predictions", features, device;
  std::vector<std::string> inputs;
  double focal = 0;
  int64_t hypotheses = 8;
};

// Where the hands are in a picture: --box for all, --boxes by name, or the whole picture.
class BoxChoice {
 public:
  explicit BoxChoice(const PredictFlags& flags) : file_(flags.boxes) {
    if (!flags.box.empty()) one_ = parse_box(flags.box);
    if (!flags.boxes.empty()) named_ = read_boxes(flags.boxes);
  }
  Box of(const Frame& frame) const {
    if (one_) return *one_;
    if (file_.empty()) return {0, 0, static_cast<double>(frame.bgr.cols), static_cast<double>(frame.bgr.rows)};
    for (const auto& [name, box] : named_)
      if (name == frame.name || std::filesystem::path(name).stem() == frame.name) return box;
    throw Error("no box is given for this picture", file_, c10::str("add \"", frame.name, "\": [x, y, w, h]"));
  }

 private:
  std::string file_;
  std::optional<Box> one_;
  std::map<std::string, Box> named_;
};

std::string hand_of(const PredictFlags& flags) {
  if (!flags.hand.empty()) return flags.hand;
  const std::string recorded = read_checkpoint_info(Safetensors(flags.checkpoint), "sampler").hand_file;
  require(std::filesystem::exists(recorded),
          c10::str("the hand file that the checkpoint was trained with, '", recorded, "', is not here"), flags.checkpoint,
          "pass --hand FILE");
  return recorded;
}

std::string in_millimetres(const torch::Tensor& metres) {
  return number(metres.to(torch::kCPU, torch::kFloat64).mean().item<double>() * 1000, 1);
}

class Prediction {
 public:
  explicit Prediction(const PredictFlags& flags)
      : flags_(flags),
        boxes_(flags),
        reconstruct_(Reconstructor::open(flags.checkpoint, hand_of(flags), device_named(flags.device),
                                         {flags.focal, flags.hypotheses, 0})) {
    make_folder(flags.out);
  }

  void run() {
    for (const std::string& input : flags_.inputs)
      for_each_frame(
          input, [&](const Frame& frame) { add(frame); }, skipped_);
    for (const auto& [name, reason] : skipped_) log_warning(c10::str("skipped ", name, ": ", reason));
    require(table_.rows.size() > 1, "no picture could be reconstructed", flags_.inputs.front(),
            skipped_.empty() ? "pass pictures, folders or videos" : skipped_.begin()->second);
    if (!flags_.features.empty()) write_features(flags_.features, names_, networks_);
    std::fputs(text_table(table_).c_str(), stdout);
    std::printf("%zu picture(s) in %s", table_.rows.size() - 1, flags_.out.c_str());
    if (!skipped_.empty()) std::printf(", %zu skipped", skipped_.size());
    std::printf("\n");
  }

 private:
  void add(const Frame& frame) {
    const std::string name = free_name(frame.name);
    try {
      const ReconstructedHands hands = reconstruct_.reconstruct(frame.bgr, boxes_.of(frame));
      write_reconstruction(flags_.out, name, frame.bgr, hands);
      table_.rows.push_back({name, number(hands.right_wrist_in_camera[2].item<double>(), 3),
                             in_millimetres((hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]).norm()),
                             hands.spread.defined() ? in_millimetres(hands.spread) : "-",
                             hands.focal_source == FocalSource::given ? "given" : "assumed"});
      if (!flags_.features.empty()) {
        names_.push_back(name);
        networks_.push_back(hands.network);
      }
    } catch (const Error& error) {
      skipped_[name] = error.what();
    }
  }

  // Two folders may hold pictures of one name.
  std::string free_name(const std::string& wanted) {
    std::string name = wanted;
    for (int copy = 2; !taken_.insert(name).second; ++copy) name = c10::str(wanted, "_", copy);
    return name;
  }

  const PredictFlags& flags_;
  BoxChoice boxes_;
  Reconstructor reconstruct_;
  std::map<std::string, std::string> skipped_;
  std::set<std::string> taken_;
  std::vector<std::string> names_;
  std::vector<Reconstruction> networks_;
  Table table_{"", {{"picture", "right wrist depth, m", "wrist to wrist, mm", "spread, mm", "focal length"}}};
};

}  // namespace

void add_predict(CLI::App& app) {
  const auto flags = std::make_shared<PredictFlags>();
  CLI::App* command = app.add_subcommand("predict", "Reconstruct both hands from pictures, folders of pictures or videos");
  command->add_option("CHECKPOINT", flags->checkpoint, "a sampler (*.safetensors)")->required();
  command->add_option("INPUT", flags->inputs, "pictures, folders, videos")->required();
  CLI::Option* box =
      command->add_option("--box", flags->box, "where both hands are, px, for all pictures; default: the whole picture")
          ->type_name("x,y,w,h");
  command->add_option("--boxes", flags->boxes, "boxes by picture name: {\"name\": [x, y, w, h], ...}")
      ->type_name("FILE.json")
      ->excludes(box);
  command->add_option("--hand", flags->hand, "hand.h5, where the recorded one is elsewhere")->type_name("FILE");
  command->add_option("--out", flags->out, "folder for JSON, OBJ, PLY, GLB and overlay pictures")
      ->capture_default_str()
      ->type_name("DIR");
  command->add_option("--focal", flags->focal, "focal length of the photographs, px; default: assumed, and said so in the JSON")
      ->type_name("PX")
      ->check(CLI::PositiveNumber);
  command->add_option("--hypotheses", flags->hypotheses, "draws of z for the spread; 1: none")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 4096));
  command->add_option("--features", flags->features, "also keep F, H, M, tau, X and z of every picture in this file")
      ->type_name("FILE.h5");
  add_device_flag(*command, flags->device);
  command->callback([flags] { Prediction(*flags).run(); });
}

}  // namespace interprior
