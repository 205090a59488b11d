#include "interprior/report/figure.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "figure_view.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/name_text.h"
#include "interprior/data/images/image.h"
#include "interprior/hand/skeleton.h"
#include "interprior/render/mesh_layer.h"
#include "interprior/report/figure_samples.h"
#include "vertex_errors.h"

namespace interprior {
namespace {

constexpr double kLargestCrop = 4;     // times the image's longer side
constexpr int64_t kFinestCell = 4096;  // px of a rendered cell, before its samples are averaged

bool has_mesh(const HandSets& sets) { return sets.has(&HandSet::vertices) || sets.has(&HandSet::pose); }

// The hands of one set in the samples of a figure.
struct SetHands {
  std::string name;
  torch::Tensor vertices, valid;  // (N,2,V,3) m, (N,2)
  torch::Tensor camera;           // (N,4), or undefined
  bool is_truth = false;

  bool shows(size_t row, Side side) const { return valid[static_cast<int64_t>(row)][static_cast<int64_t>(side)].item<bool>(); }
  torch::Tensor mesh(size_t row, Side side) const { return vertices[static_cast<int64_t>(row)][static_cast<int64_t>(side)]; }
  std::string where(const std::string& sample) const { return name + ", sample " + sample; }
};

SetHands read_hands(const HandSets& sets, const std::vector<std::string>& samples, const TwoHands& hands,
                    const std::vector<std::string>& accepted) {
  const HandSet set = sets.rows(IdRows(sets).rows_of(samples));
  check_hand_sets(HandSets(set, sets.name()), hands.model, accepted);
  return {sets.name(), vertices_of(set, hands), valid_meshes(set), set.camera};
}

cv::Mat opaque(const cv::Mat& rgb) {
  cv::Mat rgba;
  cv::cvtColor(rgb, rgba, cv::COLOR_RGB2RGBA);
  return rgba;
}

// A premultiplied layer over an opaque image of the same size.
cv::Mat over(const cv::Mat& layer, cv::Mat below) {
  for (int row = 0; row < below.rows; ++row)
    for (int column = 0; column < below.cols; ++column) {
      const cv::Vec4b& drawn = layer.at<cv::Vec4b>(row, column);
      cv::Vec4b& pixel = below.at<cv::Vec4b>(row, column);
      for (int channel = 0; channel < 3; ++channel)
        pixel[channel] = cv::saturate_cast<uint8_t>(drawn[channel] + pixel[channel] * (255 - drawn[3]) / 255.0);
    }
  return below;
}

// A whole image in the middle of a square cell.
cv::Mat whole_image(const cv::Mat& rgb, int cell) {
  const double scale = static_cast<double>(cell) / std::max(rgb.cols, rgb.rows);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(rgb.cols * scale))),
                      std::max(1, static_cast<int>(std::lround(rgb.rows * scale))));
  cv::Mat small, square(cell, cell, CV_8UC4, cv::Scalar::all(0));
  cv::resize(rgb, small, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  opaque(small).copyTo(square(cv::Rect((cell - size.width) / 2, (cell - size.height) / 2, size.width, size.height)));
  return square;
}

cv::Mat cropped_image(const FigureImage& image, const Framing& framing, double focal, const std::string& sample) {
  require(framing.crop_side <= kLargestCrop * std::max(image.rgb.cols, image.rgb.rows),
          "the hands are much larger than the image", sample,
          "the camera belongs to an image of another size, or the hands are wrong");
  return opaque(cropped(image.rgb, *framing.crop, focal));
}

// What the colours are, in words that the page's reader knows.
std::string error_label(const ProtocolRule& rule) {
  return std::string("vertex error in mm, hands aligned at the ") + (rule.root_joint == kWrist ? "wrist" : "middle MCP joint") +
         (rule.bone_scale ? " and scaled" : "");
}

