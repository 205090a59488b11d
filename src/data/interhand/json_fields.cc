#include "json_fields.h"

#include <c10/util/StringUtil.h>

#include <charconv>
#include <utility>

#include "json_stream.h"

namespace interprior {
namespace {

using Element = simdjson::dom::element;

const char* kind_of(const Element& element) {
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY:
      return "a list";
    case simdjson::dom::element_type::OBJECT:
      return "an object";
    case simdjson::dom::element_type::STRING:
      return "a string";
    case simdjson::dom::element_type::BOOL:
      return "true or false";
    case simdjson::dom::element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

bool number_in(std::string_view text, double& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool JsonFields::refuse(std::string what, bool not_finite) {
  if (fault_.what.empty()) fault_ = {std::move(what), not_finite};
  return false;
}

bool JsonFields::element(const char* key, Element& out) {
  if (object_[key].get(out) == simdjson::SUCCESS) return true;
  return refuse(object_.is_object() ? c10::str("`", key, "` is missing")
                                    : c10::str("it is ", kind_of(object_), ", not an object"));
}

bool JsonFields::number(const char* key, const Element& element, double& out) {
  std::string_view text;
  const bool is_text = element.get(text) == simdjson::SUCCESS && number_in(text, out);
  if (!is_text && element.get(out) != simdjson::SUCCESS)
    return refuse(c10::str("`", key, "` holds ", kind_of(element), " instead of a number"));
  if (!std::isfinite(out) || std::abs(out) == kNotFinite) return refuse(c10::str("`", key, "` holds NaN or infinity"), true);
  return std::abs(out) < kLargest || refuse(c10::str("`", key, "` holds the number ", out));
}

bool JsonFields::list(const char* key, const Element& element, double* out, size_t count) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS)
    return refuse(c10::str("`", key, "` is ", kind_of(element), ", not a list of ", count, " numbers"));
  if (array.size() != count) return refuse(c10::str("`", key, "` has ", array.size(), " numbers instead of ", count));
  for (const Element item : array)
    if (!number(key, item, *out++)) return false;
  return true;
}

bool JsonFields::integer(const char* key, int64_t& out) {
  Element element;
  if (!this->element(key, element)) return false;
  if (element.get(out) == simdjson::SUCCESS) return true;
  double value = 0;
  std::string_view text;
  const bool known =
      element.get(value) == simdjson::SUCCESS || (element.get(text) == simdjson::SUCCESS && number_in(text, value));
  if (!known) return refuse(c10::str("`", key, "` is ", kind_of(element), ", not an integer"));
  constexpr double kMost = 9007199254740992.0;  // 2^53
  if (std::abs(value) == kNotFinite || !std::isfinite(value)) return refuse(c10::str("`", key, "` is NaN or infinity"), true);
  if (value != std::floor(value) || std::abs(value) > kMost)
    return refuse(c10::str("`", key, "` is ", value, ", not an integer"));
  out = static_cast<int64_t>(value);
  return true;
}

bool JsonFields::view(const char* key, std::string_view& out) {
  Element element;
  if (!this->element(key, element)) return false;
  return element.get(out) == simdjson::SUCCESS || refuse(c10::str("`", key, "` is ", kind_of(element), ", not a string"));
}

bool JsonFields::text(const char* key, std::string& out) {
  Element element;
  if (!this->element(key, element)) return false;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    out = text;
    return true;
  }
  int64_t number = 0;
  if (!integer(key, number)) return false;
  out = std::to_string(number);
  return true;
}

bool JsonFields::flag_of(const char* key, const Element& element, bool& out) {
  if (element.get(out) == simdjson::SUCCESS) return true;
  double value = 0;
  if (!number(key, element, value)) return false;
  out = value != 0;
  return true;
}

bool JsonFields::flag(const char* key, bool& out) {
  Element element;
  return this->element(key, element) && flag_of(key, element, out);
}

bool JsonFields::flags(const char* key, std::array<bool, 42>& out) {
  Element element;
  simdjson::dom::array array;
  if (!this->element(key, element)) return false;
  if (element.get(array) != simdjson::SUCCESS) return refuse(c10::str("`", key, "` is ", kind_of(element), ", not a list"));
  if (array.size() != out.size()) return refuse(c10::str("`", key, "` has ", array.size(), " entries instead of ", out.size()));
  size_t i = 0;
  for (const Element item : array) {
    simdjson::dom::array inner;
    const bool nested = item.get(inner) == simdjson::SUCCESS;
    if (nested && inner.size() != 1) return refuse(c10::str("`", key, "` has ", inner.size(), " entries for one joint"));
    if (!flag_of(key, nested ? *inner.begin() : item, out[i++])) return false;
  }
  return true;
}

bool JsonFields::matrix(const char* key, Matrix3& out) {
  Element element;
  simdjson::dom::array array;
  if (!this->element(key, element)) return false;
  if (element.get(array) != simdjson::SUCCESS || array.size() != 3) return refuse(c10::str("`", key, "` is not a 3 x 3 matrix"));
  double* row = out.data();
  for (const Element item : array) {
    if (!list(key, item, row, 3)) return false;
    row += 3;
  }
  return true;
}

bool JsonFields::rows(const char* key, const Element& element, std::array<Vector3, 42>& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS || array.size() != out.size())
    return refuse(c10::str("`", key, "` is not a list of 42 joints"));
  size_t i = 0;
  bool finite = true;
  for (const Element item : array) {
    JsonFields row(item);
    Vector3& place = out[i++];
    if (row.list(key, item, place.data(), 3)) continue;
    if (!row.fault().not_finite) return refuse(row.fault().what);
    place = {NAN, NAN, NAN};
    finite = false;
  }
  if (!finite) refuse(c10::str("`", key, "` holds NaN or infinity"), true);
  return true;
}

}  // namespace interprior
