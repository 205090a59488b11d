#include "interprior/report/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <opencv2/imgproc.hpp>

#include "interprior/render/image_files/image_file.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kCell = 96;

HandSet with_camera(HandSet set) {
  set.camera = torch::tensor({600.0, 600.0, 480.0, 360.0}, torch::kFloat64).expand({set.size(), 4}).clone();
  return set;
}

FigureGrid drawn(const FigureSources& sources, const std::vector<std::string>& samples, const FigureOptions& options = {}) {
  FigureGrid grid = empty_grid(sources, samples, options, kCell);
  draw_cells(grid, sources, procedural_hands(), options);
  return grid;
}

int64_t covered(const cv::Mat& cell) {
  cv::Mat alpha;
  cv::extractChannel(cell, alpha, 3);
  return cv::countNonZero(alpha);
}

bool equal(const cv::Mat& a, const cv::Mat& b) { return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0; }

// Equal but for the rounding of another batch.
bool alike(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && (a.empty() || cv::norm(a, b, cv::NORM_L1) < 100);
}

// Pixels that are clearly red or clearly blue.
int64_t pixels_of(const cv::Mat& cell, Side side) {
  int64_t count = 0;
  for (int row = 0; row < cell.rows; ++row)
    for (int column = 0; column < cell.cols; ++column) {
      const cv::Vec4b& pixel = cell.at<cv::Vec4b>(row, column);
      const int red = pixel[0] - pixel[2];
      count += side == Side::right ? red > 30 : red < -30;
    }
  return count;
}

TEST(Figure, RowsAreSamplesAndColumnsAreViewsOfMethods) {
  const HandSets truth(with_camera(random_hand_set(4, 1))), first(random_hand_set(4, 2)),
      second(as_meshes(random_hand_set(4, 3)));
  const FigureSources sources{{{"ours", &first}, {"others", &second}}, &truth, {}};
  FigureOptions options;
  options.views = {FigureView::camera, FigureView::side, FigureView::top};
  const FigureGrid grid = drawn(sources, {"test/2.jpg", "test/0.jpg"}, options);
  EXPECT_THAT(grid.rows, ElementsAre("test/2.jpg", "test/0.jpg"));
  ASSERT_EQ(grid.groups.size(), 3u);
  EXPECT_EQ(grid.groups[0].heading, "ground truth");
  EXPECT_EQ(grid.groups[2].heading, "others");
  EXPECT_THAT(grid.groups[1].views, ElementsAre("camera", "side", "top"));
  EXPECT_FALSE(grid.bar);
  ASSERT_EQ(grid.cells.size(), 18u);
  for (size_t column : {0, 1, 2}) EXPECT_GT(covered(grid.cells[column]), 300) << "the ground truth frames its row";
  EXPECT_FALSE(equal(grid.cells[0], grid.cells[1])) << "another view";
  EXPECT_FALSE(equal(grid.cells[0], grid.cells[9])) << "another sample";
  const FigureGrid swapped = drawn(sources, {"test/0.jpg", "test/2.jpg"}, options);
  for (size_t column = 0; column < 9; ++column) EXPECT_TRUE(alike(grid.cells[column], swapped.cells[9 + column])) << column;
}

TEST(Figure, CellsAreClearOutsideTheHandsAndOpaqueInside) {
  const HandSets set(with_camera(random_hand_set(1, 1)));
  const FigureSources sources{{{"ours", &set}}, nullptr, {}};
  FigureGrid grid = empty_grid(sources, {"test/0.jpg"}, {}, 4 * kCell);  // large enough that fingers have an inside
  draw_cells(grid, sources, procedural_hands(), {});
  const cv::Mat& cell = grid.cells[0];
  EXPECT_EQ(cell.at<cv::Vec4b>(0, 0), cv::Vec4b(0, 0, 0, 0));
  cv::Mat alpha, inside, near;
  cv::extractChannel(cell, alpha, 3);
  cv::erode(alpha > 0, inside, cv::Mat::ones(5, 5, CV_8U));
  EXPECT_GT(cv::countNonZero(inside), 4000);
  EXPECT_GT(cv::countNonZero((alpha == 255) & inside), 0.98 * cv::countNonZero(inside));
  cv::dilate(alpha == 255, near, cv::Mat::ones(7, 7, CV_8U));
  EXPECT_LT(cv::countNonZero((alpha > 0) & ~near), 0.02 * cv::countNonZero(alpha)) << "partial alpha is at the outline only";
}

