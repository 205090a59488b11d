#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

// The part of `interprior inspect` that needs no LibTorch: compiled into the program and into the library of the commands.
namespace interprior {

using Json = nlohmann::ordered_json;

// Throws Error unless there is such a file or folder.
void require_present(const std::filesystem::path& path);

// Summary of a file of weights from its header: kind, numbers of tensors, and what a checkpoint records. Throws Error.
Json inspect_safetensors(const std::filesystem::path& path);

// Prints to stdout: lines "key  value", objects indented, the config of a checkpoint last, verbatim; or with `json` one object.
void print_inspection(const Json& object, bool json);

}  // namespace interprior
