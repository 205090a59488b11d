#include "keypoint_fitting.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/base/progress.h"
#include "interprior/base/stop_signal.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/hand_file.h"
#include "interprior/infer/hypothesis_file.h"
#include "interprior/infer/keypoint_fit/fit_reconstruction.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/model/checkpoint.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/report/hand_image.h"
#include "interprior/report/report.h"
#include "interprior/train/device.h"
#include "output_place.h"
#include "run_commands.h"

namespace interprior {
namespace {

constexpr size_t kMaxLines = 50;
constexpr double kSideTurn = std::numbers::pi / 2;
constexpr int kJump = 3;  // times --motion

FitOptions options_of(const FitFlags& flags) {
  FitOptions options;
  options.sigma = flags.sigma;
  options.starts = flags.starts;
  options.finished = flags.minima;
  for (const auto& [prior, name] : EnumNames<FitPrior>::table())
    if (name == flags.prior) options.prior = prior;
  options.starts = std::max(options.starts, options.finished);
  return options;
}

ReconstructionKinds kinds_of(const FitFlags& flags) {
  const ReconstructionKinds kinds = reconstruction_kinds(flags.write);
  require(!kinds.features, "`interprior fit` computes no features", "--write",
          "leave features out, or use `interprior predict --keypoints` with a cue-stage checkpoint");
  return flags.numbers_only ? ReconstructionKinds{.json = false, .overlay = false} : kinds;
}

HandModel hand_of(const FitFlags& flags, const CheckpointInfo& info) {
  const std::filesystem::path file =
      flags.hand.empty() ? hand_file_of(info, flags.checkpoint) : std::filesystem::path(flags.hand);
  const HandModel hand = read_hand_model(file);
  require_same_hand(info, hand, file);
  return hand;
}

KeypointFit opened(const FitFlags& flags) {
  CheckpointInfo info;
  const InteractionPrior prior = load_prior(flags.checkpoint, &info);
  require(info.format >= 3 || flags.prior == "code" || flags.prior == "none",
          c10::str("a prior of format ", info.format, " does not contain the covariance of its training patterns"),
          flags.checkpoint, "fit with --prior code, or train the prior again");
  const Sampler cues = flags.cues.empty() ? nullptr : load_sampler_or_cues(flags.cues);
  return {prior, hand_of(flags, info), device_named(flags.device), options_of(flags), cues};
}

// Of a pair in hands.h5: the key of its entry, or, if the entry is of a whole video, the name of the frame.
std::string sample_of(const KeypointImage& image, size_t pair, const Frame& frame, const std::string& input) {
  const std::filesystem::path key = image.key;
  const bool of_video = frame.name != input && key.filename() != frame.name && key.stem() != frame.name;
  const std::string name = of_video ? frame.name : image.key;
  return pair == 0 ? name : c10::str(name, "_", pair + 1);
}

}  // namespace

KeypointFitting::KeypointFitting(const FitFlags& flags)
    : flags_(flags),
      kinds_(kinds_of(flags)),
      inputs_(flags.inputs.empty() ? Inputs{} : find_inputs({flags.inputs.begin(), flags.inputs.end()})),
      keypoints_(flags.keypoints, flags.accept, flags.camera, flags.focal, inputs_.files),
      names_(inputs_.files),
      videos_(flags.out, kinds_, inputs_.files, names_),
      fit_(opened(flags)),
      table_{"",
             {{"pair", "right wrist depth, m", "wrist to wrist, mm", "joint std, mm", "keypoints off, % of box", "right present",
               "left present", "camera"}}} {
  if (!flags.numbers_only) require_own_outputs();
  folder_.emplace(flags.out);
  AtomicFile(flags.out + "/hands.h5");  // fails before the work when the folder cannot be written
}

void KeypointFitting::require_own_outputs() const {
  std::vector<std::string> names;
  for (const Input& input : inputs_.files) names.push_back(input.name);
  require_other_folder(flags_.out, inputs_.files);
  require_no_output(flags_.keypoints, flags_.out, names.empty() ? keypoints_.names() : names);
}

void KeypointFitting::add_image(const KeypointImage& image, const Frame& frame, const std::string& input,
                                std::optional<size_t> waiting) {
  require(!flags_.sequence || image.pairs.size() <= 1,
          c10::str(name_text(image.key), " has ", image.pairs.size(), " pairs of hands, but a sequence is of one person"),
          flags_.keypoints, "keep one pair of each image, or leave out --sequence");
  const cv::Mat& bgr = frame.bgr;
  cv::Mat rgb;
  if (!bgr.empty()) cv::cvtColor(bgr, rgb, bgr.channels() == 1 ? cv::COLOR_GRAY2RGB : cv::COLOR_BGR2RGB);
  for (KeypointChoice::Pair& pair : keypoints_.pairs_of(image, bgr.size(), left_out_)) {
    const bool several = image.pairs.size() > 1;
    Job job{names_.free(several ? c10::str(frame.name, "_", pair.number + 1) : frame.name, input),
            samples_taken_.free(sample_of(image, pair.number, frame, input)),
            frame.source,
            std::move(pair.target),
            pair.camera_source,
            rgb,
            pair.number,
            waiting,
            {}};
    if (frame.name != input) job.place.frame = frame.index;
    job.place.pair = static_cast<int64_t>(pair.number) + 1;
    if (rgb.empty() && !flags_.numbers_only) job.rgb = grey_image(image, job.target.camera);
    waiting_.push_back(std::move(job));
  }
  if (!flags_.sequence && static_cast<int64_t>(waiting_.size()) >= flags_.batch) fit_waiting();
}

void KeypointFitting::fit_waiting() {
  const std::vector<Job> jobs = std::move(waiting_);
  waiting_.clear();
  std::vector<FitTarget> targets;
  std::vector<const Job*> fitted;
  for (const Job& job : jobs) {
    targets.push_back(job.target);
    fitted.push_back(&job);
  }
  std::vector<KeypointFitResult> results;
  try {
    results = fit_(targets);
  } catch (const Error&) {  // of one pair: fits the others one by one
    results.clear();
    fitted.clear();
    for (const Job& job : jobs) {
      try {
        results.push_back(fit_({job.target}).front());
        fitted.push_back(&job);
      } catch (const Error& error) {
        left_out_.add("not_fitted", job.name + ": " + error.what());
      }
    }
  }
  for (size_t i = 0; i < results.size(); ++i) write(*fitted[i], std::move(results[i]));
  videos_.write(left_out_);
}

void KeypointFitting::fit_sequence() {
  const std::vector<Job> jobs = std::move(waiting_);
  waiting_.clear();
  std::vector<FitTarget> frames;
  for (const Job& job : jobs) frames.push_back(job.target);
  Progress progress("fit", static_cast<int64_t>(frames.size()));
  std::vector<KeypointFitResult> results = fit_.sequence(frames, flags_.motion / 1000, flags_.batch, [&](int64_t done) {
    progress.update(done);
    if (done == static_cast<int64_t>(frames.size())) log_info(c10::str(done, " frames are fitted jointly"));
  });
  warn_of_jumps(jobs, results);
  for (size_t i = 0; i < results.size(); ++i) write(jobs[i], std::move(results[i]));
  videos_.write(left_out_);
  videos_.close(left_out_);
}

void KeypointFitting::warn_of_jumps(const std::vector<Job>& jobs, const std::vector<KeypointFitResult>& results) const {
  const double allowed = kJump * flags_.motion / 1000;
  size_t count = 0, first = 0;
  for (size_t t = 1; t < results.size(); ++t) {
    double farthest = 0;
    for (const Side side : kSides) {
      if (!jobs[t].target.keypoints.hand[side] || !jobs[t - 1].target.keypoints.hand[side]) continue;
      const torch::Tensor way = results[t].best().joints_in_camera[side] - results[t - 1].best().joints_in_camera[side];
      farthest = std::max(farthest, way.norm(2, {1}).max().item<double>());
    }
    if (farthest > allowed && count++ == 0) first = t;
  }
  if (count == 0) return;
  log_warning(c10::str("jumps: ", count, " of ", results.size(), ", first ", jobs[first].name, ": a joint moves more than ",
                       kJump,
                       " times --motion from the frame before: the hands are fast, or the keypoints leave their depth open"));
}

void KeypointFitting::write(const Job& job, KeypointFitResult result) {
  ReconstructedHands hands;
  try {
    hands = reconstruction_of(std::move(result), job.target, fit_.hands());
  } catch (const LeftOut& error) {
    return left_out_.add(error.reason(), job.name + ": " + error.what());
  }
  hands.camera_source = job.camera_source;
  hands.place = job.place;
  if (!flags_.numbers_only) {
    cv::Mat bgr;
    cv::cvtColor(job.rgb, bgr, cv::COLOR_RGB2BGR);
    if (kinds_.hypotheses && !job.frame) write_minima(job.name, hands);
    ReconstructionKinds kinds = kinds_;
    kinds.glb = kinds.glb && !job.frame;  // of a video: one for all frames
    write_reconstruction(flags_.out, job.name, bgr, hands, job.source, kinds);
    const std::filesystem::path folder = flags_.out;
    const bool of_image = !job.place.frame;
    if (of_image || kinds.keypoints)
      write_image(folder / (job.name + "_keypoints.jpg"), keypoints_image(job.rgb, job.target, hands));
    HandSurfaces seen;
    for (const Side side : kSides)
      if (job.target.keypoints.hand[side]) seen[side] = hands.surface[side];
    if (of_image || kinds.side) write_image(folder / (job.name + "_side.jpg"), draw_framed(seen, kSideTurn, radius_of(seen)));
  }
  const bool meshes = kinds_.obj || kinds_.ply || (kinds_.glb && !job.frame);
  for (const std::string& word : warnings_of(hands, meshes)) {
    auto& [count, first] = warnings_[word];
    if (count++ == 0) first = job.name;
  }
  samples_.push_back(job.sample);
  const auto both = [&](auto member) { return torch::stack({hands.mano.right.*member, hands.mano.left.*member}); };
  pose_.push_back(both(&ManoParameters::pose));
  shape_.push_back(both(&ManoParameters::shape));
  translation_.push_back(both(&ManoParameters::translation));
  joints_.push_back(torch::stack({hands.joints_in_camera.right, hands.joints_in_camera.left}));
  valid_.push_back(torch::tensor({job.target.keypoints.hand.right.has_value(), job.target.keypoints.hand.left.has_value()}));
  camera_.push_back(torch::tensor({hands.camera.fx, hands.camera.fy, hands.camera.cx, hands.camera.cy}));
  const auto millimetres = [](double metres) { return number(metres * 1000, 1); };
  const auto presence = [&](Side side) { return number(hands.presence[side], 2) + (hands.present[side] ? "" : " absent"); };
  table_.rows.push_back({job.name, number(hands.right_wrist_in_camera[2].item<double>(), 3),
                         millimetres((hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]).norm().item<double>()),
                         millimetres(hands.joint_stddev.mean().item<double>()), number(100 * hands.fit->residual_of_box(), 2),
                         presence(Side::right), presence(Side::left), name_of(hands.camera_source)});
  if (job.frame) videos_.add(*job.frame, job.name, job.pair, std::move(hands));
}