TEST(Figure, AbsentHandsAreNotDrawn) {
  HandSet truth = with_camera(random_hand_set(1, 1)), one = truth, none = truth;
  one.hand_valid = torch::tensor({{true, false}});
  none.hand_valid = torch::tensor({{false, false}});
  const HandSets both_hands(truth), right_hand(one), no_hand(none);
  const FigureSources sources{{{"one", &right_hand}, {"none", &no_hand}}, &both_hands, {}};
  const FigureGrid grid = drawn(sources, {"test/0.jpg"});
  EXPECT_GT(pixels_of(grid.cells[0], Side::left), 50);
  EXPECT_EQ(pixels_of(grid.cells[1], Side::left), 0);
  EXPECT_GT(pixels_of(grid.cells[1], Side::right), 50);
  EXPECT_TRUE(grid.cells[2].empty());
  EXPECT_TRUE(drawn({{{"none", &no_hand}}, nullptr, {}}, {"test/0.jpg"}).cells[0].empty());
}

TEST(Figure, FartherDisplacedVerticesAreBrighter) {
  const HandSet truth = as_meshes(random_hand_set(1, 1));
  const HandSets true_sets(truth);
  FigureOptions options;
  options.errors = Protocol::interwild;
  options.error_max_mm = 40;
  double last = -2;  // without errors the colour has hardly any green
  for (const double displacement : {0.0, 0.005, 0.01, 0.02, 0.03}) {
    HandSet displaced = truth;
    displaced.vertices = truth.vertices.clone();
    displaced.vertices.slice(2, 0, truth.vertices.size(2) / 3).select(3, 2) += displacement;
    const HandSets sets(displaced);
    const FigureGrid grid = drawn({{{"ours", &sets}}, &true_sets, {}}, {"test/0.jpg"}, options);
    ASSERT_TRUE(grid.bar);
    EXPECT_EQ(grid.bar->largest, 40);
    EXPECT_EQ(grid.bar->label, "vertex error in mm, hands aligned at the wrist");
    EXPECT_FALSE(grid.bar->exceeded);
    const double green = cv::sum(grid.cells[1])[1] / static_cast<double>(covered(grid.cells[1]));
    EXPECT_GT(green, last + 1) << displacement;
    last = green;
    EXPECT_GT(pixels_of(grid.cells[0], Side::right), 50) << "the ground truth keeps the hands' colours";
  }
}

TEST(Figure, TheBarKnowsWhetherErrorsExceedIt) {
  const HandSet truth = random_hand_set(2, 1);
  HandSet others = random_hand_set(2, 2);
  const HandSets true_sets(truth), sets(others);
  FigureOptions options;
  options.errors = Protocol::intaghand;
  for (const auto& [largest, exceeded] : {std::pair(1.0, true), {10000.0, false}}) {
    options.error_max_mm = largest;
    const FigureGrid grid = drawn({{{"ours", &sets}}, &true_sets, {}}, {"test/0.jpg", "test/1.jpg"}, options);
    EXPECT_EQ(grid.bar->exceeded, exceeded);
    EXPECT_EQ(grid.bar->label, "vertex error in mm, hands aligned at the middle MCP joint and scaled");
  }
}

// Whether a pixel of the outermost rows and columns is covered.
bool touches_the_edge(const cv::Mat& cell) {
  const int last = cell.rows - 1;
  return covered(cell.row(0)) + covered(cell.row(last)) + covered(cell.col(0)) + covered(cell.col(last)) > 0;
}

