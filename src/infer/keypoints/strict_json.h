#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// JSON files that people and other programs write. `where`: file and key. All throw Error.
namespace interprior {

// Refuses an object with two equal keys, of which JSON keeps the last. `advice` ends the sentence where the text is not JSON.
nlohmann::json parse_without_doubles(const std::string& text, const std::string& where, const std::string& advice);

// What is wrong with a value that should be a finite number of at most this size; empty: nothing.
std::string number_fault(const nlohmann::json& value, double most);
// The value of a key, nullptr where it is not there. Nothing is copied: a copy of deeply nested JSON would exhaust the stack.
const nlohmann::json* member(const nlohmann::json& object, const char* key);
// A value for a message: numbers and texts as they are, else the kind of value.
std::string short_text(const nlohmann::json& value);
// Throws unless every key of the object is among those known.
void require_known_keys(const nlohmann::json& object, const std::vector<std::string>& known, const std::string& where);

}  // namespace interprior
