#include "prediction.h"

#include <c10/util/StringUtil.h>

#include <cstdio>

#include "interprior/infer/hand_file.h"
#include "interprior/base/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/base/progress.h"
#include "interprior/infer/hand_file.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/train/device.h"

namespace interprior {
namespace {

constexpr size_t kMostLines = 50;  // of one reason

std::string hand_of(const PredictFlags& flags) {
  if (!flags.hand.empty()) return flags.hand;
  return hand_file_of(read_checkpoint_info(Safetensors(flags.checkpoint), "sampler"), flags.checkpoint).string();
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
            "the results would lie among the photographs, and the overlays would be inputs of the next run", flags.out,
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
      inputs_(checked_inputs(flags)),
      pairs_(flags, inputs_.files),
      reconstruct_(Reconstructor::open(flags.checkpoint, hand_of(flags), device_named(flags.device),
                                       {flags.focal, flags.hypotheses, 0, flags.presence})),
      table_{"",
             {{"picture", "right wrist depth, m", "wrist to wrist, mm", "spread, mm", "right present", "left present", "box",
               "camera"}}} {
  make_folder(flags.out);
  if (!flags.features.empty()) AtomicFile(flags.features);  // a place that cannot be written is told before the work
  for (const Input& input : inputs_.files) taken_.insert(input.name);
  for (const auto& [extension, count] : inputs_.unread) left_out_.add_kind(extension, count);
}

void Prediction::run() {
  const size_t total = inputs_.files.size();
  size_t done = 0;
  const StopSignal stop;  // also while table and features are written
  try {
    Progress progress("predict", static_cast<int64_t>(total));
    for (const Input& input : inputs_.files) {
      if (stop.requested()) break;
      bool whole = true;
      try {
        for_each_frame(input, [&](const Frame& frame) {
          add_frame(input, frame);
          progress.update(static_cast<int64_t>(done), frame.name);
          return whole = !input.video || !stop.requested();
        });
      } catch (const LeftOut& error) {
        left_out_.add(error);
      }
      if (whole) ++done;
      progress.update(static_cast<int64_t>(done));
    }
  } catch (const Error&) {  // what cannot be written ends the work; what was written is whole
    print_table();
    throw;
  }
  report();
  if (!names_.empty() && !flags_.features.empty()) write_features(flags_.features, names_, networks_);
  const size_t made = table_.rows.size() - 1;
  if (done < total)
    throw Interrupted(c10::str(done, " of ", total, " inputs done, ", made, " reconstruction(s) in ", flags_.out,
                               "; run predict on the other inputs to continue"));
  if (made == 0)
    throw Error("no picture could be reconstructed, " + left_out_.summary(), name_text(flags_.inputs.front()),
                left_out_.lines(1).empty() ? "pass pictures, folders or videos" : left_out_.lines(1).front());
  if (!left_out_.empty())
    throw Error(c10::str(left_out_.count(), " left out: ", left_out_.summary()), flags_.out,
                "everything else is written; the lines above name them");
}

void Prediction::add_frame(const Input& input, const Frame& frame) {
  try {
    const std::vector<PairChoice::Pair> pairs = pairs_.of(input, frame);
    for (size_t i = 0; i < pairs.size(); ++i)
      add_pair(free_name(input, pairs.size() > 1 ? c10::str(frame.name, "_", i + 1) : frame.name), frame, pairs[i]);
  } catch (const LeftOut& error) {
    left_out_.add(error);
  }
}

void Prediction::add_pair(const std::string& name, const Frame& frame, const PairChoice::Pair& pair) {
  ReconstructedHands hands;
  try {
    hands = reconstruct_.reconstruct(frame.bgr, pair.box, pair.camera);
  } catch (const LeftOut& error) {
    return left_out_.add(error.reason(), name + ": " + error.what());
  } catch (const Error& error) {
    return left_out_.add("not_reconstructed", name + ": " + error.what());
  }
  hands.box_source = pair.box_source;
  if (pair.camera) hands.camera_source = pair.camera_source;
  write_reconstruction(flags_.out, name, frame.bgr, hands, frame.source);
  for (const std::string& word : warnings_of(hands)) {
    Noted& noted = warnings_[word];
    if (noted.count++ == 0) noted.first = name;
  }
  table_.rows.push_back({name, number(hands.right_wrist_in_camera[2].item<double>(), 3),
                         in_millimetres((hands.joints_in_camera.left[0] - hands.joints_in_camera.right[0]).norm()),
                         hands.spread.defined() ? in_millimetres(hands.spread) : "-", presence_cell(hands, Side::right),
                         presence_cell(hands, Side::left), name_of(hands.box_source), name_of(hands.camera_source)});
  if (flags_.features.empty()) return;
  names_.push_back(name);
  networks_.push_back(hands.network);
}

std::string Prediction::free_name(const Input& input, const std::string& wanted) {
  if (wanted == input.name) return wanted;  // taken from the start
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
  const std::string others = counted(inputs_.others);
  if (!others.empty()) log_info("no pictures, so not read: " + others);
  if (inputs_.subfolders > 0) log_info(c10::str(inputs_.subfolders, " subfolder(s) were not entered"));
  for (const std::string& line : left_out_.lines(kMostLines)) log_warning("left out, " + line);
  if (!inputs_.unread.empty()) log_warning("left out, unknown_format: " + counted(inputs_.unread));
}

}  // namespace interprior