TEST(Figure, HandsFartherApartThanTheTruthAreNotCutOff) {
  const HandSet truth = with_camera(random_hand_set(1, 1));
  HandSet apart = truth;
  apart.translation = truth.translation.clone();
  apart.translation.select(1, 0).select(1, 0) -= 0.15;
  apart.translation.select(1, 1).select(1, 0) += 0.15;
  const HandSets true_sets(truth), sets(apart);
  FigureOptions options;
  options.views = {FigureView::camera, FigureView::side, FigureView::top};
  const FigureGrid grid = drawn({{{"apart", &sets}}, &true_sets, {}}, {"test/0.jpg"}, options),
                   alone = drawn({{{"ours", &true_sets}}, &true_sets, {}}, {"test/0.jpg"}, options);
  ASSERT_EQ(grid.cells.size(), 6u);
  for (const cv::Mat& cell : grid.cells) {
    EXPECT_FALSE(touches_the_edge(cell));
    EXPECT_GT(covered(cell), 100);
  }
  for (const Side side : kSides) EXPECT_GT(pixels_of(grid.cells[3], side), 20);
  EXPECT_LT(covered(grid.cells[0]), 0.8 * static_cast<double>(covered(alone.cells[0]))) << "the row has one smaller scale";
}

TEST(Figure, HandsThatAreMuchTooFarApartAreCutOffWithAWarning) {
  const HandSet truth = with_camera(random_hand_set(1, 1));
  HandSet apart = truth;
  apart.translation = truth.translation.clone();
  apart.translation.select(1, 1).select(1, 0) += 2;
  const HandSets true_sets(truth), sets(apart);
  testing::internal::CaptureStderr();
  const FigureGrid grid = drawn({{{"apart", &sets}}, &true_sets, {}}, {"test/0.jpg"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), AllOf(HasSubstr("test/0.jpg"), HasSubstr("cut off")));
  EXPECT_GT(covered(grid.cells[0]), 20) << "the ground truth stays visible";
}

TEST(Figure, SideViewsNeedNoHandsInFrontOfTheCamera) {
  HandSet set = with_camera(as_meshes(random_hand_set(1, 1)));
  set.vertices = set.vertices - torch::tensor({0.0, 0.0, 0.5}, torch::kFloat64);
  const HandSets about_root(set);
  const FigureSources sources{{{"ours", &about_root}}, nullptr, {}};
  FigureOptions options;
  options.accepted = {"hands_behind_camera"};
  EXPECT_THAT([&] { drawn(sources, {"test/0.jpg"}, options); }, ThrowsError(HasSubstr("in front of the camera")));
  options.views = {FigureView::side, FigureView::top};
  for (const cv::Mat& cell : drawn(sources, {"test/0.jpg"}, options).cells) EXPECT_GT(covered(cell), 300);
}

TEST(Figure, ImagesAreAColumnOrTheBackground) {
  const HandSets set(with_camera(random_hand_set(1, 1)));
  FigureSources sources{{{"ours", &set}}, nullptr, [](const std::string&) {
                          return FigureImage{cv::Mat(720, 960, CV_8UC3, cv::Scalar(10, 200, 30)), std::nullopt};
                        }};
  FigureOptions options;
  options.views = {FigureView::camera, FigureView::side};
  const FigureGrid beside = drawn(sources, {"test/0.jpg"}, options);
  ASSERT_EQ(beside.cells.size(), 3u);
  EXPECT_EQ(beside.groups[0].heading, "image");
  EXPECT_EQ(beside.cells[0].at<cv::Vec4b>(kCell / 2, kCell / 2), cv::Vec4b(10, 200, 30, 255));
  options.overlay = true;
  const FigureGrid over = drawn(sources, {"test/0.jpg"}, options);
  ASSERT_EQ(over.cells.size(), 2u);
  EXPECT_EQ(covered(over.cells[0]), kCell * kCell) << "opaque";
  EXPECT_LT(covered(over.cells[1]), kCell * kCell) << "only the camera view has the image";
  const cv::Mat& hands = beside.cells[1];
  for (int row = 0; row < kCell; row += 5)
    for (int column = 0; column < kCell; column += 5)
      for (int channel = 0; channel < 3; ++channel) {
        const cv::Vec4b& layer = hands.at<cv::Vec4b>(row, column);
        const double expected = layer[channel] + beside.cells[0].at<cv::Vec4b>(row, column)[channel] * (1 - layer[3] / 255.0);
        EXPECT_NEAR(over.cells[0].at<cv::Vec4b>(row, column)[channel], expected, 1);
      }
  const HandSets without_camera(random_hand_set(1, 1));
  sources.methods = {{"ours", &without_camera}};
  EXPECT_EQ(covered(drawn(sources, {"test/0.jpg"}).cells[0]), kCell * kCell * 3 / 4) << "the whole image, 4:3";
  EXPECT_THAT([&] { drawn(sources, {"test/0.jpg"}, options); }, ThrowsError(HasSubstr("only with a camera")));
}

