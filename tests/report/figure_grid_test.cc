#include "interprior/report/figure_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <regex>
#include <thread>

#include "interprior/base/files/atomic_file.h"
#include "pdf_text.h"
#include "report/figure_page.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Cells: a filled square with a border of half alpha, clear outside. The colour tells row and column.
FigureGrid grid_of(size_t rows, int64_t cell = 64) {
  FigureGrid grid;
  grid.groups = {{"image", {""}}, {"ground truth", {"camera", "side"}}, {"ours", {"camera", "side"}}};
  grid.cell = cell;
  for (size_t row = 0; row < rows; ++row) {
    grid.rows.push_back("test/" + std::to_string(row) + ".jpg");
    for (size_t column = 0; column < grid.columns(); ++column) {
      const int size = static_cast<int>(cell), quarter = size / 4;
      cv::Mat image(size, size, CV_8UC4, cv::Scalar::all(0));
      const cv::Scalar colour(200, 40.0 * static_cast<double>(column), 50.0 * static_cast<double>(row), 255);
      cv::rectangle(image, cv::Rect(quarter, quarter, size / 2, size / 2), colour * 0.4, cv::FILLED);
      cv::rectangle(image, cv::Rect(quarter + 1, quarter + 1, size / 2 - 2, size / 2 - 2), colour, cv::FILLED);
      grid.cells.push_back(image);
    }
  }
  return grid;
}

class FigureGridTest : public ::testing::Test {
 protected:
  // The written PNG as RGBA.
  cv::Mat png(const FigureGrid& grid, const FigurePage& page) const {
    write_figure(folder_ / "figure.png", grid, page);
    const cv::Mat stored = cv::imread((folder_ / "figure.png").string(), cv::IMREAD_UNCHANGED);
    cv::Mat rgba;
    cv::cvtColor(stored, rgba, stored.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGBA);
    return rgba;
  }
  std::string pdf(const FigureGrid& grid, const FigurePage& page) const {
    write_figure(folder_ / "figure.pdf", grid, page);
    return read_file(folder_ / "figure.pdf");
  }
  static std::array<double, 2> page_size(const std::string& pdf) {
    std::smatch match;
    static const std::regex box(R"(/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \])");
    if (!std::regex_search(pdf, match, box)) return {0, 0};
    return {std::stod(match[1]), std::stod(match[2])};
  }

  const TemporaryDirectory folder_;
};

TEST_F(FigureGridTest, CellsDoNotOverlapAndFillThePage) {
  FigureGrid grid = grid_of(3);
  const FigureLayout layout(grid, {});
  ASSERT_EQ(layout.column.size(), 5u);
  ASSERT_EQ(layout.row.size(), 3u);
  EXPECT_EQ(layout.column.front(), layout.gap);
  for (size_t i = 1; i < layout.column.size(); ++i) EXPECT_GE(layout.column[i] - layout.column[i - 1], grid.cell + layout.gap);
  EXPECT_GT(layout.column[1] - layout.column[0], layout.column[2] - layout.column[1]) << "groups are apart";
  EXPECT_EQ(layout.column.back() + grid.cell + layout.gap, layout.width);
  EXPECT_EQ(layout.row[2] - layout.row[1], layout.row[1] - layout.row[0]);
  EXPECT_EQ(layout.row[1] - layout.row[0], grid.cell + layout.gap + layout.line) << "an id above each row";
  EXPECT_EQ(layout.row.back() + grid.cell + layout.gap, layout.height);
  const FigureLayout bare(grid, {.ids = false});
  EXPECT_EQ(bare.row[1] - bare.row[0], grid.cell + bare.gap);
  grid.bar = FigureColourBar{30, "mm"};
  const FigureLayout with_bar(grid, {});
  EXPECT_EQ(with_bar.bar, layout.height);
  EXPECT_GE(with_bar.height, layout.height + 3 * layout.line);
}

