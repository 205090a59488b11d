#include "prediction_table.h"

#include <cmath>
#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "sections.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMillimetres = 1000;

Json member(const Json& object, const char* key) { return object.is_object() ? object.value(key, Json()) : Json(); }

double entry(const Json& list, size_t index) {
  return list.is_array() && index < list.size() && list[index].is_number() ? list[index].get<double>() : std::nan("");
}

std::string presence_cell(const Json& hand) {
  const Json present = member(hand, "present");
  return number(number_of(hand, "presence")) + (present.is_boolean() && !present.get<bool>() ? " absent" : "");
}

// Mean standard deviation of the joints of both hands, m.
double mean_spread(const Json& right, const Json& left) {
  double sum = 0;
  size_t count = 0;
  for (const Json& spread : {member(right, "spread"), member(left, "spread")})
    for (size_t joint = 0; spread.is_array() && joint < spread.size(); ++joint, ++count) sum += entry(spread, joint);
  return count > 0 ? sum / static_cast<double>(count) : std::nan("");
}

std::string warnings_cell(const Json& document) {
  std::string text;
  const Json warnings = member(document, "warnings");
  for (size_t i = 0; warnings.is_array() && i < warnings.size(); ++i)
    if (warnings[i].is_string()) text += (text.empty() ? "" : ", ") + warnings[i].get<std::string>();
  return text;
}

std::vector<std::string> row_of(const Json& document, const std::string& file) {
  const Json right = member(document, "right"), left = member(document, "left"), sample = member(document, "sample"),
             offset = member(document, "left_wrist_from_right"), joints = member(right, "joints");
  const Json wrist = joints.is_array() && !joints.empty() ? joints[0] : Json();
  return {sample.is_string() ? sample.get<std::string>() : file,
          number(entry(wrist, 2), 3),
          number(std::hypot(entry(offset, 0), entry(offset, 1), entry(offset, 2)) * kMillimetres, 1),
          number(mean_spread(right, left) * kMillimetres, 1),
          presence_cell(right),
          presence_cell(left),
          warnings_cell(document)};
}

}  // namespace

PredictionTable prediction_table(const std::filesystem::path& folder, const std::set<std::string>& images,
                                 const std::set<std::string>& videos) {
  PredictionTable all;
  all.table = {
      "All pairs of hands",
      {{"image", "right wrist depth, m", "wrist to wrist, mm", "joint std, mm", "right present", "left present", "warnings"}}};
  const auto add = [&](const std::string& text, const std::string& file) {
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_object()) return all.table.rows.push_back(row_of(document, file));
    if (all.damaged++ == 0) all.first_damaged = file;
  };
  for (const std::string& name : images)
    if (const std::filesystem::path file = folder / (name + ".json"); std::filesystem::is_regular_file(file))
      add(read_file(file), name + ".json");  // missing without `--write json`
  for (const std::string& name : videos) {
    std::ifstream file(folder / (name + ".jsonl"), std::ios::binary);
    for (std::string line; std::getline(file, line);) add(line, name + ".jsonl");
  }
  return all;
}

}  // namespace interprior
