#pragma once
#include <cairo/cairo.h>

#include <set>
#include <string>

namespace interprior {

// Text on a page of cairo, in one size. Text that does not fit is shortened: headings at their end, ids at their beginning, as
// ids differ at the end.
class FigureText {
 public:
  FigureText(cairo_t* context, double size);

  void grey(double value);  // 0 black, 1 white
  void centred(const std::string& text, double centre, double baseline, double width);
  void left(const std::string& text, double left, double baseline, double width);
  double width_of(const std::string& text) const;
  // The texts so far with characters that the font lacks.
  const std::set<std::string>& lacking() const { return lacking_; }

 private:
  void show(const std::string& text);
  std::string fitting(std::string text, double width, bool keep_end) const;

  cairo_t* context_;
  std::set<std::string> lacking_;
};

}  // namespace interprior
