#include "page.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "hand_diagram.h"
#include "image_bytes.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "page_script.h"
#include "page_style.h"

namespace interprior {
namespace {

constexpr int kJpegQuality = 88;
constexpr size_t kColours = 8;

std::string colour_classes() {
  std::string css;
  for (size_t i = 0; i < kColours; ++i) {
    const std::string name = "c" + std::to_string(i), value = "var(--c" + std::to_string(i) + ")";
    css += "svg path." + name + "{stroke:" + value + "}svg circle." + name + ",.legend ." + name + "{fill:" + value +
           ";background:" + value + "}";
  }
  return css;
}

std::string anchor_of(size_t index) { return "part-" + std::to_string(index + 1); }

// Columns of text are aligned left, numbers right.
std::vector<bool> word_columns(const Table& table) {
  std::vector<bool> words(1, true);
  for (size_t i = 1; i < table.rows.size(); ++i)
    for (size_t column = 0; column < table.rows[i].size(); ++column) {
      if (words.size() <= column) words.push_back(false);
      const std::string& cell = table.rows[i][column];
      if (!cell.empty() && std::isalpha(static_cast<unsigned char>(cell[0]))) words[column] = true;
    }
  return words;
}

std::string cells(const std::vector<std::string>& row, const std::vector<bool>& words, const char* tag) {
  std::string html = "<tr>";
  for (size_t column = 0; column < row.size(); ++column) {
    const bool left = column < words.size() && words[column];
    html += std::string("<") + tag + (left ? " class=\"words\">" : ">") + escaped(row[column]) + "</" + tag + ">";
  }
  return html + "</tr>";
}

// JSON that the page's script reads. A `<` would end the element.
std::string data_script(const std::string& attribute, const std::string& json) {
  std::string text;
  for (const char c : json) text += c == '<' ? "\\u003c" : std::string(1, c);
  return "<script type=\"application/json\" " + attribute + ">" + text + "</script>";
}

bool is_png(const std::string& bytes) { return bytes.rfind("\x89PNG", 0) == 0; }

std::string image_bytes(const std::filesystem::path& path, size_t most_bytes) {
  std::string bytes = read_file(path);
  if (most_bytes > 0) bytes = smaller_image(bytes, most_bytes);
  require(is_png(bytes) || bytes.rfind("\xFF\xD8", 0) == 0, "this is neither a JPEG nor a PNG image", path.string(),
          "delete it and write the report again");
  return bytes;
}

// attributes: further ones, with a leading space.
std::string image_element(const std::string& bytes, const std::string& alt, const std::string& attributes = "") {
  return "<img alt=\"" + escaped(alt) + "\"" + attributes + " src=\"data:image/" + (is_png(bytes) ? "png" : "jpeg") + ";base64," +
         base64(bytes) + "\">";
}

// RFC 3986, section 2.1: percent-encoded but for unreserved characters and the slash.
std::string url_path(const std::string& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 128 && (std::isalnum(byte) || std::string_view("-._~/").find(c) != std::string_view::npos);
    out += plain ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15u]};
  }
  return out;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(const std::string& bytes) {
  constexpr const char* kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out += at + i <= bytes.size() ? kAlphabet[group >> (18 - 6 * i) & 63u] : '=';
  }
  return out;
}

Page::Page(std::string title, std::string subtitle, std::filesystem::path folder)
    : title_(std::move(title)), subtitle_(std::move(subtitle)), folder_(std::move(folder)) {}

void Page::heading(const std::string& text) {
  body_ += "<h2 id=\"" + anchor_of(headings_.size()) + "\">" + escaped(text) + "</h2>\n";
  headings_.push_back(text);
}

void Page::subheading(const std::string& text) { body_ += "<h3>" + escaped(text) + "</h3>\n"; }

void Page::paragraph(const std::string& text) { body_ += "<p>" + escaped(text) + "</p>\n"; }

void Page::warning(const std::string& text) { body_ += "<p class=\"warning\">" + escaped(text) + "</p>\n"; }

void Page::numbers(const std::vector<Number>& numbers) {
  body_ += "<div class=\"numbers\">";
  for (const Number& number : numbers)
    body_ += "<div class=\"number\"><span>" + escaped(number.label) + "</span><b>" + escaped(number.value) + " <small>" +
             escaped(number.unit) + "</small></b><span>" + escaped(number.note) + "</span></div>";
  body_ += "</div>\n";
}

