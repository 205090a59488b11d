#include "figure_text.h"

#include <algorithm>
#include <memory>

#include "figure_page.h"

namespace interprior {
namespace {

constexpr size_t kLongest = 400;  // bytes of text that are looked at
constexpr const char* kEllipsis = "\xe2\x80\xa6";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Without the first or last character of UTF-8.
void drop_first(std::string& text) {
  size_t bytes = 1;
  while (bytes < text.size() && continues(text[bytes])) ++bytes;
  text.erase(0, bytes);
}
void drop_last(std::string& text) {
  while (text.size() > 1 && continues(text.back())) text.pop_back();
  text.pop_back();
}

// Fonts draw a character that they lack as glyph 0 (OpenType, table cmap), usually a box.
bool has_all_glyphs(cairo_scaled_font_t* font, const std::string& text) {
  cairo_glyph_t* glyphs = nullptr;
  int count = 0;
  if (cairo_scaled_font_text_to_glyphs(font, 0, 0, text.c_str(), -1, &glyphs, &count, nullptr, nullptr, nullptr) !=
      CAIRO_STATUS_SUCCESS)
    return true;  // the drawing reports the failure
  const std::unique_ptr<cairo_glyph_t, decltype(&cairo_glyph_free)> owned(glyphs, &cairo_glyph_free);
  return std::none_of(glyphs, glyphs + count, [](const cairo_glyph_t& glyph) { return glyph.index == 0; });
}

}  // namespace

FigureText::FigureText(cairo_t* context, double size) : context_(context) {
  cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, size);
  const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(cairo_font_options_create(),
                                                                                             &cairo_font_options_destroy);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);  // colour fringes would not fit a transparent page
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(context, options.get());
}

void FigureText::grey(double value) { cairo_set_source_rgb(context_, value, value, value); }

void FigureText::centred(const std::string& text, double centre, double baseline, double width) {
  const std::string shown = fitting(text, width, /*keep_end=*/false);
  cairo_move_to(context_, centre - width_of(shown) / 2, baseline);
  show(shown);
}

void FigureText::left(const std::string& text, double left, double baseline, double width) {
  cairo_move_to(context_, left, baseline);
  show(fitting(text, width, /*keep_end=*/true));
}

void FigureText::show(const std::string& text) {
  if (!has_all_glyphs(cairo_get_scaled_font(context_), text)) lacking_.insert(text);
  cairo_show_text(context_, text.c_str());
}

double FigureText::width_of(const std::string& text) const {
  cairo_text_extents_t extents;
  cairo_text_extents(context_, text.c_str(), &extents);
  return extents.x_advance;
}

std::string FigureText::fitting(std::string text, double width, bool keep_end) const {
  const bool too_long = text.size() > kLongest;
  if (too_long) text = keep_end ? text.substr(text.size() - kLongest) : text.substr(0, kLongest);
  text = valid_utf8(text);  // also where a character was cut
  if (!too_long && width_of(text) <= width) return text;
  const auto shortened = [&] { return keep_end ? kEllipsis + text : text + kEllipsis; };
  while (!text.empty() && width_of(shortened()) > width) keep_end ? drop_first(text) : drop_last(text);
  return shortened();
}

}  // namespace interprior
