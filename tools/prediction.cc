#include "prediction.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/base/progress.h"
#include "interprior/infer/hand_file.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/train/device.h"
#include "run_commands.h"

namespace interprior {
namespace {

constexpr size_t kMaxLines = 50;  // printed per reason

// Requires a sampler for images, and a sampler or cue stage for keypoints; checked before the keypoints are read.
CheckpointInfo checkpoint_of(const PredictFlags& flags) {
  CheckpointInfo info = read_checkpoint_info(Safetensors(flags.checkpoint));
  const bool keypoints = !flags.keypoints.empty();
  if (info.kind == "sampler" || (keypoints && info.kind == "cues")) return info;
  throw Error(c10::str(info.kind == "cues" ? "cue-stage" : info.kind, " checkpoint given; a sampler",
                       keypoints ? " or cue-stage" : "", " checkpoint is required"),
              flags.checkpoint,
              info.kind == "prior" ? "use `interprior fit` with a prior, or pass the checkpoint of `interprior train cues`"
              : info.kind == "cues"
                  ? "a cue stage reads no images: pass --keypoints, or the checkpoint of `interprior train sampler`"
                  : "");
}

Reconstructor opened(const PredictFlags& flags) {
  const CheckpointInfo info = checkpoint_of(flags);
  const std::string hand = flags.hand.empty() ? hand_file_of(info, flags.checkpoint).string() : flags.hand;
  const ReconstructorOptions options{flags.focal, flags.hypotheses, 0, flags.presence};
  const torch::Device device = device_named(flags.device);
  return flags.keypoints.empty() ? Reconstructor::open(flags.checkpoint, hand, device, options)
                                 : Reconstructor::open_for_keypoints(flags.checkpoint, hand, device, options);
}

std::optional<KeypointChoice> keypoints_of(const PredictFlags& flags, const std::vector<Input>& inputs) {
  if (flags.keypoints.empty()) return std::nullopt;
  return KeypointChoice(flags.keypoints, flags.accept, flags.camera, flags.focal, inputs);
}

std::string in_millimetres(const torch::Tensor& metres) {
  return number(metres.to(torch::kCPU, torch::kFloat64).mean().item<double>() * 1000, 1);
}

std::string presence_cell(const ReconstructedHands& hands, Side side) {
  return number(hands.presence[side], 2) + (hands.present[side] ? "" : " absent");
}

Inputs checked_inputs(const PredictFlags& flags) {
  Inputs inputs = find_inputs({flags.inputs.begin(), flags.inputs.end()});
  for (const Input& input : inputs.files) {
    std::error_code not_there;
    const std::filesystem::path folder = input.file.has_parent_path() ? input.file.parent_path() : ".";
    require(!std::filesystem::equivalent(folder, flags.out, not_there),
            "the output folder holds the input images: overlays would be inputs of the next run", flags.out,
            "choose another folder with --out");
  }
  return inputs;
}

std::string counted(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += c10::str(text.empty() ? "" : ", ", name_text(name), ": ", count);
  return text;
}

}  // namespace

Prediction::Prediction(const PredictFlags& flags)
    : flags_(flags),
      kinds_(reconstruction_kinds(flags.write)),
      inputs_(checked_inputs(flags)),
      pairs_(flags, inputs_.files),
      keypoints_(keypoints_of(flags, inputs_.files)),
      reconstruct_(opened(flags)),
      table_{"",
             {{"image", "right wrist depth, m", "wrist to wrist, mm", "joint std, mm", "right present", "left present", "box",
               "camera"}}} {
  const bool videos = std::any_of(inputs_.files.begin(), inputs_.files.end(), [](const Input& input) { return input.video; });
  if (videos && kinds_.overlay) require_video_encoder();
  make_folder(flags.out);
  if (!flags.features.empty()) features_.emplace(flags.features);
  for (const Input& input : inputs_.files) taken_.insert(input.name);
  for (const auto& [extension, count] : inputs_.unread) left_out_.add_kind(extension, count);
}

void Prediction::begin_frame(const Input& input, const Frame& frame) {
  if (!input.video) return;
  if (!video_) video_.emplace(flags_.out, input.name, frame.rate, kinds_.json);
  if (kinds_.overlay) video_image_ = frame.bgr.clone();
}

size_t Prediction::read_inputs(const StopSignal& stop) {
  size_t done = 0;
  Progress progress("predict", static_cast<int64_t>(inputs_.files.size()));
  for (const Input& input : inputs_.files) {
    if (stop.requested()) break;
    bool whole = true;
    try {
      for_each_frame(input, [&](const Frame& frame) {
        begin_frame(input, frame);
        add_frame(input, frame);
        if (video_ && kinds_.overlay) video_->add_image(video_image_);
        progress.update(static_cast<int64_t>(done), frame.name);
        return whole = !input.video || !stop.requested();
      });
    } catch (const LeftOut& error) {
      left_out_.add(error);
    }
    if (video_) video_->close();
    video_.reset();
    if (whole) ++done;
    progress.update(static_cast<int64_t>(done));
  }
  if (keypoints_ && done == inputs_.files.size())
    for (const std::string& key : keypoints_->unused())
      left_out_.add("image_missing", name_text(key) + " of " + flags_.keypoints + " is none of the images");
  return done;
}

// Without images each entry of the keypoints file is an input.
size_t Prediction::read_keypoints_alone(const StopSignal& stop) {
  size_t done = 0;
  const std::vector<KeypointImage>& images = keypoints_->images();
  Progress progress("predict", static_cast<int64_t>(images.size()));
  for (const KeypointImage& image : images) {
    if (stop.requested()) break;
    try {
      add_keypoints(plain_name(image.key), {"", name_text(image.key), 0, 0, {}}, image);
    } catch (const LeftOut& error) {
      left_out_.add(error);
    }
    progress.update(static_cast<int64_t>(++done));
  }
  return done;
}

// After a failed write: keeps what can be kept.
void Prediction::close_video_anyway() {
  try {
    if (video_) video_->close();
  } catch (const Error& problem) {
    log_warning(problem.what());
  }
}

void Prediction::run() {
  const bool alone = flags_.inputs.empty();
  const size_t total = alone ? keypoints_->images().size() : inputs_.files.size();
  size_t done = 0;
  const StopSignal stop;  // also while table and features are written
  try {
    done = alone ? read_keypoints_alone(stop) : read_inputs(stop);
  } catch (const Error&) {  // a failed write ends the command; files written before are complete
    close_video_anyway();
    print_table();
    throw;
  }
  report();
  if (features_) features_->close();
  const size_t made = table_.rows.size() - 1;
  if (done < total)
    throw Interrupted(c10::str(done, " of ", total, " inputs done, ", made, " reconstruction(s) in ", flags_.out,
                               "; run predict on the other inputs to continue"));
  if (made == 0)
    throw Error("no image could be reconstructed, " + left_out_.summary(),
                name_text(alone ? flags_.keypoints : flags_.inputs.front()),
                left_out_.lines(1).empty() ? "pass images, folders or videos" : left_out_.lines(1).front());
  if (!left_out_.empty())
    throw Error(c10::str(left_out_.count(), " left out: ", left_out_.summary()), flags_.out,
                "everything else is written; the lines above name them");
}

void Prediction::add_frame(const Input& input, const Frame& frame) {
  try {
    if (keypoints_) {
      const KeypointImage* image = keypoints_->of(input, frame.name);
      if (image == nullptr) {
        ++without_keypoints_;
        return;
      }
      return add_keypoints(input.name, frame, *image);
    }
    const std::vector<PairChoice::Pair> pairs = pairs_.of(input, frame);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const PairChoice::Pair& pair = pairs[i];
      add(free_name(input.name, pairs.size() > 1 ? c10::str(frame.name, "_", i + 1) : frame.name), frame, [&] {
        ReconstructedHands hands = reconstruct_.reconstruct(frame.bgr, pair.box, pair.camera);
        hands.box_source = pair.box_source;
        if (pair.camera) hands.camera_source = pair.camera_source;
        return hands;
      });
    }
  } catch (const LeftOut& error) {
    left_out_.add(error);
  }
}

