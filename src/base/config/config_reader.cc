#include "config_reader.h"

#include <c10/util/StringUtil.h>

#include <charconv>
#include <set>
#include <string_view>

#include "config_text.h"
#include "config_yaml.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

template <class T>
bool read_number(std::string_view text, T& value) {
  const bool plus = !text.empty() && text[0] == '+';
  if (plus) text.remove_prefix(1);
  const size_t sign = !plus && !text.empty() && text[0] == '-' ? 1 : 0;
  const bool digits_first = text.size() > sign && (text[sign] == '.' || (text[sign] >= '0' && text[sign] <= '9'));
  if (!digits_first) return false;  // from_chars would also accept the words inf and nan
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size();
}

struct ScalarReader {
  const YAML::Node& node;

  bool operator()(bool& value) const {
    const std::string& text = node.Scalar();
    value = text == "true" || text == "True";
    return is_unquoted(node) && (value || text == "false" || text == "False");
  }
  bool operator()(int64_t& value) const { return is_unquoted(node) && read_number(node.Scalar(), value); }
  bool operator()(double& value) const {
    const std::string& text = node.Scalar();
    const bool infinite = text == ".inf" || text == "+.inf" || text == "-.inf";
    if (infinite) value = text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return is_unquoted(node) && (infinite || read_number(text, value));
  }
  bool operator()(std::string& value) const {
    value = node.Scalar();
    return true;
  }
};

const char* expected_text(bool) { return "true or false"; }
const char* expected_text(int64_t) { return "an integer"; }
const char* expected_text(double) { return "a number"; }
const char* expected_text(const std::string&) { return "a string"; }

template <class T>
T read_scalar(const YAML::Node& node, const Range& range, const std::string& key, const std::string& place) {
  T value{};
  const bool plain = node.IsDefined() && node.IsScalar() && (node.Tag() == "?" || node.Tag() == "!");
  require(plain && ScalarReader{node}(value), "`" + key + "` is " + found_text(node) + ", expected " + expected_text(T{}), place);
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, double>) {
    const double number = static_cast<double>(value);
    require(number >= range.low && number <= range.high, "`" + key + "` is " + node.Scalar() + ", out of range", place,
            "allowed: " + range_text(range));
  }
  return value;
}

void require_list(const YAML::Node& node, const std::string& key, const std::string& place) {
  require(node.IsSequence(), "`" + key + "` is " + found_text(node) + ", expected a list", place);
}

std::string nearest_advice(const std::string& near, const std::vector<std::string>& known) {
  return (near.empty() ? "" : "did you mean " + near + "? ") + "known: " + joined(known);
}

}  // namespace

std::string ConfigReader::place(const YAML::Node& node) const {
  return with_marks_ && node.IsDefined() ? yaml_place(node.Mark(), origin_) : origin_;
}

Field& ConfigReader::field(Fields& fields, const std::string& name, const std::string& prefix, const std::string& place) const {
  std::vector<std::string> known;
  const auto old = fields.old_names.find(name);
  const bool translated = old != fields.old_names.end() && old_names_ == OldNames::accept;
  for (Field& field : fields.list) {
    if (field.name == (translated ? old->second : name)) return field;
    known.push_back(field.name);
  }
  if (old != fields.old_names.end())
    throw Error("the key `" + key_below(prefix, name) + "` is now called `" + key_below(prefix, old->second) + "`", place,
                "write " + old->second + " instead of " + name);
  std::string near;
  for (const std::string& key : all_keys_)  // the right key in the wrong section
    if (near.empty() && key.size() > name.size() && key.substr(key.size() - name.size() - 1) == "." + name) near = key;
  if (near.empty()) near = nearest_word(name, known);
  throw Error("there is no key `" + key_below(prefix, name) + "`", place, nearest_advice(near, known));
}

void ConfigReader::read_section(Fields& fields, const YAML::Node& node, const std::string& key) const {
  const std::string title = key.empty() ? "the config" : "`" + key + "`";
  require(node.IsDefined() && node.IsMap(), title + " is " + found_text(node) + ", expected a section of keys", place(node),
          fields.list.empty() ? "" : "write for instance \"" + fields.list[0].name + ": ...\" below it, or leave it out");
  std::set<std::string> seen;
  for (const auto& pair : node) {
    require(pair.first.IsScalar(), "a key of " + title + " is " + found_text(pair.first), place(pair.first));
    const std::string& name = pair.first.Scalar();
    require(name != "<<", "merge keys (<<) are not supported", place(pair.first), "write the keys of the merged section here");
    Field& wanted = field(fields, name, key, place(pair.first));
    require(seen.insert(name).second, "the key `" + key_below(key, name) + "` is given twice", place(pair.first), "keep one");
    read_value(wanted, pair.second, key_below(key, name));
  }
}

void ConfigReader::read_value(Field& field, const YAML::Node& node, const std::string& key) const {
  const auto scalar = [&](auto* target) {
    *target = read_scalar<std::remove_pointer_t<decltype(target)>>(node, field.range, key, place(node));
  };
  const auto list = [&]<class T>(std::vector<T>* target) {
    require_list(node, key, place(node));
    std::vector<T> values;
    for (const auto& element : node)
      values.push_back(read_scalar<T>(element, field.range, c10::str(key, ".", values.size()), place(element)));
    *target = std::move(values);
  };
  const auto choice = [&](ChoiceField& target) {
    auto word = read_scalar<std::string>(node, {}, key, place(node));
    if (const auto old = target.old_names.find(word); old != target.old_names.end()) {
      require(old_names_ == OldNames::accept, "the choice " + word + " of `" + key + "` is now called " + old->second,
              place(node), "write " + old->second + " instead of " + word);
      word = old->second;
    }
    for (size_t i = 0; i < target.names.size(); ++i)
      if (target.names[i] == word) return target.set(i);
    throw Error("`" + key + "` is " + found_text(node) + ", which is not a valid choice", place(node),
                nearest_advice(nearest_word(word, target.names), target.names));
  };
  const auto sections = [&](ListField& target) {
    require_list(node, key, place(node));
    target.resize(0);  // a given list replaces the default list
    target.resize(node.size());
    size_t index = 0;
    for (const auto& element : node) {
      Fields fields = target.at(index);
      read_section(fields, element, c10::str(key, ".", index));
      ++index;
    }
  };
  const auto section = [&](std::shared_ptr<Fields>& target) { read_section(*target, node, key); };
  std::visit(Overloaded{[&](bool* target) { scalar(target); }, [&](int64_t* target) { scalar(target); },
                        [&](double* target) { scalar(target); }, [&](std::string* target) { scalar(target); },
                        [&](std::vector<int64_t>* target) { list(target); }, [&](std::vector<double>* target) { list(target); },
                        [&](std::vector<std::string>* target) { list(target); }, choice, section, sections},
             field.value);
}

}  // namespace interprior