// The minima are the hypotheses of a fit; the JSON has them as `fit`.
void KeypointFitting::write_minima(const std::string& name, const ReconstructedHands& hands) const {
  std::vector<PerHand<ManoParameters>> minima;
  for (const FittedPair& pair : hands.fit->minima) minima.push_back(pair.mano);
  write_hypothesis_meshes(flags_.out, name, minima, fit_.hands(), hands.present);
}

void KeypointFitting::add_frame(const Input& input, const Frame& frame) {
  const std::optional<size_t> waiting = videos_.wait(input, frame);
  const KeypointImage* image = keypoints_.of(input, frame.name);
  if (image == nullptr) ++without_keypoints_;
  try {
    if (image != nullptr) add_image(*image, frame, input.name, waiting);
  } catch (const LeftOut& error) {  // of this frame alone
    left_out_.add(error);
  }
  if (!flags_.sequence && videos_.full(flags_.batch)) fit_waiting();
}

size_t KeypointFitting::read_inputs() {
  for (const auto& [extension, count] : inputs_.unread) left_out_.add_kind(extension, count);
  const StopSignal stop;
  Progress progress(flags_.sequence ? "read" : "fit", static_cast<int64_t>(inputs_.files.size()));
  size_t done = 0;
  for (const Input& input : inputs_.files) {
    if (stop.requested()) break;
    bool whole = true;
    try {
      for_each_frame(input, [&](const Frame& frame) {
        add_frame(input, frame);
        const bool cut = input.video && stop.requested();
        whole = !cut || input.camera.has_value();  // a camera has no other end
        return !cut;
      });
    } catch (const LeftOut& error) {
      left_out_.add(error);
    } catch (const Interrupted&) {  // while it waited for a pipe's writer
      whole = false;
    }
    if (!flags_.sequence && &input == &inputs_.files.back()) fit_waiting();  // inside the timed progress
    if (whole) ++done;
    if (flags_.sequence || waiting_.empty()) progress.update(static_cast<int64_t>(done));
  }
  if (!flags_.sequence) {  // pairs left after a stop signal
    fit_waiting();
    videos_.close(left_out_);
  }
  if (without_keypoints_ > 0) log_info(c10::str(without_keypoints_, " image(s) without keypoints were skipped"));
  if (done < inputs_.files.size()) return done;
  for (const std::string& key : keypoints_.unused())
    left_out_.add("image_missing", name_text(key) + " of " + flags_.keypoints + " is none of the images");
  return done;
}

