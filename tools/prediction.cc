#include "prediction.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "interprior/base/files/safetensors_header.h"
#include "interprior/base/heap.h"
#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/infer/hand_file.h"
#include "interprior/train/device.h"
#include "output_place.h"
#include "run_commands.h"

namespace interprior {
namespace {

constexpr size_t kBytesBetweenThreads = 64 << 20;
// Of images that wait for the network, at most: per pair of a batch, and in all.
constexpr size_t kBytesPerPair = 32 << 20, kBytesOfBatch = 512 << 20;
constexpr size_t kBytesPerHypothesis = 2 << 10;

// `--write features` is `--features OUT/features.h5`, unless --features names another file.
PredictFlags with_features_file(PredictFlags flags) {
  if (reconstruction_kinds(flags.write).features && flags.features.empty())
    flags.features = (std::filesystem::path(flags.out) / "features.h5").string();
  return flags;
}

// Requires a sampler for images, and a sampler or cue stage for keypoints; checked before the keypoints are read.
CheckpointInfo checkpoint_of(const PredictFlags& flags) {
  CheckpointInfo info = read_checkpoint_info(read_safetensors_header(flags.checkpoint));
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

Reconstructor opened(const PredictFlags& flags, bool bf16, const std::shared_ptr<StageTimes>& times) {
  const CheckpointInfo info = checkpoint_of(flags);
  const std::string hand = flags.hand.empty() ? hand_file_of(info, flags.checkpoint).string() : flags.hand;
  const ReconstructorOptions options{flags.focal,
                                     flags.hypotheses,
                                     0,
                                     flags.presence,
                                     flags.cuda_graphs,
                                     bf16,
                                     times,
                                     reconstruction_kinds(flags.write).hypotheses};
  const torch::Device device = device_named(flags.device);
  return flags.keypoints.empty() ? Reconstructor::open(flags.checkpoint, hand, device, options)
                                 : Reconstructor::open_for_keypoints(flags.checkpoint, hand, device, options);
}

std::optional<KeypointChoice> keypoints_of(const PredictFlags& flags, const std::vector<Input>& inputs) {
  if (flags.keypoints.empty()) return std::nullopt;
  KeypointChoice keypoints(flags.keypoints, flags.accept, flags.camera, flags.focal, inputs);
  if (inputs.empty()) require_no_output(flags.keypoints, flags.out, keypoints.names());
  return keypoints;
}

Inputs checked_inputs(const PredictFlags& flags) {
  const ReconstructionKinds kinds = reconstruction_kinds(flags.write);
  require(flags.hypotheses > 1 || !kinds.hypotheses, "there are no hypotheses to write", "--write",
          "choose --hypotheses of at least 2");
  require(!kinds.keypoints && !kinds.side, "keypoints and side are images of `interprior fit`", "--write", "leave them out");
  Inputs inputs = find_inputs({flags.inputs.begin(), flags.inputs.end()});
  std::vector<std::string> names, read = {flags.checkpoint, flags.hand, flags.boxes, flags.keypoints};
  for (const Input& input : inputs.files) {
    std::error_code not_there;
    // What is not there, such as the aim of a broken link, is left out when it is read.
    const bool twice = !input.camera && (std::filesystem::is_regular_file(input.file, not_there) ||
                                         !std::filesystem::exists(input.file, not_there));
    require(!flags.one_shape || twice, "this input cannot be read twice: " + input.source, "--one-shape", "pass files");
    names.push_back(input.name);
    if (!input.camera) read.push_back(input.file.string());
  }
  require_other_folder(flags.out, inputs.files);
  require_no_output(flags.boxes, flags.out, names);
  require_no_output(flags.keypoints, flags.out, names);
  require_not_read(flags.features, "--features", read);
  return inputs;
}

// Whether a key, with or without an extension, names a frame of a video after the first `count`.
bool is_later_frame(const std::filesystem::path& key, const std::vector<Input>& inputs, int64_t count) {
  const auto is_of = [&](const std::string& name, const Input& input) {
    if (!input.video || name.rfind(input.name + "_", 0) != 0) return false;
    const std::string number = name.substr(input.name.size() + 1);
    const bool digits = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
    return digits && number.size() <= 18 && std::stoll(number) >= count;
  };
  return std::any_of(inputs.begin(), inputs.end(), [&](const Input& input) {
    return is_of(key.filename().string(), input) || is_of(key.stem().string(), input);
  });
}

std::string counted(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += c10::str(text.empty() ? "" : ", ", name_text(name), ": ", count);
  return text;
}

size_t bytes_of(const ReconstructedHands& hands) {
  size_t bytes = 0;
  for (const Side side : kSides) {
    const Mesh& mesh = hands.surface[side];
    bytes += mesh.vertices.size() * sizeof(mesh.vertices[0]) + mesh.faces.size() * sizeof(mesh.faces[0]);
  }
  for (const torch::Tensor* tensor : {&hands.network.features.map, &hands.network.features.iah, &hands.network.tokens})
    if (tensor->defined()) bytes += tensor->nbytes();
  return bytes + hands.hypotheses.size() * kBytesPerHypothesis;
}

size_t bytes_of(const PredictedFrame& frame) {
  size_t bytes = frame.frame.bgr.total() * frame.frame.bgr.elemSize() + 1;
  for (const PredictedPair& pair : frame.pairs)
    if (pair.attempt.hands) bytes += bytes_of(*pair.attempt.hands);
  return bytes;
}

}  // namespace

Prediction::Prediction(const PredictFlags& flags)
    : flags_(with_features_file(flags)),
      times_(flags.profile ? std::make_shared<StageTimes>() : nullptr),
      inputs_(checked_inputs(flags_)),
      pairs_(flags, inputs_.files),
      keypoints_(keypoints_of(flags, inputs_.files)),
      reconstruct_(opened(flags, flags.precision == "bf16", times_)),
      names_(inputs_.files),
      output_(flags_, inputs_.files, reconstruct_.hands(), names_, times_.get()) {
  if (flags.precision == "bf16") in_fp32_ = opened(flags, false, nullptr);
  for (const auto& [extension, count] : inputs_.unread) output_.leave_out_kind(extension, count);
}

void Prediction::read_inputs(Frames& frames, const Stopped& stopped) {
  for (size_t i = 0; i < inputs_.files.size() && !stopped(); ++i) {
    const Input& input = inputs_.files[i];
    PredictedFrame end;
    end.input = i;
    end.ends_input = end.whole = true;
    bool received = true;
    StageTimer timer(times_.get());
    try {
      for_each_frame(input, [&](const Frame& frame) {
        timer.end("reading");
        PredictedFrame one;
        one.input = i;
        one.frame = frame;
        // Of a camera one frame waits at most: an old one is of no use.
        const size_t bytes = input.camera ? kBytesBetweenThreads : bytes_of(one);
        received = frames.push(std::move(one), bytes);
        const bool stop = input.video && stopped();
        end.whole = !stop || input.camera.has_value();  // a camera has no other end
        timer.restart();
        return received && !stop && (flags_.max_frames == 0 || frame.index + 1 < flags_.max_frames);
      });
    } catch (const LeftOut& error) {
      end.left_out.add(error);
    } catch (const Interrupted&) {  // while it waited for a pipe's writer
      end.whole = false;
    }
    if (!received || !frames.push(std::move(end), 1)) return;
  }
}

// Without images each entry of the keypoints file is an input.
void Prediction::read_keypoints_alone(Frames& frames, const Stopped& stopped) {
  const size_t count = keypoints_->images().size();
  for (size_t i = 0; i < count && !stopped(); ++i) {
    PredictedFrame one, end;
    one.input = end.input = i;
    one.frame.source = name_text(keypoints_->images()[i].key);
    end.ends_input = end.whole = true;
    if (!frames.push(std::move(one), 1) || !frames.push(std::move(end), 1)) return;
  }
}

void Prediction::add_pairs(PredictedFrame& frame, std::vector<PhotoOfHands>& photos) {
  try {
    if (flags_.inputs.empty()) return add_keypoints(frame, keypoints_->images()[frame.input]);
    const Input& input = inputs_.files[frame.input];
    if (keypoints_) {
      const KeypointImage* image = keypoints_->of(input, frame.frame.name);
      frame.without_keypoints = image == nullptr;
      return image == nullptr ? void() : add_keypoints(frame, *image);
    }
    const std::vector<PairChoice::Pair> pairs = pairs_.of(input, frame.frame);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const std::string wanted = pairs.size() > 1 ? c10::str(frame.frame.name, "_", i + 1) : frame.frame.name;
      PredictedPair pair{names_.free(wanted, input.name), i, pairs[i].box_source, std::nullopt, {}};
      if (pairs[i].camera) pair.camera_source = pairs[i].camera_source;
      frame.pairs.push_back(std::move(pair));
      photos.push_back({frame.frame.bgr, pairs[i].box, pairs[i].camera});
    }
  } catch (const LeftOut& error) {
    frame.left_out.add(error);
  }
}

void Prediction::add_keypoints(PredictedFrame& frame, const KeypointImage& image) {
  const bool alone = flags_.inputs.empty();
  const std::string input_name = alone ? plain_name(image.key) : inputs_.files[frame.input].name;
  const std::string name = frame.frame.name.empty() ? input_name : frame.frame.name;
  for (const KeypointChoice::Pair& given : keypoints_->pairs_of(image, frame.frame.bgr.size(), frame.left_out)) {
    const std::string wanted = image.pairs.size() > 1 ? c10::str(name, "_", given.number + 1) : name;
    if (frame.frame.bgr.empty()) frame.frame.bgr = grey_image(image, given.target.camera);
    PredictedPair pair{names_.free(wanted, input_name), given.number, PhotoBoxSource::keypoints, given.camera_source, {}};
    try {
      pair.attempt.hands = reconstruct_.reconstruct(given.target);
    } catch (const Error&) {
      pair.attempt.error = std::current_exception();
    }
    frame.pairs.push_back(std::move(pair));
  }
}

bool Prediction::send(std::vector<PredictedFrame>& pending, std::vector<PhotoOfHands>& photos, Frames& predicted) {
  std::vector<ReconstructionAttempt> attempts;
  for (size_t first = 0; first < photos.size(); first += static_cast<size_t>(flags_.batch)) {
    const size_t last = std::min(photos.size(), first + static_cast<size_t>(flags_.batch));
    const std::vector<PhotoOfHands> batch(photos.begin() + static_cast<ptrdiff_t>(first),
                                          photos.begin() + static_cast<ptrdiff_t>(last));
    std::vector<ReconstructionAttempt> some = reconstruct_.reconstruct(batch);
    if (in_fp32_) measure_precision(batch, some);
    std::move(some.begin(), some.end(), std::back_inserter(attempts));
  }
  auto attempt = attempts.begin();
  bool received = true;
  for (PredictedFrame& frame : pending) {
    for (PredictedPair& pair : frame.pairs) {
      if (!keypoints_) pair.attempt = std::move(*attempt++);
      if (flags_.features.empty() && pair.attempt.hands) pair.attempt.hands->network = {};
    }
    const size_t bytes = bytes_of(frame);
    received = received && predicted.push(std::move(frame), bytes);
  }
  pending.clear();
  photos.clear();
  return received;
}

void Prediction::measure_precision(const std::vector<PhotoOfHands>& photos, const std::vector<ReconstructionAttempt>& attempts) {
  const std::vector<ReconstructionAttempt> exact = in_fp32_->reconstruct(photos);
  std::vector<torch::Tensor> distances;
  for (size_t i = 0; i < exact.size(); ++i) {
    if (!exact[i].hands || !attempts[i].hands) continue;
    for (const Side side : kSides)
      distances.push_back((attempts[i].hands->joints_in_camera[side] - attempts[i].hands->right_wrist_in_camera -
                           exact[i].hands->joints_in_camera[side] + exact[i].hands->right_wrist_in_camera)
                              .norm(2, 1));
  }
  if (distances.empty()) return;  // the next batch may have some
  in_fp32_.reset();
  const torch::Tensor mm = torch::cat(distances) * 1000;
  log_info(c10::str("bf16 instead of fp32 moves joints, relative to the right wrist, by ", number(mm.mean().item<double>(), 3),
                    " mm on average and ", number(mm.max().item<double>(), 3), " at most (", distances.size() / 2,
                    " pairs of hands)"));
}

void Prediction::predict_frames(Frames& read, Frames& predicted, const Stopped& stopped) {
  const torch::NoGradGuard no_grad;
  std::vector<PredictedFrame> pending;
  std::vector<PhotoOfHands> photos;
  const size_t most_bytes = std::min(kBytesPerPair * static_cast<size_t>(flags_.batch), kBytesOfBatch);
  size_t bytes = 0;
  try {
    while (std::optional<PredictedFrame> frame = read.pop()) {
      const bool live = !flags_.inputs.empty() && inputs_.files[frame->input].camera;
      if (stopped() && !frame->ends_input) {  // what is read but not predicted is dropped
        PredictedFrame end;
        end.input = frame->input;
        end.ends_input = true;
        end.whole = live;
        pending.push_back(std::move(end));
        break;
      }
      if (!frame->ends_input) add_pairs(*frame, photos);
      bytes += bytes_of(*frame);
      pending.push_back(*std::move(frame));
      // By content alone, never by waiting time: the same inputs form the same batches.
      const bool full = static_cast<int64_t>(photos.size()) >= flags_.batch || bytes >= most_bytes;
      if (!live && !full && !keypoints_) continue;
      bytes = 0;
      if (!send(pending, photos, predicted)) return;
    }
  } catch (...) {  // what was read before is predicted
    send(pending, photos, predicted);
    throw;
  }
  send(pending, photos, predicted);
}

void Prediction::pass(const Stopped& stopped, const std::function<void(Frames&, Frames&)>& predict, const Receive& receive) {
  Frames read(kBytesBetweenThreads), predicted(kBytesBetweenThreads);
  std::exception_ptr failure;
  std::jthread reader([&] {
    try {
      flags_.inputs.empty() ? read_keypoints_alone(read, stopped) : read_inputs(read, stopped);
      read.finish();
    } catch (...) {
      read.finish(std::current_exception());
    }
  });
  try {
    std::jthread writer([&] {
      const torch::NoGradGuard no_grad;
      try {
        while (std::optional<PredictedFrame> frame = predicted.pop()) receive(*std::move(frame));
      } catch (...) {
        failure = std::current_exception();
        predicted.cancel();
      }
    });
    try {
      predict(read, predicted);
      predicted.finish();
    } catch (...) {
      predicted.finish(std::current_exception());
    }
  } catch (...) {  // no thread
    failure = std::current_exception();
  }
  read.cancel();
  reader.join();
  if (failure) std::rethrow_exception(failure);
}

void Prediction::run() {
  const auto begin = std::chrono::steady_clock::now();
  const size_t total = input_count();
  const StopSignal stop;  // also while table and features are written
  const Stopped stopped = [&] { return stop.requested(); };
  try {
    if (flags_.one_shape) {
      predict_in_two_passes(stopped);
    } else {
      output_.begin(total);
      pass(
          stopped, [&](Frames& read, Frames& predicted) { predict_frames(read, predicted, stopped); },
          [&](PredictedFrame frame) { output_.add(std::move(frame)); });
    }
  } catch (...) {  // a failed write ends the command; files written before are complete
    output_.close_anyway();
    output_.print_table();
    output_.print_warnings();
    output_.print_left_out();
    throw;
  }
  if (keypoints_ && !flags_.inputs.empty() && output_.inputs_done() == total)
    for (const std::string& key : keypoints_->unused())
      if (flags_.max_frames == 0 || !is_later_frame(key, inputs_.files, flags_.max_frames))
        output_.leave_out("image_missing", name_text(key) + " of " + flags_.keypoints + " is none of the images");
  if (flags_.profile) print_profile(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  report(total);
}

void Prediction::report(size_t total) {
  const LeftOutList& left_out = output_.left_out();
  const size_t done = output_.inputs_done(), made = output_.reconstructions();
  if (made > 0) output_.print_table();
  output_.print_warnings();
  pairs_.report_unused();
  const std::string others = counted(inputs_.others);
  if (!others.empty()) log_info("not read, as they are no images: " + others);
  if (inputs_.subfolders > 0) log_info(c10::str(inputs_.subfolders, " subfolder(s) were skipped"));
  const bool only_one = made == 0 && left_out.count() == 1 && done == total;  // the error names it
  if (!only_one) output_.print_left_out();
  if (!inputs_.unread.empty() && made > 0) log_warning("left out, unknown_format: " + counted(inputs_.unread));
  output_.close_features();
  if (done < total)
    throw Interrupted(c10::str(done, " of ", total, " inputs done, ", made, " reconstruction(s) in ", flags_.out,
                               "; run predict on the other inputs to continue"));
  left_out.require_all_made(made, "no image could be reconstructed",
                            name_text(flags_.inputs.empty() ? flags_.keypoints : flags_.inputs.front()), flags_.out);
}

void predict(const PredictFlags& flags) {
  keep_freed_memory();
  Prediction(flags).run();
}

}  // namespace interprior
