#include "config_yaml.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <string_view>

#include "interprior/base/error.h"
#include "interprior/base/name_text.h"

namespace interprior {
namespace {

// The parser silently ends the text at some control characters and replaces bytes that are not UTF-8.
void check_characters(std::string_view text, const std::string& origin, bool with_marks) {
  YAML::Mark mark;
  mark.line = mark.column = 0;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
    const size_t length = control ? 0 : utf8_length(text.substr(i));
    require(length > 0, "this is not plain UTF-8 text: invalid byte " + std::to_string(byte),
            with_marks ? yaml_place(mark, origin) : origin, "save the file as UTF-8");
    if (byte == '\n') {
      ++mark.line;
      mark.column = 0;
    } else {
      ++mark.column;
    }
    i += length;
  }
}

// Parser event handler that keeps only the start position of the document.
class DocumentStart : public YAML::EventHandler {
 public:
  YAML::Mark mark;
  void OnDocumentStart(const YAML::Mark& start) override { mark = start; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// YAML::Load ignores text after the first document; YAML::LoadAll produces endless documents from a stray bracket.
void check_one_document(const std::string& text, const std::string& origin, bool with_marks) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart first, second;
  if (parser.HandleNextDocument(first) && parser.HandleNextDocument(second))
    throw Error("expected one YAML document, more follows", with_marks ? yaml_place(second.mark, origin) : origin,
                "remove it, or a line --- before it");
}

// Whether the line of a parse error, or the line before, begins with a tab: the parser's own message is about mappings then.
bool is_indented_by_tab(const std::string& text, const YAML::Mark& mark) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= mark.line && std::getline(lines, line); ++i) {
    const size_t first = line.find_first_not_of(' ');
    if (i + 1 >= mark.line && first != std::string::npos && line[first] == '\t') return true;
  }
  return false;
}

}  // namespace

YAML::Node parse_yaml(const std::string& text, const std::string& origin, bool with_marks) {
  check_characters(text, origin, with_marks);
  try {
    check_one_document(text, origin, with_marks);
    return YAML::Load(text);
  } catch (const YAML::Exception& failure) {
    const bool tab = is_indented_by_tab(text, failure.mark);
    throw Error("this is not YAML: " + (tab ? "a tab where YAML wants spaces" : failure.msg),
                with_marks ? yaml_place(failure.mark, origin) : origin, tab ? "indent with spaces" : "");
  }
}

std::string yaml_place(const YAML::Mark& mark, const std::string& origin) {
  if (mark.is_null()) return origin;
  const std::string place = std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  return origin.empty() ? place : origin + ":" + place;
}

bool is_unquoted(const YAML::Node& node) { return node.Tag() == "?"; }

std::string found_text(const YAML::Node& node) {
  constexpr size_t kLongest = 60;
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsSequence()) return "a list";
  if (node.IsMap()) return "a section";
  const std::string& text = node.Scalar();
  return "\"" + (text.size() > kLongest ? text.substr(0, kLongest) + "..." : text) + "\"";
}

}  // namespace interprior