// Without images each entry of the keypoints file is an image.
size_t KeypointFitting::read_keypoints_alone() {
  const StopSignal stop;
  const std::vector<KeypointImage>& images = keypoints_.images();
  Progress progress(flags_.sequence ? "read" : "fit", static_cast<int64_t>(images.size()));
  size_t done = 0;
  for (const KeypointImage& image : images) {
    if (stop.requested()) break;
    Frame frame;
    frame.name = plain_name(image.key);
    frame.source = name_text(image.key);
    try {
      add_image(image, frame, frame.name, std::nullopt);
    } catch (const LeftOut& error) {
      left_out_.add(error);
    }
    if (!flags_.sequence && &image == &images.back()) fit_waiting();
    ++done;
    if (flags_.sequence || waiting_.empty()) progress.update(static_cast<int64_t>(done));
  }
  if (!flags_.sequence) fit_waiting();  // pairs left after a stop signal
  return done;
}

void KeypointFitting::write_hands() {
  if (samples_.empty()) return;
  HandSet set;
  set.sample = samples_;
  set.pose = torch::stack(pose_).to(torch::kFloat64);
  set.shape = torch::stack(shape_).to(torch::kFloat64);
  set.translation = torch::stack(translation_).to(torch::kFloat64);
  set.joints = torch::stack(joints_).to(torch::kFloat64);
  set.hand_valid = torch::stack(valid_);
  set.camera = torch::stack(camera_).to(torch::kFloat64);
  write_hand_set(flags_.out + "/hands.h5", set);
}