TEST_F(FigureGridTest, APngHasEveryCellAtItsPlaceUnchanged) {
  const FigureGrid grid = grid_of(2);
  const FigureLayout layout(grid, {});
  const cv::Mat image = png(grid, {.transparent = true});
  ASSERT_EQ(image.size(), cv::Size(static_cast<int>(layout.width), static_cast<int>(layout.height)));
  const int cell = static_cast<int>(grid.cell);
  for (size_t row = 0; row < 2; ++row)
    for (size_t column = 0; column < 5; ++column) {
      const cv::Mat drawn =
          image(cv::Rect(static_cast<int>(layout.column[column]), static_cast<int>(layout.row[row]), cell, cell));
      const cv::Mat& expected = grid.cells[row * 5 + column];
      for (const int at : {cell / 2, cell / 4 + 1}) EXPECT_EQ(drawn.at<cv::Vec4b>(at, at), expected.at<cv::Vec4b>(at, at));
      EXPECT_EQ(drawn.at<cv::Vec4b>(0, 0)[3], 0);
    }
}

TEST_F(FigureGridTest, AlphaIsCoverageWithoutADarkFringe) {
  const FigureGrid grid = grid_of(1);
  const FigureLayout layout(grid, {});
  const int edge = static_cast<int>(grid.cell / 4), x = static_cast<int>(layout.column[1]) + edge,
            y = static_cast<int>(layout.row[0]) + edge;
  const cv::Vec4b clear = png(grid, {.transparent = true}).at<cv::Vec4b>(y, x);
  EXPECT_EQ(clear[3], 102) << "0.4 of 255";
  EXPECT_NEAR(clear[0], 200, 2) << "the colour of the surface, not a mixture with black";
  EXPECT_NEAR(clear[1], 40, 2);
  const cv::Mat page = png(grid, {});
  const cv::Vec4b on_white = page.at<cv::Vec4b>(y, x);
  EXPECT_EQ(on_white[3], 255);
  EXPECT_NEAR(on_white[0], 0.4 * 200 + 0.6 * 255, 2);
  EXPECT_EQ(page.at<cv::Vec4b>(0, 0), cv::Vec4b(255, 255, 255, 255));
}

TEST_F(FigureGridTest, HeadingsAndIdsAreDrawnInAPng) {
  FigureGrid grid = grid_of(1, 256), nameless = grid;
  for (FigureColumns& group : nameless.groups) group.heading = "";
  EXPECT_GT(cv::norm(png(grid, {}), png(nameless, {}), cv::NORM_INF), 100);
  nameless = grid;
  nameless.rows[0] = "test/another.jpg";
  EXPECT_GT(cv::norm(png(grid, {}), png(nameless, {}), cv::NORM_INF), 50);
}

TEST_F(FigureGridTest, APdfHasThePagesSizeTheCellsPixelsAndItsText) {
  FigureGrid grid = grid_of(2);
  grid.bar = FigureColourBar{30, "vertex error, mm"};
  const FigureLayout layout(grid, {});
  const std::string bytes = pdf(grid, {.page_width = 495});
  EXPECT_EQ(bytes.rfind("%PDF-1.", 0), 0u);
  EXPECT_THAT(bytes, HasSubstr("%%EOF"));
  const auto [width, height] = page_size(bytes);
  EXPECT_NEAR(width, 495, 1e-3);
  EXPECT_NEAR(height, 495.0 * static_cast<double>(layout.height) / static_cast<double>(layout.width), 1e-3);
  EXPECT_THAT(bytes, HasSubstr("/Width 64")) << "cells keep their pixels, whatever the size of the page";
  EXPECT_THAT(pdf_text(bytes), AllOf(HasSubstr("test/0.jpg"), HasSubstr("test/1.jpg"), HasSubstr("ground truth"),
                                     HasSubstr("ours"), HasSubstr("side"), HasSubstr("vertex error, mm"), HasSubstr("20")));
  const std::string without = pdf(grid, {.ids = false});
  EXPECT_NEAR(page_size(without)[0], 0.75 * static_cast<double>(layout.width), 1e-3);
  EXPECT_THAT(pdf_text(without), Not(HasSubstr("test/0.jpg")));
}

