#include "interprior/report/figure_grid.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "figure_page.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr int64_t kLongestPng = 32767;        // px: cairo's largest image
constexpr int64_t kMostPixels = 100'000'000;  // of a PNG, or of all cells of a PDF
constexpr double kLongestPage = 14400;        // pt: 200 inches, Acrobat's limit (PDF Reference 1.7, appendix C)
constexpr double kPointsPerPixel = 0.75;      // 96 px per inch
constexpr const char* kSmaller = "choose a smaller --cell or fewer samples, views and methods";

int64_t page_columns(const FigureGrid& grid) { return static_cast<int64_t>(grid.columns()); }

}  // namespace

size_t FigureGrid::columns() const {
  size_t count = 0;
  for (const FigureColumns& group : groups) count += group.views.size();
  return count;
}

FigureLayout::FigureLayout(const FigureGrid& grid, const FigurePage& page) {
  const int64_t cell = grid.cell;
  gap = std::max<int64_t>(1, cell / 32);
  int64_t x = gap;
  for (const FigureColumns& group : grid.groups) {
    for (size_t i = 0; i < group.views.size(); ++i, x += cell + gap) column.push_back(x);
    x += gap;
    has_views = has_views || group.views.size() > 1;
  }
  width = x - gap;
  font = page.text > 0 ? page.text / points_per_pixel(*this, page) : std::max(5.0, static_cast<double>(cell) / 15);
  line = static_cast<int64_t>(std::ceil(1.5 * font));
  int64_t y = heading = gap;
  y += line;
  views = y;
  if (has_views) y += line;
  for (size_t i = 0; i < grid.rows.size(); ++i, y += cell + gap) row.push_back(y += page.ids ? line : 0);
  bar = y;
  height = grid.bar ? y + 3 * line + gap : y;
}

int64_t cell_for_width(FigureGrid grid, const FigurePage& page, int64_t width) {
  grid.rows.clear();
  for (grid.cell = std::min(kLargestCell, width); grid.cell >= kSmallestCell; --grid.cell)
    if (FigureLayout(grid, page).width <= width) return grid.cell;
  throw Error(c10::str("a width of ", width, " px is too narrow for ", page_columns(grid), " columns"), "--width",
              c10::str("a column needs at least ", kSmallestCell, " px: choose a larger width, or fewer views and methods"));
}

double points_per_pixel(const FigureLayout& layout, const FigurePage& page) {
  return page.page_width > 0 ? page.page_width / static_cast<double>(layout.width) : kPointsPerPixel;
}

FigureFormat figure_format(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  require(extension == ".png" || extension == ".pdf", "a figure is a PNG or a PDF", path.string(),
          "end the file's name in .png or .pdf");
  return extension == ".png" ? FigureFormat::png : FigureFormat::pdf;
}

void check_figure(const std::filesystem::path& path, const FigureGrid& grid, const FigurePage& page) {
  const FigureFormat format = figure_format(path);
  require(grid.cell >= kSmallestCell && grid.cell <= kLargestCell, c10::str("a cell of ", grid.cell, " px cannot be drawn"),
          path.string(), c10::str("choose ", kSmallestCell, " to ", kLargestCell, " px"));
  require(!grid.rows.empty() && grid.columns() > 0, "the figure has no samples or no columns", path.string());
  require(std::isfinite(page.page_width) && page.page_width >= 0, "the page's width is not a positive number", path.string());
  require(page.text >= 0 && page.text <= kLongestPage, "the text's size is not a positive number of points", path.string());
  const FigureLayout layout(grid, page);
  require(page.text == 0 || 2 * layout.font < static_cast<double>(grid.cell),
          c10::str("text of ", page.text, " pt is half as high as a cell or higher"), path.string(),
          "choose a smaller --text, or larger cells by --cell, --width or --page-width");
  if (format == FigureFormat::png) {
    require(page.page_width == 0, "a PNG has no page", path.string(),
            "choose its size by --cell or --width instead of --page-width");
    require(layout.width <= kLongestPng && layout.height <= kLongestPng && layout.width * layout.height <= kMostPixels,
            c10::str("a PNG of ", layout.width, " x ", layout.height, " px is too large"), path.string(), kSmaller);
    return;
  }
  const double points = points_per_pixel(layout, page);
  const double width = points * static_cast<double>(layout.width), height = points * static_cast<double>(layout.height);
  require(width <= kLongestPage && height <= kLongestPage,
          c10::str("a page of ", std::lround(width), " x ", std::lround(height), " pt is larger than a PDF's page can be"),
          path.string(), "choose a smaller --page-width or --cell, or fewer samples");
  const auto cells = static_cast<int64_t>(grid.rows.size() * grid.columns());
  require(cells <= kMostPixels / (grid.cell * grid.cell),
          c10::str(cells, " cells of ", grid.cell, " x ", grid.cell, " px are too many"), path.string(), kSmaller);
}

}  // namespace interprior