class FigureDrawing {
 public:
  FigureDrawing(const FigureGrid& grid, const FigureSources& sources, const TwoHands& hands, const FigureOptions& options)
      : grid_(grid), sources_(sources), hands_(hands), options_(options) {
    if (sources.truth) {
      sets_.push_back(read_hands(*sources.truth, grid.rows, hands, options.accepted));
      sets_.back().is_truth = true;
    }
    for (const FigureMethod& method : sources.methods)
      sets_.push_back(read_hands(*method.sets, grid.rows, hands, options.accepted));
    looks_through_camera_ =
        sources.image || std::find(options.views.begin(), options.views.end(), FigureView::camera) != options.views.end();
    turned_ = std::any_of(options.views.begin(), options.views.end(), [](FigureView view) { return view != FigureView::camera; });
  }

  // The cells of one row.
  std::vector<cv::Mat> draw(size_t row) {
    const std::string& sample = grid_.rows[row];
    const FigureImage image = sources_.image ? sources_.image(sample) : FigureImage{};
    const std::optional<Pinhole> camera = looks_through_camera_ ? camera_of(row, image) : std::nullopt;
    std::vector<HandSurfaces> surfaces;
    for (const SetHands& set : sets_) surfaces.push_back(surfaces_of(set, row));
    const auto first = std::find_if(surfaces.begin(), surfaces.end(), any_hand);
    std::optional<Framing> framing;
    if (first != surfaces.end())
      framing =
          framing_of(*first, camera, grid_.cell, turned_, sets_[static_cast<size_t>(first - surfaces.begin())].where(sample));
    if (framing) framing = framing_of_all(row, surfaces, *framing);
    cv::Mat background;
    if (framing && framing->crop && !image.rgb.empty()) background = cropped_image(image, *framing, camera->fx, sample);
    require(!options_.overlay || !background.empty() || !framing, "hands can be drawn over an image only with a camera", sample,
            "give --data, whose cameras are known, or hands.h5 files with `camera`");
    std::vector<cv::Mat> cells;
    if (sources_.image && !options_.overlay)
      cells.push_back(background.empty() ? whole_image(image.rgb, static_cast<int>(grid_.cell)) : background);
    for (size_t i = 0; i < sets_.size(); ++i)
      for (const FigureView view : options_.views) {
        cv::Mat cell = framing ? draw_hands(i, row, surfaces[i], view, *framing) : cv::Mat();
        if (options_.overlay && view == FigureView::camera && !background.empty())
          cell = cell.empty() ? background : over(cell, background.clone());
        cells.push_back(cell);
      }
    return cells;
  }

  bool exceeded() const { return exceeded_; }

 private:
  // Of the first set that has cameras, or of the data set.
  std::optional<Pinhole> camera_of(size_t row, const FigureImage& image) const {
    for (const SetHands& set : sets_) {
      if (!set.camera.defined()) continue;
      const torch::Tensor numbers = set.camera[static_cast<int64_t>(row)].to(torch::kFloat64).contiguous();
      const double* number = numbers.const_data_ptr<double>();
      return Pinhole{number[0], number[1], number[2], number[3], image.rgb.cols, image.rgb.rows};
    }
    return image.camera;
  }

  HandSurfaces surfaces_of(const SetHands& set, size_t row) const {
    HandSurfaces surfaces;
    for (const Side side : kSides)
      if (set.shows(row, side)) surfaces[side] = mesh_from(set.mesh(row, side), hands_.layer[side].faces());
    return surfaces;
  }

  // Shows the hands of all sets whole, if need be at a smaller scale than that of the first set.
  Framing framing_of_all(size_t row, const std::vector<HandSurfaces>& surfaces, const Framing& framing) const {
    double needed = 1;
    for (size_t i = 0; i < sets_.size(); ++i)
      for (const FigureView view : options_.views)
        if (any_hand(surfaces[i]))
          needed = std::max(needed, cells_needed(seen_hands(view, surfaces[i], framing, sets_[i].where(grid_.rows[row]))));
    if (needed > kMostWidened)
      log_warning(c10::str("sample ", name_text(grid_.rows[row]),
                           ": hands are cut off at the edges of their cells, which show at most ", kMostWidened,
                           " times as much as the first set needs"));
    return widened(framing, std::min(needed, kMostWidened));
  }

