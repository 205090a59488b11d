#include "figure_page.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <sstream>

#include "figure_text.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "vertex_errors.h"

namespace interprior {
namespace {

constexpr double kBlack = 0, kGrey = 0.35;  // of headings, of ids and ticks
constexpr int kStops = 64;                  // colours of the bar

struct End {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
};
template <class T>
using Owned = std::unique_ptr<T, End>;

void check(cairo_status_t status, const std::filesystem::path& path) {
  require(status == CAIRO_STATUS_SUCCESS, std::string("the figure cannot be drawn: ") + cairo_status_to_string(status),
          path.string());
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int count) {
  try {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), count);
  } catch (const std::bad_alloc&) {  // must not pass through a C library
    return CAIRO_STATUS_NO_MEMORY;
  }
  return CAIRO_STATUS_SUCCESS;
}

// A cell as cairo's image. The pixels stay in memory until the page is written.
struct CellImage {
  explicit CellImage(const cv::Mat& rgba) {
    cv::cvtColor(rgba, pixels, cv::COLOR_RGBA2BGRA);  // cairo's ARGB32 is one number in the machine's byte order
    surface.reset(cairo_image_surface_create_for_data(pixels.data, CAIRO_FORMAT_ARGB32, pixels.cols, pixels.rows,
                                                      static_cast<int>(pixels.step)));
  }
  cv::Mat pixels;
  Owned<cairo_surface_t> surface;
};

class PageDrawing {
 public:
  // `images` gets the cells' pixels, which must live longer than the surface.
  PageDrawing(cairo_t* context, const FigureGrid& grid, const FigurePage& page, std::vector<CellImage>& images)
      : context_(context), grid_(grid), page_(page), layout_(grid, page), text_(context, layout_.font), images_(images) {}

  void draw() {
    if (!page_.transparent) {
      cairo_set_source_rgb(context_, 1, 1, 1);
      cairo_paint(context_);
    }
    draw_headings();
    for (size_t row = 0; row < grid_.rows.size(); ++row) draw_row(row);
    if (grid_.bar) draw_bar(*grid_.bar);
  }

  const std::set<std::string>& lacking() const { return text_.lacking(); }

 private:
  void draw_headings() {
    size_t first = 0;
    for (const FigureColumns& group : grid_.groups) {
      const size_t last = first + group.views.size() - 1;
      const double left = place(layout_.column[first]), right = place(layout_.column[last] + grid_.cell);
      text_.grey(kBlack);
      text_.centred(group.heading, (left + right) / 2, baseline(layout_.heading), right - left);
      text_.grey(kGrey);
      for (size_t i = first; i <= last && layout_.has_views; ++i)
        text_.centred(group.views[i - first], place(layout_.column[i]) + place(grid_.cell) / 2, baseline(layout_.views),
                      place(grid_.cell));
      first = last + 1;
    }
  }

  void draw_row(size_t row) {
    text_.grey(kGrey);
    const double left = place(layout_.column.front()), right = place(layout_.column.back() + grid_.cell);
    if (page_.ids) text_.left(grid_.rows[row], left, baseline(layout_.row[row] - layout_.line), right - left);
    for (size_t column = 0; column < grid_.columns(); ++column) {
      const cv::Mat& cell = grid_.cells[row * grid_.columns() + column];
      if (cell.empty()) continue;
      images_.emplace_back(cell);
      cairo_set_source_surface(context_, images_.back().surface.get(), place(layout_.column[column]), place(layout_.row[row]));
      cairo_paint(context_);
    }
  }

