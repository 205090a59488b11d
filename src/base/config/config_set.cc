#include <charconv>

#include "config_reader.h"
#include "config_text.h"
#include "config_yaml.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

std::vector<std::string> split(const std::string& key) {
  std::vector<std::string> words(1);
  for (const char c : key) {
    if (c == '.')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

size_t list_index(const std::string& word, size_t limit, const std::string& key, const std::string& place) {
  size_t index = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), index);
  const bool number = failure == std::errc() && end == word.data() + word.size();
  require(number && index < limit, "`" + key + "` is a list, \"" + word + "\" is none of its elements", place,
          limit == 0 ? "the list is empty" : "use an index from 0 to " + std::to_string(limit - 1));
  return index;
}

// Values of text fields are not parsed as YAML unless quoted: a path may contain YAML syntax.
YAML::Node parse_set_value(const Field& field, const std::string& text, const std::string& place) {
  const bool is_text = std::holds_alternative<std::string*>(field.value);
  const bool in_quotes = !text.empty() && (text[0] == '"' || text[0] == '\'');
  return parse_yaml(is_text && !in_quotes ? yaml_text(text) : text, place, false);
}

class SetTarget {
 public:
  SetTarget(std::vector<std::string> path, std::string value, const ConfigReader& reader, std::string place)
      : path_(std::move(path)), value_(std::move(value)), reader_(reader), place_(std::move(place)) {}

  // Sets the field at path_[depth...] below `fields`.
  void into_section(Fields& fields, size_t depth) const {
    into_field(reader_.field(fields, path_[depth], key(depth), place_), depth + 1);
  }

 private:
  std::string key(size_t depth) const { return joined({path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(depth)}, "."); }

  void into_field(Field& field, size_t depth) const {
    if (depth == path_.size()) return reader_.read_value(field, parse_set_value(field, value_, place_), key(depth));
    const auto element = [&](auto* list) {
      const size_t index = list_index(path_[depth], list->size(), key(depth), place_);
      Field one{field.name, field.meaning, field.range, &(*list)[index]};
      into_field(one, depth + 1);
    };
    const auto leaf = [&](const auto&) {
      throw Error("`" + key(depth) + "` is a single value and has no key \"" + path_[depth] + "\"", place_);
    };
    std::visit(
        Overloaded{leaf, [&](std::vector<int64_t>* list) { element(list); }, [&](std::vector<double>* list) { element(list); },
                   [&](std::vector<std::string>* list) { element(list); },
                   [&](std::shared_ptr<Fields>& section) { into_section(*section, depth); },
                   [&](ListField& list) { into_element(list, depth); }},
        field.value);
  }

  // The index one past the end appends a section.
  void into_element(ListField& list, size_t depth) const {
    const size_t index = list_index(path_[depth], list.size() + 1, key(depth), place_);
    if (index == list.size()) list.resize(index + 1);
    Fields fields = list.at(index);
    if (depth + 1 < path_.size())
      into_section(fields, depth + 1);
    else
      reader_.read_section(fields, parse_yaml(value_, place_, false), key(depth + 1));
  }

  std::vector<std::string> path_;
  std::string value_;
  const ConfigReader& reader_;
  std::string place_;
};

}  // namespace

void apply_set(Fields& fields, const std::string& set, const std::vector<std::string>& all_keys) {
  const std::string place = "--set " + set;
  const size_t equals = set.find('=');
  require(equals != std::string::npos && equals > 0, "expected key=value", place, "write for instance --set a.b=3");
  const ConfigReader reader(all_keys, place, false);
  SetTarget(split(set.substr(0, equals)), set.substr(equals + 1), reader, place).into_section(fields, 0);
}

}  // namespace interprior