  cv::Mat draw_hands(size_t index, size_t row, const HandSurfaces& surfaces, FigureView view, const Framing& framing) {
    if (!any_hand(surfaces)) return {};
    const SeenHands seen = seen_hands(view, surfaces, framing, sets_[index].where(grid_.rows[row]));
    Shading shading = hand_shading();
    if (options_.errors && !sets_[index].is_truth) paint_errors(index, row, surfaces, shading);
    const auto shown = [&](Side side) { return seen.surfaces[side].vertices.empty() ? nullptr : &seen.surfaces[side]; };
    const auto samples = static_cast<int>(std::clamp<int64_t>(kFinestCell / grid_.cell, 2, 4));
    return mesh_layer({shown(Side::right), shown(Side::left)}, seen.camera, shading, samples);
  }

  void paint_errors(size_t index, size_t row, const HandSurfaces& surfaces, Shading& shading) {
    const SetHands &truth = sets_.front(), &set = sets_[index];
    shading.ambient = 0.6f;  // weak shading, so that colours stay near those of the bar
    shading.specular = 0;
    for (Light& light : shading.lights)
      for (float& channel : light.colour) channel *= 0.5f;
    for (const Side side : kSides) {
      std::vector<double> errors;
      if (truth.shows(row, side) && set.shows(row, side))
        errors = vertex_errors(rule_of(*options_.errors), set.mesh(row, side), truth.mesh(row, side), hands_.layer[side]);
      exceeded_ = exceeded_ || std::any_of(errors.begin(), errors.end(), [&](double mm) { return mm > options_.error_max_mm; });
      shading.paint.push_back(error_paint(errors, options_.error_max_mm, surfaces[side].vertices.size()));
    }
  }

  const FigureGrid& grid_;
  const FigureSources& sources_;
  const TwoHands& hands_;
  const FigureOptions& options_;
  std::vector<SetHands> sets_;
  bool turned_ = false;                // whether hands are drawn from the side or from above
  bool looks_through_camera_ = false;  // whether any cell depends on the sample's camera
  bool exceeded_ = false;              // whether an error that was drawn is beyond the colour bar
};

void check_options(const FigureSources& sources, const FigureOptions& options) {
  require(!sources.methods.empty() && !options.views.empty(), "a figure needs a method and a view");
  for (auto view = options.views.begin(); view != options.views.end(); ++view)
    require(std::find(options.views.begin(), view, *view) == view, "the view " + name_of(*view) + " is named twice", "--views");
  require(!options.errors || sources.truth, "colours of errors need the ground truth", "--errors", "add --truth T.h5");
  require(std::isfinite(options.error_max_mm) && options.error_max_mm > 0, "the colour bar has no length", "--error-max");
  require(!options.overlay || sources.image, "there is no image to draw over", "--overlay", "add --data or --images");
  const auto require_mesh = [](const HandSets& sets) {
    require(has_mesh(sets), "the file has no meshes: neither vertices nor pose, shape and translation", sets.name(),
            "a figure needs one of them");
  };
  if (sources.truth) require_mesh(*sources.truth);
  for (const FigureMethod& method : sources.methods) require_mesh(*method.sets);
}

}  // namespace

FigureGrid empty_grid(const FigureSources& sources, const std::vector<std::string>& samples, const FigureOptions& options,
                      int64_t cell) {
  check_options(sources, options);
  require_samples(sources, samples);
  FigureGrid grid;
  grid.rows = samples;
  grid.cell = cell;
  std::vector<std::string> views;
  for (const FigureView view : options.views) views.push_back(name_of(view));
  if (sources.image && !options.overlay) grid.groups.push_back({"image", {""}});
  if (sources.truth) grid.groups.push_back({"ground truth", views});
  for (const FigureMethod& method : sources.methods) grid.groups.push_back({method.name, views});
  if (options.errors) grid.bar = {options.error_max_mm, error_label(rule_of(*options.errors))};
  return grid;
}

void draw_cells(FigureGrid& grid, const FigureSources& sources, const TwoHands& hands, const FigureOptions& options) {
  const torch::NoGradGuard no_gradients;
  FigureDrawing drawing(grid, sources, hands, options);
  grid.cells.clear();
  for (size_t row = 0; row < grid.rows.size(); ++row)
    for (cv::Mat& cell : drawing.draw(row)) grid.cells.push_back(std::move(cell));
  if (grid.bar) grid.bar->exceeded = drawing.exceeded();
}

}  // namespace interprior
