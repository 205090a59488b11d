#include "pair_choice.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/infer/left_out.h"

namespace interprior {
namespace {

constexpr size_t kMaxNames = 5;

Pinhole pinhole_of(const Intrinsics& camera, const cv::Mat& image) {
  return {camera[0], camera[1], camera[2], camera[3], image.cols, image.rows};
}

}  // namespace

PairChoice::PairChoice(const PredictFlags& flags, const std::vector<Input>& inputs) : file_(flags.boxes) {
  if (!flags.box.empty()) box_ = parse_box(flags.box);
  if (!flags.camera.empty()) camera_ = parse_camera(flags.camera);
  if (!file_.empty()) matches_.emplace(read_boxes(file_), inputs, file_);
}

std::vector<PairChoice::Pair> PairChoice::of(const Input& input, const Frame& frame) {
  Pair whole;
  whole.box = {0, 0, static_cast<double>(frame.bgr.cols), static_cast<double>(frame.bgr.rows)};
  if (camera_) whole.camera = pinhole_of(*camera_, frame.bgr);
  if (box_) {
    whole.box = *box_;
    whole.box_source = PhotoBoxSource::given;
  }
  if (!matches_) return {whole};

  const BoxedImage* entry = matches_->of(input, frame.name);
  const std::string source = input.video ? frame.name + " of " + frame.source : frame.source;
  if (entry != nullptr && entry->pairs.empty())
    throw LeftOut("no_box", source + " has no pair of hands", file_, "its list of boxes is empty");
  if (entry == nullptr)
    throw LeftOut("no_box", "no box is given for " + source, file_,
                  c10::str("add \"", name_text(input.file.filename().string()), "\": [x, y, width, height]"));
  if ((entry->width > 0 && entry->width != frame.bgr.cols) || (entry->height > 0 && entry->height != frame.bgr.rows))
    throw LeftOut("size_differs",
                  c10::str(source, " has ", frame.bgr.cols, " x ", frame.bgr.rows, " px, its boxes are for ", entry->width, " x ",
                           entry->height),
                  file_, "give boxes of this image, rotated by its EXIF orientation");
  std::vector<Pair> pairs;
  for (const BoxedPair& given : entry->pairs) {
    Pair pair = whole;
    if (given.box) {
      pair.box = *given.box;
      pair.box_source = PhotoBoxSource::file;
    }
    if (given.camera) {
      pair.camera = pinhole_of(*given.camera, frame.bgr);
      pair.camera_source = PhotoCameraSource::file;
    }
    pairs.push_back(pair);
  }
  return pairs;
}

void PairChoice::report_unused() const {
  if (!matches_) return;
  const std::vector<std::string> unused = matches_->unused();
  if (unused.empty()) return;
  std::string names;
  for (size_t i = 0; i < unused.size() && i < kMaxNames; ++i) names += (i == 0 ? "" : ", ") + unused[i];
  log_warning(
      c10::str(unused.size(), " name(s) of ", file_, " match no input: ", names, unused.size() > kMaxNames ? ", ..." : ""));
}

}  // namespace interprior
