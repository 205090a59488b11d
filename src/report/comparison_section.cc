#include <c10/util/StringUtil.h>

#include "sections.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

Json member(const Json& object, const char* key) { return object.is_object() ? object.value(key, Json()) : Json(); }

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

void add_cases(Page& page, const Json& cases, const std::string& title) {
  if (!cases.is_array() || cases.empty()) return;
  Table table{title, {{"sample", "first, mm", "second, mm", "difference, mm"}}};
  for (const Json& one : cases)
    table.rows.push_back({text_of(member(one, "sample")), number(number_of(one, "first_mpjpe_mm")),
                          number(number_of(one, "second_mpjpe_mm")), number(number_of(one, "difference_mm"))});
  page.table(table);
}

}  // namespace

void add_comparison(Page& page, const Json& comparison, const std::string& protocol) {
  page.subheading("Two methods, sample by sample, protocol " + protocol);
  page.paragraph(c10::str("First: ", text_of(member(comparison, "first")), "; second: ", text_of(member(comparison, "second")),
                          ". Differences are first minus second: below zero the first is better."));
  Table table{"First minus second", {{"", "difference", "95 % low", "high", "first better in, %", "samples"}}};
  std::vector<DotRow> rows;
  const Json differences = member(comparison, "differences");
  if (differences.is_object())
    for (const auto& [name, one] : differences.items()) {
      const Label label = label_of(name);
      const Json interval = member(one, "interval");
      const bool known = interval.is_array() && interval.size() == 2 && interval[0].is_number() && interval[1].is_number();
      table.rows.push_back({label.name + (label.unit.empty() ? "" : ", " + label.unit), number(number_of(one, "mean"), 3),
                            known ? number(interval[0].get<double>(), 3) : "-",
                            known ? number(interval[1].get<double>(), 3) : "-", number(100 * number_of(one, "share_better"), 1),
                            number(number_of(one, "samples"), 0)});
      DotRow row{label.name, {number_of(one, "mean")}};
      if (known) {
        row.values = {interval[0].get<double>(), number_of(one, "mean"), interval[1].get<double>()};
      }
      rows.push_back(row);
    }
  page.table(table);
  Curve curve{"samples", {}, {}};
  const Json distribution = member(comparison, "mpjpe_distribution");
  if (distribution.is_array())
    for (const Json& point : distribution) {
      if (!point.is_array() || point.size() != 2 || !point[0].is_number() || !point[1].is_number()) continue;
      curve.x.push_back(point[0].get<double>());
      curve.y.push_back(100 * point[1].get<double>());
    }
  page.charts(
      {{"Differences and their 95 % intervals, protocol " + protocol, {}, {"first minus second, mm", "", false, false}, rows},
       {"Samples whose difference is at most this, protocol " + protocol,
        {curve},
        {"MPJPE, first minus second, mm", "% of samples", false, false}}});
  add_cases(page, member(comparison, "first_better"), "Where the first is better by most");
  add_cases(page, member(comparison, "second_better"), "Where the second is better by most");
}

}  // namespace interprior
