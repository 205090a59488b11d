#pragma once
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

namespace interprior {

// Columns under one heading.
struct FigureColumns {
  std::string heading;
  std::vector<std::string> views;  // one per column
};

// The colour bar below the grid.
struct FigureColourBar {
  double largest = 0;  // its right end, mm
  std::string label;
  bool exceeded = false;  // whether values beyond its end have its last colour: the last tick is then "30+"
};

// A grid of square images with headings above the columns and an id above each row.
struct FigureGrid {
  std::vector<FigureColumns> groups;
  std::vector<std::string> rows;
  int64_t cell = 256;          // px, side of an image
  std::vector<cv::Mat> cells;  // row by row: 8-bit RGBA, colours multiplied by alpha; empty: nothing is drawn
  std::optional<FigureColourBar> bar;

  size_t columns() const;
};

struct FigurePage {
  bool transparent = false;  // without a white ground
  bool ids = true;           // an id above each row
  double page_width = 0;     // of a PDF, pt = 1/72 inch; 0: 0.75 pt per px
  double text = 0;           // size of the text, pt; in a PNG a pt is 4/3 px; 0: a fifteenth of a cell
};

// Places of a grid's parts, px from the top left corner. Depends on the number of rows, columns and views, and on the text's
// size.
struct FigureLayout {
  FigureLayout(const FigureGrid& grid, const FigurePage& page);

  int64_t width = 0, height = 0;
  int64_t gap = 0, line = 0;         // between cells; height of a line of text
  double font = 0;                   // px
  std::vector<int64_t> column, row;  // left and upper edges of the cells
  int64_t heading = 0, views = 0;    // upper edges of the lines of headings and names of views
  int64_t bar = 0;                   // upper edge of the colour bar's label
  bool has_views = false;            // whether names of views are shown: some heading has several columns
};

// The largest cells with which the figure is at most `width` px wide. Throws Error if it is too narrow for cells of
// kSmallestCell.
int64_t cell_for_width(FigureGrid grid, const FigurePage& page, int64_t width);
inline constexpr int64_t kSmallestCell = 16, kLargestCell = 2048;  // px

// Throws Error unless the file's name ends in .png or .pdf, and the size can be written: a PNG of at most 32,767 px a side and
// 100 megapixels, a PDF of at most 14,400 pt a side and as many pixels in its cells; and unless the text's size is less than half
// a cell.
void check_figure(const std::filesystem::path& path, const FigureGrid& grid, const FigurePage& page);

// Writes PNG or PDF, atomically. A PDF has the cells as images of `cell` px, and headings, ids and the colour bar as vectors.
// Warns of text with characters that the font lacks. Throws Error.
void write_figure(const std::filesystem::path& path, const FigureGrid& grid, const FigurePage& page);

}  // namespace interprior
