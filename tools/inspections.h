#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace interprior {

using Json = nlohmann::ordered_json;

// What a file or folder is, as one object that begins with its "kind". Throws Error.
Json inspect_images(const std::filesystem::path& path, const std::string& split);
Json inspect_hand(const std::filesystem::path& path);
Json inspect_patterns(const std::filesystem::path& path);
Json inspect_hands(const std::filesystem::path& path);
Json inspect_features(const std::filesystem::path& path);
Json inspect_safetensors(const std::filesystem::path& path);
Json inspect_run(const std::filesystem::path& path);
Json inspect_sweep(const std::filesystem::path& path);

}  // namespace interprior