void Prediction::add_keypoints(const std::string& input_name, const Frame& frame, const KeypointImage& image) {
  const std::string name = frame.name.empty() ? input_name : frame.name;
  for (const KeypointChoice::Pair& pair : keypoints_->pairs_of(image, frame.bgr.size(), left_out_)) {
    Frame shown = frame;
    if (shown.bgr.empty()) shown.bgr = grey_image(image, pair.target.camera);
    add(free_name(input_name, image.pairs.size() > 1 ? c10::str(name, "_", pair.number + 1) : name), shown, [&] {
      ReconstructedHands hands = reconstruct_.reconstruct(pair.target);
      hands.camera_source = pair.camera_source;
      return hands;
    });
  }
}

void Prediction::add(const std::string& name, const Frame& frame, const std::function<ReconstructedHands()>& reconstruct) {
  ReconstructedHands hands;
  try {
    hands = reconstruct();
  } catch (const LeftOut& error) {
    return left_out_.add(error.reason(), name + ": " + error.what());
  } catch (const Error& error) {
    return left_out_.add("not_reconstructed", name + ": " + error.what());
  }
  write(name, frame, hands);
  for (const std::string& word : warnings_of(hands)) {
    Noted& noted = warnings_[word];
    if (noted.count++ == 0) noted.first = name;
  }
  table_.rows.push_back({name, number(hands.right_wrist_in_camera[2].item<double>(), 3),
                         in_millimetres((hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]).norm()),
                         hands.joint_stddev.defined() ? in_millimetres(hands.joint_stddev) : "-",
                         presence_cell(hands, Side::right), presence_cell(hands, Side::left), name_of(hands.box_source),
                         name_of(hands.camera_source)});
  if (features_) features_->add(name, hands.network);
}

