#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// Strict reading of JSON files written by people and other programs. `where`: file and key. All functions throw Error.
namespace interprior {

// Refuses an object with duplicate keys, of which JSON would keep the last. `advice` ends the message if the text is not JSON.
nlohmann::json parse_without_duplicates(const std::string& text, const std::string& where, const std::string& advice);

// Fault of a value that should be a finite number of magnitude at most `most`; empty if there is none.
std::string number_fault(const nlohmann::json& value, double most);
// The value of a key, nullptr if missing. Nothing is copied: a copy of deeply nested JSON would exhaust the stack.
const nlohmann::json* member(const nlohmann::json& object, const char* key);
// A value for a message: numbers and strings verbatim, else the type's name.
std::string short_text(const nlohmann::json& value);
// Throws unless every key of the object is in `known`.
void require_known_keys(const nlohmann::json& object, const std::vector<std::string>& known, const std::string& where);

}  // namespace interprior
