#include "health.h"

#include <c10/util/StringUtil.h>

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void require_nothing_left_out(const ImageIndex& index, const std::vector<std::string>& accept, const std::string& where) {
  std::string list;
  int64_t count = 0;
  for (const auto& [reason, skipped] : index.skipped) {
    if (!is_fault(reason) || has(accept, reason)) continue;
    const auto example = index.examples.find(reason);
    list += c10::str(list.empty() ? "" : "; ", reason, " ", skipped);
    if (example != index.examples.end()) list += c10::str(" (such as ", example->second, ")");
    count += skipped;
  }
  require(count == 0, c10::str(count, " images were left out because of a fault, all others are written: ", list), where,
          "fix them, or pass --accept REASON for each reason to ignore");
}

void add_health(nlohmann::ordered_json& json, const Health& health) {
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : health.findings)
    json["findings"].push_back({{"name", finding.name},
                                {"what", finding.what},
                                {"example", finding.example},
                                {"advice", finding.advice},
                                {"refused", finding.refused}});
  for (const Side side : kSides) {
    const ManoFit& fit = health.mano_fit[side];
    if (fit.hands > 0)
      json["mano_fit_mm"][side_name(side)] = {
          {"hands", fit.hands}, {"median", fit.median_mm}, {"p95", fit.p95_mm}, {"largest", fit.largest_mm}};
  }
}

std::string health_text(const nlohmann::ordered_json& json) {
  if (!json.contains("findings")) return "";
  if (json["findings"].empty()) return "health  nothing suspicious\n";
  std::string text = "health\n";
  for (const auto& one : json["findings"]) {
    const Finding finding{one["name"], one["what"], one["example"], one["advice"], one["refused"]};
    text += c10::str("  ", finding.name,
                     finding.refused ? " (refused by prepare and train unless --accept " + finding.name + ")" : std::string(),
                     "\n    ", text_of(finding), "\n");
  }
  return text;
}

}  // namespace interprior
