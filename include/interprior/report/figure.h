#pragma once
#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/metric/hand_sets/hand_sets.h"
#include "interprior/metric/protocol.h"
#include "interprior/report/figure_grid.h"

// Figures for papers: a grid of samples (rows) and methods (columns), as PNG or PDF (docs/figures.md).
namespace interprior {

// camera: as the sample's camera sees the hands; without a camera along the z axis. side, top: the same hands from the right and
// from above, turned by 90 degrees about the vertical or horizontal axis through their centre, at the same scale.
enum class FigureView { camera, side, top };
template <>
struct EnumNames<FigureView> {
  static std::vector<std::pair<FigureView, std::string>> table() {
    return {{FigureView::camera, "camera"}, {FigureView::side, "side"}, {FigureView::top, "top"}};
  }
};

struct FigureMethod {
  std::string name;  // heading
  const HandSets* sets;
};

// The image of a sample, and its camera where a data set knows it.
struct FigureImage {
  cv::Mat rgb;  // 8-bit RGB
  std::optional<Pinhole> camera;
};
using FigureImages = std::function<FigureImage(const std::string& sample)>;

struct FigureSources {
  std::vector<FigureMethod> methods;
  const HandSets* truth = nullptr;  // the first column, or none
  FigureImages image;               // empty: no images
};

struct FigureOptions {
  std::vector<FigureView> views = {FigureView::camera};
  // Vertices have the colour of their distance to the ground truth after this protocol's alignment; none: a colour per side.
  std::optional<Protocol> errors;
  double error_max_mm = 30;           // of the colour bar; larger distances have its last colour
  bool overlay = false;               // images behind the camera views instead of in a column
  std::vector<std::string> accepted;  // findings that check_hand_sets accepts
};

// Headings and ids, without the images of the cells. Throws Error without methods or views, or where a method has no meshes, a
// sample is missing or doubled, or errors or an overlay lack what they need.
FigureGrid empty_grid(const FigureSources& sources, const std::vector<std::string>& samples, const FigureOptions& options,
                      int64_t cell);

// Draws all cells of the grid. The first set with a hand (the ground truth, if given) frames each row; the scale of the row is
// smaller where hands of another set would be cut off. Absent hands are not drawn. Sets whether errors exceed the bar. Throws
// Error naming the set on meshes of another hand file, findings that are not accepted and hands behind the camera.
void draw_cells(FigureGrid& grid, const FigureSources& sources, const TwoHands& hands, const FigureOptions& options);

// Reads images of a data root or an images.h5. Throws Error that names the first of `samples` without a usable image.
FigureImages images_of_data(const std::filesystem::path& path, const std::vector<std::string>& samples);
// Reads FOLDER/SAMPLE, FOLDER/images/SAMPLE (InterHand2.6M's layout) or, without the split, FOLDER/FILE. Throws Error.
FigureImages images_in_folder(const std::filesystem::path& folder);

}  // namespace interprior
