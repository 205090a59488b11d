#include "strict_json.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "interprior/base/error.h"

namespace interprior {

using nlohmann::json;

json parse_without_duplicates(const std::string& text, const std::string& where, const std::string& advice) {
  std::vector<std::set<std::string>> seen;  // keys of the open objects
  try {
    return json::parse(text, [&](int, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::object_start) seen.emplace_back();
      if (event == json::parse_event_t::object_end) seen.pop_back();
      if (event == json::parse_event_t::key && !seen.back().insert(value.get<std::string>()).second)
        throw Error("the name " + value.get<std::string>() + " is duplicated", where);
      return true;
    });
  } catch (const json::exception& error) {
    throw Error(c10::str("not JSON: ", error.what()), where, advice);
  }
}

std::string number_fault(const json& value, double most) {
  if (!value.is_number()) return c10::str(value.is_null() ? "null" : value.type_name(), " where a number is needed");
  const double number = value.get<double>();
  if (!std::isfinite(number)) return "a number that is not finite";
  return std::abs(number) > most ? c10::str("the number ", number, " is beyond ", most) : "";
}

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string short_text(const json& value) { return value.is_primitive() ? value.dump() : value.type_name(); }

void require_known_keys(const json& object, const std::vector<std::string>& known, const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    const std::string nearest = nearest_word(key, known);
    throw Error("the key `" + key + "` is not known" + (nearest.empty() ? "" : "; did you mean `" + nearest + "`?"), where,
                "known keys are " + names);
  }
}

}  // namespace interprior
