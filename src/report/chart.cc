#include "chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "page.h"

namespace interprior {
namespace {

constexpr double kWidth = 520, kHeight = 250, kLeft = 62, kRight = 14, kTop = 12, kBottom = 42;
constexpr size_t kMaxPoints = 400, kColours = 8;

std::string coordinate(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string tick_text(double value) {
  char text[32];
  if (std::abs(value) >= 1e4 && std::fmod(value, 1000) == 0)
    std::snprintf(text, sizeof text, "%gk", value / 1000);
  else
    std::snprintf(text, sizeof text, "%g", std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

struct Span {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

// One axis: data to pixels, linear or logarithmic.
struct Axis {
  double low, high, from, to;
  bool log = false;
  double scaled(double value) const { return log ? std::log10(value) : value; }
  double operator()(double value) const {
    return from + (scaled(value) - scaled(low)) / (scaled(high) - scaled(low)) * (to - from);
  }
};

Axis axis_over(Span span, double from, double to, bool log, double margin) {
  if (log) {
    if (span.high <= span.low * 1.01) span = {span.low / 2, span.high * 2};
    const double pad = std::pow(span.high / span.low, margin);
    return {span.low / pad, span.high * pad, from, to, true};
  }
  const double half = span.low == 0 ? 1 : std::abs(span.low) * 0.5;  // half range around a constant
  if (span.high <= span.low) span = {span.low - half, span.high + half};
  const double pad = (span.high - span.low) * margin;
  return {span.low - pad, span.high + pad, from, to, false};
}

std::vector<double> axis_ticks(const Axis& axis, int count) {
  if (!axis.log) return round_ticks(axis.low, axis.high, count);
  std::vector<double> ticks;
  const bool wide = axis.high / axis.low > 300;
  for (double decade = std::pow(10, std::floor(std::log10(axis.low))); decade <= axis.high; decade *= 10)
    for (const double factor : {1.0, 2.0, 5.0})
      if ((factor == 1.0 || !wide) && factor * decade >= axis.low && factor * decade <= axis.high)
        ticks.push_back(factor * decade);
  return ticks.size() < 3 ? round_ticks(axis.low, axis.high, count) : ticks;
}

bool drawable(double x, double y, bool log_y) { return std::isfinite(x) && std::isfinite(y) && (!log_y || y > 0); }

// Averages neighbouring points to keep pages of long runs small.
Curve subsample(const Curve& curve) {
  const size_t count = std::min(curve.x.size(), curve.y.size());
  const size_t stride = (count + kMaxPoints - 1) / kMaxPoints;
  if (stride <= 1) return curve;
  Curve out{curve.name, {}, {}, curve.reference};
  for (size_t begin = 0; begin < count; begin += stride) {
    const size_t end = std::min(count, begin + stride);
    const auto size = static_cast<double>(end - begin);
    out.x.push_back(std::accumulate(curve.x.begin() + static_cast<long>(begin), curve.x.begin() + static_cast<long>(end), 0.0) /
                    size);
    out.y.push_back(std::accumulate(curve.y.begin() + static_cast<long>(begin), curve.y.begin() + static_cast<long>(end), 0.0) /
                    size);
  }
  return out;
}

Curve running_mean(const Curve& curve) {
  const long half = std::max<long>(2, static_cast<long>(curve.y.size()) / 40);
  const auto count = static_cast<long>(curve.y.size());
  Curve out = curve;
  for (long i = 0; i < count; ++i) {
    double sum = 0, weight = 0;
    for (long j = std::max<long>(0, i - half); j <= std::min(count - 1, i + half); ++j)
      if (std::isfinite(curve.y[j])) sum += curve.y[j], weight += 1;
    out.y[i] = weight > 0 ? sum / weight : curve.y[i];
  }
  return out;
}

std::string path_of(const Curve& curve, const Axis& x, const Axis& y, const std::string& style) {
  std::string path, marks;
  bool open = false;
  for (size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i) {
    const bool good = drawable(curve.x[i], curve.y[i], y.log);
    if (good) path += (open ? "L" : "M") + coordinate(x(curve.x[i])) + " " + coordinate(y(curve.y[i]));
    open = good;
  }
  if (curve.x.size() <= 40 && !curve.reference && style.find("raw") == std::string::npos)
    for (size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
      if (drawable(curve.x[i], curve.y[i], y.log))
        marks += "<circle class=\"" + style + "\" cx=\"" + coordinate(x(curve.x[i])) + "\" cy=\"" + coordinate(y(curve.y[i])) +
                 "\" r=\"2.4\"/>";
  return "<path class=\"line " + style + "\" d=\"" + path + "\"/>" + marks;
}

std::string text_at(double x, double y, const char* anchor, const std::string& text, const std::string& more = "") {
  return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + anchor + "\"" + more + ">" +
         escaped(text) + "</text>";
}

std::string line_from(double x0, double y0, double x1, double y1, const char* style) {
  return std::string("<line class=\"") + style + "\" x1=\"" + coordinate(x0) + "\" y1=\"" + coordinate(y0) + "\" x2=\"" +
         coordinate(x1) + "\" y2=\"" + coordinate(y1) + "\"/>";
}

std::string opening(double height) {
  return "<svg viewBox=\"0 0 " + coordinate(kWidth) + " " + coordinate(height) + "\" role=\"img\">";
}

std::string style_of(const Curve& curve, size_t index) {
  return curve.reference ? "reference" : "c" + std::to_string(index % kColours);
}

std::string legend(const std::vector<Curve>& curves) {
  std::string html = "<div class=\"legend\">";
  for (size_t i = 0; i < curves.size(); ++i)
    html += "<span><i class=\"" + style_of(curves[i], i) + "\"></i>" + escaped(curves[i].name) + "</span>";
  return html + "</div>";
}

double finite_mean(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (const double value : values)
    if (std::isfinite(value)) sum += value, count += 1;
  return sum / count;
}

bool has_interval(const DotRow& row) {
  return std::isfinite(row.half_width) && row.half_width > 0 && std::isfinite(finite_mean(row.values));
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  std::vector<double> ticks;
  if (!(high > low) || !std::isfinite(high - low) || count < 1) return ticks;
  const double rough = (high - low) / count, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough <= 1.5 * power ? 1 : rough <= 3.5 * power ? 2 : rough <= 7.5 * power ? 5 : 10);
  const auto first = static_cast<int64_t>(std::ceil(low / step - 1e-9)),
             last = static_cast<int64_t>(std::floor(high / step + 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string line_chart(const std::vector<Curve>& curves, const ChartStyle& style) {
  Span xs, ys;
  for (const Curve& curve : curves)
    for (size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
      if (drawable(curve.x[i], curve.y[i], style.log_y)) xs.add(curve.x[i]), ys.add(curve.y[i]);
  if (xs.empty()) return "<p class=\"quiet\">No numbers to draw yet.</p>";

  const Axis x = axis_over(xs, kLeft, kWidth - kRight, false, 0), y = axis_over(ys, kHeight - kBottom, kTop, style.log_y, 0.06);
  std::string svg = opening(kHeight);
  for (const double tick : axis_ticks(y, 5)) {
    svg += line_from(kLeft, y(tick), kWidth - kRight, y(tick), "grid");
    svg += text_at(kLeft - 7, y(tick) + 4, "end", tick_text(tick));
  }
  for (const double tick : axis_ticks(x, 6)) {
    svg += line_from(x(tick), kHeight - kBottom, x(tick), kHeight - kBottom + 4, "axis");
    svg += text_at(x(tick), kHeight - kBottom + 17, "middle", tick_text(tick));
  }
  svg += line_from(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "axis");
  svg += text_at((kLeft + kWidth - kRight) / 2, kHeight - 6, "middle", style.x_label);
  svg += text_at(13, (kTop + kHeight - kBottom) / 2, "middle", style.y_label,
                 " transform=\"rotate(-90 13 " + coordinate((kTop + kHeight - kBottom) / 2) + ")\"");
  for (size_t i = 0; i < curves.size(); ++i) {
    const Curve curve = subsample(curves[i]);
    const std::string colour = style_of(curves[i], i);
    const bool smooth = style.smooth && curve.x.size() > 40;
    if (smooth) svg += path_of(curve, x, y, colour + " raw");
    svg += path_of(smooth ? running_mean(curve) : curve, x, y, colour);
  }
  return svg + "</svg>" + (curves.size() > 1 ? legend(curves) : "");
}

std::string dot_chart(const std::vector<DotRow>& rows, const std::string& unit) {
  constexpr double kRow = 21, kCharacter = 7, kMaxNames = 240;
  size_t longest = 0;
  for (const DotRow& row : rows) longest = std::max(longest, row.name.size());
  const double names = std::min(kMaxNames, kCharacter * static_cast<double>(longest) + 18);
  Span span;
  for (const DotRow& row : rows) {
    for (const double value : row.values)
      if (std::isfinite(value)) span.add(value);
    if (!has_interval(row)) continue;
    span.add(finite_mean(row.values) - row.half_width);
    span.add(finite_mean(row.values) + row.half_width);
  }
  if (span.empty()) return "<p class=\"quiet\">No numbers to draw yet.</p>";
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  const Axis x = axis_over(span, names, kWidth - kRight, false, 0.08);
  std::string svg = opening(bottom + kBottom);
  for (const double tick : axis_ticks(x, 6)) {
    svg += line_from(x(tick), kTop, x(tick), bottom, "grid");
    svg += text_at(x(tick), bottom + 16, "middle", tick_text(tick));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const double y = kTop + kRow * (static_cast<double>(i) + 0.5);
    svg += text_at(names - 10, y + 4, "end", rows[i].name);
    int count = 0;
    for (const double value : rows[i].values) {
      if (!std::isfinite(value)) continue;
      svg += "<circle class=\"dot\" cx=\"" + coordinate(x(value)) + "\" cy=\"" + coordinate(y) + "\" r=\"4\"/>";
      ++count;
    }
    if (count < 2) continue;
    const double mean = finite_mean(rows[i].values);
    svg += line_from(x(mean), y - 8, x(mean), y + 8, "mean");
    if (has_interval(rows[i])) svg += line_from(x(mean - rows[i].half_width), y, x(mean + rows[i].half_width), y, "interval");
  }
  svg += line_from(names, bottom, kWidth - kRight, bottom, "axis");
  return svg + text_at((names + kWidth - kRight) / 2, bottom + kBottom - 8, "middle", unit) + "</svg>";
}

}  // namespace interprior
