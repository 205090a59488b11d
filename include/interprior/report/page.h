#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "interprior/base/table.h"
#include "interprior/report/chart.h"

namespace interprior {

// One self-contained HTML page: no network, no scripts, pictures and charts inlined. Light and dark, readable on a phone,
// printable.
class Page {
 public:
  explicit Page(std::string title, std::string subtitle = "");

  // A headline number with its unit, and what it is to be compared with.
  struct Number {
    std::string label, value, unit, note;
  };

  // Curves, rows of dots whose unit is the style's x_label, or a hand with a number at each joint.
  struct NamedChart {
    std::string title;
    std::vector<Curve> curves;
    ChartStyle style;
    std::vector<DotRow> rows = {};
    std::vector<double> hand = {};
  };

  void heading(const std::string& text);  // also an entry of the page's contents
  void subheading(const std::string& text);
  void paragraph(const std::string& text);  // escaped, as all text here
  void warning(const std::string& text);
  void numbers(const std::vector<Number>& numbers);
  void table(const Table& table);
  void picture(const cv::Mat& rgb, const std::string& caption);                      // JPEG
  void picture_file(const std::filesystem::path& path, const std::string& caption);  // a JPEG or PNG as it lies; throws Error
  void code(const std::string& title, const std::string& text);                      // a folded block
  void charts(const std::vector<NamedChart>& charts);                                // side by side where there is room

  void write(const std::filesystem::path& path) const;  // atomic; throws Error
  std::string html() const;

 private:
  void figure(const std::string& inner, const std::string& caption, const char* kind);

  std::string title_, subtitle_, body_;
  std::vector<std::string> headings_;
};

// Text with &, <, >, " and ' as entities.
std::string escaped(const std::string& text);
// RFC 4648, with padding.
std::string base64(const std::string& bytes);

}  // namespace interprior