  void draw_bar(const FigureColourBar& bar) {
    const double page = place(layout_.width);
    const double width = std::max(page / 2, std::min(page - 4 * layout_.font, 3.0 * place(grid_.cell)));
    const double left = (page - width) / 2, upper = place(layout_.bar + layout_.line);
    text_.grey(kBlack);
    text_.centred(bar.label, page / 2, baseline(layout_.bar), page);
    const Owned<cairo_pattern_t> colours(cairo_pattern_create_linear(left, 0, left + width, 0));
    for (int i = 0; i < kStops; ++i) {
      const double share = static_cast<double>(i) / (kStops - 1);
      const std::array<uint8_t, 3> colour = error_colour(share);
      cairo_pattern_add_color_stop_rgb(colours.get(), share, colour[0] / 255.0, colour[1] / 255.0, colour[2] / 255.0);
    }
    cairo_rectangle(context_, left, upper, width, 0.7 * place(layout_.line));
    cairo_set_source(context_, colours.get());
    cairo_fill(context_);
    text_.grey(kGrey);
    std::vector<double> ticks = bar_ticks(bar.largest);
    double free = page;  // labels that would touch the one to their right are left out, never that of the bar's end
    for (auto tick = ticks.rbegin(); tick != ticks.rend(); ++tick) {
      const std::string label = tick_label(*tick, bar);
      const double centre = left + width * *tick / bar.largest, half = text_.width_of(label) / 2;
      if (*tick != bar.largest && centre + half > free) continue;
      text_.centred(label, centre, baseline(layout_.bar + 2 * layout_.line), page);
      free = centre - half - layout_.font / 2;
    }
  }

  static double place(int64_t pixels) { return static_cast<double>(pixels); }
  // Of text in the line whose upper edge is given.
  double baseline(int64_t upper) const { return place(upper) + place(layout_.line) / 2 + 0.35 * layout_.font; }

  cairo_t* context_;
  const FigureGrid& grid_;
  const FigurePage& page_;
  FigureLayout layout_;
  FigureText text_;
  std::vector<CellImage>& images_;
};

}  // namespace

std::string valid_utf8(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

std::vector<double> bar_ticks(double largest) {
  const double power = std::pow(10, std::floor(std::log10(largest)));
  double step = 2 * power;
  for (const double factor : {1.0, 0.5, 0.2})
    if (largest / (factor * power) <= 5 + 1e-9) step = factor * power;
  std::vector<double> ticks;
  for (int64_t i = 0; static_cast<double>(i) * step <= largest - 0.5 * step * (1 - 1e-9); ++i)
    ticks.push_back(static_cast<double>(i) * step);
  ticks.push_back(largest);
  return ticks;
}

std::string tick_label(double tick, const FigureColourBar& bar) {
  std::ostringstream label;  // six digits without trailing zeros
  label << tick << (bar.exceeded && tick == bar.largest ? "+" : "");
  return label.str();
}

void write_figure(const std::filesystem::path& path, const FigureGrid& grid, const FigurePage& page) {
  check_figure(path, grid, page);
  require(grid.cells.size() == grid.rows.size() * grid.columns(), "the figure's cells are not its rows times its columns",
          path.string());
  for (const cv::Mat& cell : grid.cells)
    require(cell.empty() || (cell.type() == CV_8UC4 && cell.rows == grid.cell && cell.cols == grid.cell),
            "a cell of the figure is no square RGBA image of the grid's size", path.string());
  const FigureLayout layout(grid, page);
  const bool is_png = figure_format(path) == FigureFormat::png;
  const double points = points_per_pixel(layout, page);
  std::string bytes;
  std::vector<CellImage> images;
  const Owned<cairo_surface_t> surface(
      is_png ? cairo_image_surface_create(CAIRO_FORMAT_ARGB32, static_cast<int>(layout.width), static_cast<int>(layout.height))
             : cairo_pdf_surface_create_for_stream(append, &bytes, points * static_cast<double>(layout.width),
                                                   points * static_cast<double>(layout.height)));
  check(cairo_surface_status(surface.get()), path);
  if (!is_png)  // no creation date: the same command writes the same bytes
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, nullptr);
  const Owned<cairo_t> context(cairo_create(surface.get()));
  if (!is_png) cairo_scale(context.get(), points, points);
  PageDrawing drawing(context.get(), grid, page, images);
  drawing.draw();
  check(cairo_status(context.get()), path);
  if (is_png)
    check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes), path);
  else
    cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()), path);
  write_file(path, bytes);
  for (const std::string& text : drawing.lacking())
    log_warning("the font of the figure lacks characters of " + nlohmann::json(text).dump() +
                ", which become boxes: install a font that has them, or choose other text");
}

}  // namespace interprior