void KeypointFitting::run() {
  const bool alone = flags_.inputs.empty();
  const size_t total = alone ? keypoints_.images().size() : inputs_.files.size();
  const size_t done = alone ? read_keypoints_alone() : read_inputs();
  if (done < total) {
    write_hands();
    throw Interrupted(
        c10::str(done, " of ", total, alone ? " images" : " inputs", " done; ",
                 flags_.sequence ? "a sequence is fitted when all are read" : "results so far are in " + flags_.out));
  }
  if (flags_.sequence) fit_sequence();  // a signal ends it at once: nothing is written yet
  write_hands();
  report();
}

void KeypointFitting::report() {
  const size_t made = table_.rows.size() - 1;
  if (made > 0 && !flags_.numbers_only) {
    std::fputs(text_table(table_).c_str(), stdout);
    write_report(flags_.out);
  }
  std::printf("%zu pair(s) fitted, in %s\n", made, flags_.out.c_str());
  for (const auto& [word, noted] : warnings_)
    log_warning(c10::str(word, ": ", noted.first, " of ", made, ", first ", noted.second, ": ", warning_text(word)));
  if (made > 0 || left_out_.count() > 1)  // otherwise the error names it
    for (const std::string& line : left_out_.lines(kMaxLines)) log_warning("left out, " + line);
  left_out_.require_all_made(made, "no pair could be fitted", name_text(flags_.keypoints), flags_.out);
}

void fit(const FitFlags& flags) { KeypointFitting(flags).run(); }

}  // namespace interprior