void Page::table(const Table& table) {
  body_ += "<div class=\"scroll\"><table>";
  if (!table.title.empty()) body_ += "<caption>" + escaped(table.title) + "</caption>";
  const std::vector<bool> words = word_columns(table);
  const size_t shown = std::min(table.rows.size(), kRowsInHtml + 1);  // with the head
  for (size_t i = 0; i < shown; ++i) body_ += cells(table.rows[i], words, i == 0 ? "th" : "td") + "\n";
  if (shown < table.rows.size()) {
    const std::vector<std::vector<std::string>> others(table.rows.begin() + static_cast<ptrdiff_t>(shown), table.rows.end());
    body_ += data_script("class=\"rows\"", nlohmann::json(others).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  body_ += "</table></div>\n";
  if (shown < table.rows.size())
    body_ += c10::str("<p class=\"more\">The first ", shown - 1, " of ", table.rows.size() - 1,
                      " rows; a browser shows the others with JavaScript.</p>\n");
}

void Page::figure(const std::string& inner, const std::string& caption, const std::string& kind) {
  const std::string text = "<figcaption>" + escaped(caption) + "</figcaption>";
  const bool chart = kind == "chart";
  body_ += "<figure class=\"" + kind + "\">" + (chart ? text + inner : inner + text) + "</figure>\n";
}

void Page::image_figure(const std::string& images, const std::string& caption, const std::vector<NamedMesh>& meshes,
                        const std::string& classes) {
  if (can_turn(meshes))
    figure(images + data_script("class=\"scene\"", scene_json(meshes, faces_)), caption, classes + " meshes");
  else
    figure(images, caption, classes);
}

void Page::image(const cv::Mat& rgb, const std::string& caption, const std::vector<NamedMesh>& meshes) {
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uchar> jpeg;
  cv::imencode(".jpg", bgr, jpeg, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  image_figure(image_element(std::string(jpeg.begin(), jpeg.end()), caption), caption, meshes);
}

void Page::image_file(const std::filesystem::path& path, const std::string& caption, const std::vector<NamedMesh>& meshes,
                      size_t most_bytes) {
  image_figure(image_element(image_bytes(path, most_bytes), caption), caption, meshes);
}

void Page::image_row(const std::vector<ImageFile>& images, const std::string& caption, const std::vector<NamedMesh>& meshes,
                     size_t most_bytes) {
  std::string row;
  for (const auto& [path, alt] : images) {
    const std::string bytes = image_bytes(path, most_bytes);
    row += image_element(bytes, alt, c10::str(" style=\"--aspect:", number(aspect_of(bytes), 3), "\""));
  }
  image_figure(row, caption, meshes, "image row");
}

std::string Page::link(const std::filesystem::path& file) const {
  // Without "./" a name such as "a:b.mp4" would begin with a scheme.
  return "./" + url_path((folder_.empty() ? file : file.lexically_relative(folder_)).generic_string());
}

void Page::video(const std::string& text, const std::filesystem::path& video, const std::vector<std::filesystem::path>& files) {
  body_ += "<p>" + escaped(text);
  for (size_t i = 0; i < files.size(); ++i)
    body_ += c10::str(i == 0 ? ": " : ", ", "<a href=\"", link(files[i]), "\">", escaped(files[i].filename().string()), "</a>");
  body_ += "</p>\n";
  if (!video.empty()) body_ += "<video controls preload=\"none\" src=\"" + link(video) + "\"></video>\n";
}

void Page::code(const std::string& title, const std::string& text) {
  body_ += "<details><summary>" + escaped(title) + "</summary><pre>" + escaped(text) + "</pre></details>\n";
}

void Page::charts(const std::vector<NamedChart>& charts) {
  body_ += "<div class=\"charts\">\n";
  for (const NamedChart& chart : charts)
    figure(!chart.hand.empty()   ? hand_diagram(chart.hand)
           : !chart.rows.empty() ? dot_chart(chart.rows, chart.style.x_label)
                                 : line_chart(chart.curves, chart.style),
           chart.title, "chart");
  body_ += "</div>\n";
}

std::string Page::html() const {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n";
  out += "<title>" + escaped(title_) + "</title>\n<style>" + kPageStyle + colour_classes() +
         "</style></head>\n<body><main>\n<h1>" + escaped(title_) + "</h1>\n";
  if (!subtitle_.empty()) out += "<p class=\"subtitle\">" + escaped(subtitle_) + "</p>\n";
  if (headings_.size() > 1) {
    out += "<nav>";
    for (size_t i = 0; i < headings_.size(); ++i) out += "<a href=\"#" + anchor_of(i) + "\">" + escaped(headings_[i]) + "</a>";
    out += "</nav>\n";
  }
  return out + body_ + "<footer>Made by interprior. All images and numbers are inside this file.</footer>\n</main>\n" +
         (faces_.empty()
              ? ""
              : data_script("id=\"faces\"", faces_.json()) + "\n" + data_script("id=\"colours\"", hand_colours_json()) + "\n") +
         "<script>" + kPageScript + "</script>\n</body></html>\n";
}

void Page::write(const std::filesystem::path& path) const { write_file(path, html()); }

}  // namespace interprior
