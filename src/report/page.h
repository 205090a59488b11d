#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "chart.h"
#include "interprior/base/table.h"
#include "turnable.h"

namespace interprior {

inline constexpr size_t kRowsInHtml = 200;  // of a table

// Self-contained HTML page: no network access; images, charts, meshes and a script (page.js: meshes turn, tables sort) are
// inlined. It is complete without the script, except for the rows of long tables. Light and dark mode, responsive, printable.
class Page {
 public:
  // folder: that of the page's file; links are relative to it.
  explicit Page(std::string title, std::string subtitle = "", std::filesystem::path folder = "");

  // Headline number with its unit; `note` holds the reference to compare it with.
  struct Number {
    std::string label, value, unit, note;
  };

  // A line chart, a dot plot (unit: style.x_label), or a hand diagram with a value per joint.
  struct NamedChart {
    std::string title;
    std::vector<Curve> curves;
    ChartStyle style;
    std::vector<DotRow> rows = {};
    std::vector<double> hand = {};
  };

  struct ImageFile {
    std::filesystem::path path;
    std::string alt;  // what the image shows
  };

  void heading(const std::string& text);  // also listed in the table of contents
  void subheading(const std::string& text);
  void paragraph(const std::string& text);  // escaped, as all text
  void warning(const std::string& text);
  void numbers(const std::vector<Number>& numbers);
  // Columns of text are aligned left. Rows after the first kRowsInHtml are data of the script, which shows them on request.
  void table(const Table& table);
  // As a JPEG, and below it meshes that turn, if any.
  void image(const cv::Mat& rgb, const std::string& caption, const std::vector<NamedMesh>& meshes = {});
  // The same of a JPEG or PNG. A larger file than most_bytes is made smaller (image_bytes.h), others are not re-encoded; 0: none
  // is. Throws Error.
  void image_file(const std::filesystem::path& path, const std::string& caption, const std::vector<NamedMesh>& meshes = {},
                  size_t most_bytes = 0);
  // Several JPEG or PNG files in one figure, side by side with the meshes that turn, all of one height; the row wraps on narrow
  // screens. Throws Error.
  void image_row(const std::vector<ImageFile>& images, const std::string& caption, const std::vector<NamedMesh>& meshes,
                 size_t most_bytes);
  // `text`, links to files beside the page or below its folder, and a player of `video`, unless it is empty. The page does not
  // contain these files, and a browser reads none before the viewer asks for it.
  void video(const std::string& text, const std::filesystem::path& video, const std::vector<std::filesystem::path>& files);
  void code(const std::string& title, const std::string& text);  // collapsed block
  void charts(const std::vector<NamedChart>& charts);            // side by side if they fit

  void write(const std::filesystem::path& path) const;  // atomic; throws Error
  std::string html() const;

 private:
  void figure(const std::string& inner, const std::string& caption, const std::string& kind);
  // images: their elements; classes: of the figure.
  void image_figure(const std::string& images, const std::string& caption, const std::vector<NamedMesh>& meshes,
                    const std::string& classes = "image");

  std::string link(const std::filesystem::path& file) const;

  std::string title_, subtitle_, body_;
  std::filesystem::path folder_;
  std::vector<std::string> headings_;
  FaceLists faces_;
};

// Text with &, <, >, " and ' replaced by entities.
std::string escaped(const std::string& text);
// RFC 4648, with padding.
std::string base64(const std::string& bytes);

}  // namespace interprior