void Prediction::write(const std::string& name, const Frame& frame, const ReconstructedHands& hands) {
  ReconstructionKinds kinds = kinds_;
  if (video_) {
    if (kinds.json) video_->add(reconstruction_json_line(name, hands, frame.source));
    if (kinds.overlay) cv::cvtColor(reconstruction_overlay(video_image_, hands), video_image_, cv::COLOR_RGB2BGR);
    kinds.json = kinds.overlay = false;
  }
  write_reconstruction(flags_.out, name, frame.bgr, hands, frame.source, kinds);
}

std::string Prediction::free_name(const std::string& input_name, const std::string& wanted) {
  if (wanted == input_name && !flags_.inputs.empty()) return wanted;  // reserved in the constructor
  std::string name = wanted;
  for (int copy = 2; !taken_.insert(name).second; ++copy) name = c10::str(wanted, "_", copy);
  return name;
}

void Prediction::print_table() const {
  if (table_.rows.size() > 1) std::fputs(text_table(table_).c_str(), stdout);
  std::printf("%zu reconstruction(s) in %s", table_.rows.size() - 1, flags_.out.c_str());
  if (!left_out_.empty()) std::printf(", %lld left out", static_cast<long long>(left_out_.count()));
  std::printf("\n");
}

void Prediction::report() const {
  const size_t made = table_.rows.size() - 1;
  if (made > 0) print_table();
  for (const auto& [word, noted] : warnings_)
    log_warning(c10::str(word, ": ", noted.count, " of ", made, ", first ", noted.first, ": ", warning_text(word)));
  pairs_.report_unused();
  if (without_keypoints_ > 0) log_info(c10::str(without_keypoints_, " image(s) without keypoints were skipped"));
  const std::string others = counted(inputs_.others);
  if (!others.empty()) log_info("not read, as they are no images: " + others);
  if (inputs_.subfolders > 0) log_info(c10::str(inputs_.subfolders, " subfolder(s) were skipped"));
  for (const std::string& line : left_out_.lines(kMaxLines)) log_warning("left out, " + line);
  if (!inputs_.unread.empty()) log_warning("left out, unknown_format: " + counted(inputs_.unread));
}

void predict(const PredictFlags& flags) { Prediction(flags).run(); }

}  // namespace interprior
