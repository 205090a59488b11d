#include <c10/util/StringUtil.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/infer/frames.h"

namespace interprior {
namespace {

using nlohmann::json;

constexpr const char* kAdvice = "give x, y, width, height in pixels, width and height above 0";

Box checked_box(const std::vector<double>& numbers, const std::string& where) {
  require(numbers.size() == 4, c10::str("a box of ", numbers.size(), " numbers"), where, kAdvice);
  for (const double number : numbers) require(std::isfinite(number), "a box with a number that is not finite", where, kAdvice);
  require(numbers[2] > 0 && numbers[3] > 0, "an empty box", where, kAdvice);
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

// JSON objects keep the last of two equal keys; here that is a mistake of the writer.
json parse_without_doubles(const std::string& text, const std::string& where) {
  std::map<std::string, int> seen;
  try {
    return json::parse(text, [&](int depth, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::key && depth == 1)
        require(++seen[value.get<std::string>()] == 1, "the name " + value.get<std::string>() + " is there twice", where);
      return true;
    });
  } catch (const json::exception& error) {
    throw Error(c10::str("not JSON: ", error.what()), where, R"(write {"name": [x, y, width, height], ...})");
  }
}

}  // namespace

std::map<std::string, Box> read_boxes(const std::filesystem::path& path) {
  const json document = parse_without_doubles(read_file(path), path.string());
  require(document.is_object(), "boxes must be an object of names", path.string(),
          R"(write {"name": [x, y, width, height], ...})");
  std::map<std::string, Box> boxes;
  for (const auto& [name, value] : document.items()) {
    const std::string where = path.string() + ", " + name;
    require(value.is_array(), "a box must be a list of four numbers", where, kAdvice);
    std::vector<double> numbers;
    for (const json& number : value) {
      require(number.is_number(), "a box must be a list of four numbers", where, kAdvice);
      numbers.push_back(number.get<double>());
    }
    boxes[name] = checked_box(numbers, where);
  }
  return boxes;
}

Box parse_box(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  while (true) {
    char* end = nullptr;
    numbers.push_back(std::strtod(at, &end));
    require(end != at && (*end == ',' || *end == '\0'), "a box must be x,y,width,height", text, kAdvice);
    if (*end == '\0') break;
    at = end + 1;
  }
  return checked_box(numbers, text);
}

}  // namespace interprior