TEST(Figure, ImagesAreFoundInAFolderByTheirIds) {
  const TemporaryDirectory folder;
  std::filesystem::create_directories(folder / "images/test");
  const cv::Mat red(4, 4, CV_8UC3, cv::Scalar(255, 0, 0)), blue(4, 4, CV_8UC3, cv::Scalar(0, 0, 255));
  write_image(folder / "images/test/0.png", red);
  write_image(folder / "1.png", blue);
  const FigureImages images = images_in_folder(folder.path());
  EXPECT_TRUE(equal(images("test/0.png").rgb, red));
  EXPECT_TRUE(equal(images("test/1.png").rgb, blue));
  EXPECT_FALSE(images("test/1.png").camera);
  EXPECT_THAT([&] { images("test/2.png"); }, ThrowsError(HasSubstr("test/2.png")));
  for (const char* id : {"test/../../secret.png", "/etc/passwd"})
    EXPECT_THAT([&] { images(id); }, ThrowsError(HasSubstr("no path below a folder")));
  EXPECT_THAT([&] { images_in_folder(folder / "absent"); }, ThrowsError(HasSubstr("no folder")));
}

TEST(Figure, RefusesSetsThatCannotBeDrawn) {
  const HandSet truth = random_hand_set(2, 1);
  HandSet joints, other_hand = as_meshes(truth), millimetres = as_meshes(truth), behind = with_camera(truth);
  joints.sample = truth.sample;
  joints.joints = annotated(truth).joints;
  other_hand.vertices = other_hand.vertices.slice(2, 0, 100).clone();
  millimetres.vertices = millimetres.vertices * 1000;
  behind.translation = behind.translation - torch::tensor({0.0, 0.0, 1.0}, torch::kFloat64);
  const HandSets good(truth, "truth.h5");
  const auto figure = [&](const HandSet& set, const FigureOptions& options = {}) {
    return [&good, set, options] {
      const HandSets sets(set, "p.h5");
      drawn({{{"ours", &sets}}, &good, {}}, {"test/0.jpg"}, options);
    };
  };
  EXPECT_THAT(figure(joints), ThrowsError(AllOf(HasSubstr("no meshes"), HasSubstr("p.h5"))));
  EXPECT_THAT(figure(other_hand), ThrowsError(AllOf(HasSubstr("100 vertices"), HasSubstr("p.h5"))));
  EXPECT_THAT(figure(millimetres), ThrowsError(HasSubstr("p.h5")));
  EXPECT_THAT(figure(behind), ThrowsError(AllOf(HasSubstr("in front of the camera"), HasSubstr("p.h5, sample test/0.jpg"))));
  FigureOptions twice;
  twice.views = {FigureView::side, FigureView::side};
  EXPECT_THAT(figure(truth, twice), ThrowsError(AllOf(HasSubstr("side"), HasSubstr("twice"))));
  FigureOptions no_bar;
  no_bar.error_max_mm = 0;
  EXPECT_THAT(figure(truth, no_bar), ThrowsError(HasSubstr("--error-max")));
  FigureOptions overlay;
  overlay.overlay = true;
  EXPECT_THAT(figure(truth, overlay), ThrowsError(HasSubstr("--overlay")));
  FigureOptions errors;
  errors.errors = Protocol::wrist;
  EXPECT_THAT([&] { drawn({{{"ours", &good}}, nullptr, {}}, {"test/0.jpg"}, errors); }, ThrowsError(HasSubstr("ground truth")));
  EXPECT_THAT([&] { drawn({}, {"test/0.jpg"}); }, ThrowsError(HasSubstr("needs a method")));
}

}  // namespace
}  // namespace interprior