// A PDF's dates have a resolution of one second.
TEST_F(FigureGridTest, APdfHasTheSameBytesOnAnotherDay) {
  const FigureGrid grid = grid_of(1);
  const std::string first = pdf(grid, {});
  EXPECT_THAT(first, AllOf(Not(HasSubstr("CreationDate")), Not(HasSubstr("ModDate"))));
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(pdf(grid, {}), first);
}

TEST_F(FigureGridTest, TheWidthChoosesTheLargestCells) {
  FigureGrid grid = grid_of(1);
  for (const int64_t width : {333, 1000, 2500}) {
    grid.cell = cell_for_width(grid, {}, width);
    EXPECT_LE(FigureLayout(grid, {}).width, width);
    ++grid.cell;
    EXPECT_GT(FigureLayout(grid, {}).width, width);
  }
  EXPECT_THAT([&] { cell_for_width(grid, {}, 60); }, ThrowsError(AllOf(HasSubstr("60 px"), HasSubstr("5 columns"))));
}

TEST_F(FigureGridTest, TicksAreRoundNumbersUpToTheBarsEnd) {
  EXPECT_THAT(bar_ticks(30), ElementsAre(0, 10, 20, 30));
  EXPECT_THAT(bar_ticks(10), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(bar_ticks(25), ElementsAre(0, 5, 10, 15, 20, 25));
  EXPECT_THAT(bar_ticks(7), ElementsAre(0, 2, 4, 6, 7));
  EXPECT_THAT(bar_ticks(11), ElementsAre(0, 5, 11)) << "10 is too near the end";
  for (const double largest : {0.001, 0.7, 3.0, 4.9, 9.9, 11.0, 27.0, 51.0, 99.0, 10000.0}) {
    const std::vector<double> ticks = bar_ticks(largest);
    EXPECT_GE(ticks.size(), 3u) << largest;
    EXPECT_LE(ticks.size(), 6u) << largest;
    EXPECT_EQ(ticks.back(), largest);
    for (size_t i = 1; i < ticks.size(); ++i) EXPECT_GT(ticks[i] - ticks[i - 1], largest / 12) << largest;
  }
}

TEST_F(FigureGridTest, TheLastTickSaysThatLargerErrorsAreShown) {
  FigureGrid grid = grid_of(1);
  grid.bar = FigureColourBar{35, "error, mm"};
  EXPECT_THAT(pdf_text(pdf(grid, {})), AllOf(HasSubstr("35"), Not(HasSubstr("35+"))));
  grid.bar->exceeded = true;
  EXPECT_THAT(pdf_text(pdf(grid, {})), AllOf(HasSubstr("35+"), Not(HasSubstr("20+"))));
}

TEST_F(FigureGridTest, TheTextHasTheRequestedSize) {
  const FigureGrid grid = grid_of(2);
  const FigureLayout usual(grid, {});
  for (const double page_width : {0.0, 240.0}) {
    const FigurePage page{.page_width = page_width, .text = 9};
    const FigureLayout layout(grid, page);
    EXPECT_NEAR(layout.font * points_per_pixel(layout, page), 9, 1e-12);
    EXPECT_EQ(layout.width, usual.width) << "cells keep their size";
    EXPECT_GT(layout.height, usual.height);
    EXPECT_NEAR(page_size(pdf(grid, page))[1], points_per_pixel(layout, page) * static_cast<double>(layout.height), 1e-3);
  }
  EXPECT_EQ(FigureLayout(grid, {.text = 9}).font, 12) << "0.75 pt per px";
  EXPECT_THAT([&] { check_figure("a.pdf", grid, {.text = 30}); }, ThrowsError(AllOf(HasSubstr("30 pt"), HasSubstr("--text"))));
  for (const double size : {-1.0, 1e300, std::nan("")})
    EXPECT_THAT([&] { check_figure("a.pdf", grid, {.text = size}); }, ThrowsError(HasSubstr("text's size")));
}

TEST_F(FigureGridTest, TextThatTheFontLacksIsNamed) {
  FigureGrid grid = grid_of(1, 256);
  const auto warnings = [&] {
    testing::internal::CaptureStderr();
    pdf(grid, {});
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(warnings(), "");
  grid.groups[2].heading = "ours \xf4\x8f\xbf\xbd";  // U+10FFFD, for private use
  EXPECT_THAT(warnings(), AllOf(HasSubstr("lacks characters of \"ours \xf4\x8f\xbf\xbd\""), Not(HasSubstr("ground truth"))));
}

TEST_F(FigureGridTest, TextOfAnyBytesAndLengthIsDrawn) {
  FigureGrid grid = grid_of(1, 32);
  for (const std::string& id : {std::string("test/\xff\xfe.jpg"), std::string(100000, 'x') + "/end.jpg", std::string("\0\n\t", 3),
                                std::string("test/\xe6\x89\x8b.jpg"), std::string()}) {
    grid.rows[0] = grid.groups[2].heading = id;
    EXPECT_FALSE(png(grid, {}).empty());
    EXPECT_FALSE(pdf(grid, {}).empty());
  }
  grid.rows[0] = std::string(300, 'x') + "/end.jpg";
  EXPECT_THAT(pdf_text(pdf(grid, {})), HasSubstr("end.jpg")) << "a long id keeps its end";
}

TEST_F(FigureGridTest, RefusesWhatCannotBeWritten) {
  const FigureGrid grid = grid_of(1);
  const auto written = [&](const std::string& name, const FigureGrid& figure, const FigurePage& page = {}) {
    return [=, this] { write_figure(folder_ / name, figure, page); };
  };
  EXPECT_THAT(written("figure.jpg", grid), ThrowsError(AllOf(HasSubstr("figure.jpg"), HasSubstr(".pdf"))));
  EXPECT_THAT(written("figure", grid), ThrowsError(HasSubstr("PNG or a PDF")));
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THAT(written("file/figure.png", grid), ThrowsError(HasSubstr("file")));
  EXPECT_THAT(written("file/figure.pdf", grid), ThrowsError(HasSubstr("file")));
  FigureGrid wrong = grid;
  wrong.cells.pop_back();
  EXPECT_THAT(written("figure.png", wrong), ThrowsError(HasSubstr("rows times")));
  wrong = grid;
  wrong.cells[1] = cv::Mat(63, 64, CV_8UC4);
  EXPECT_THAT(written("figure.png", wrong), ThrowsError(HasSubstr("RGBA")));
  for (const char* name : {"figure.png", "figure.pdf"}) EXPECT_FALSE(std::filesystem::exists(folder_ / name)) << name;
}

TEST_F(FigureGridTest, RefusesSizesBeyondTheFormats) {
  const auto checked = [](const std::string& name, int64_t cell, size_t rows, double page_width = 0) {
    FigureGrid grid;
    grid.groups = {{"ours", {"camera"}}};
    grid.cell = cell;
    grid.rows.assign(rows, "test/0.jpg");
    return [=] { check_figure(name, grid, {.page_width = page_width}); };
  };
  EXPECT_NO_THROW(checked("a.png", 2048, 8)());
  EXPECT_THAT(checked("a.png", 2048, 20), ThrowsError(HasSubstr("too large")));
  EXPECT_THAT(checked("a.png", 16, 2000), ThrowsError(HasSubstr("too large")));
  EXPECT_THAT(checked("a.PDF", 64, 1000), ThrowsError(HasSubstr("larger than a PDF's page")));
  EXPECT_THAT(checked("a.pdf", 2048, 100, 18), ThrowsError(HasSubstr("too many")));
  EXPECT_THAT(checked("a.png", 15, 1), ThrowsError(HasSubstr("15 px")));
  EXPECT_THAT(checked("a.png", 4096, 1), ThrowsError(HasSubstr("4096 px")));
  EXPECT_THAT(checked("a.png", 64, 0), ThrowsError(HasSubstr("no samples")));
  EXPECT_THAT(checked("a.pdf", 64, 1, -1), ThrowsError(HasSubstr("positive")));
  EXPECT_THAT(checked("a.png", 64, 1, 495), ThrowsError(HasSubstr("no page")));
}

}  // namespace
}  // namespace interprior
