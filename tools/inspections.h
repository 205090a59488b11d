#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace interprior {

using Json = nlohmann::ordered_json;

// What a file or folder is, as one object that begins with its "kind". Throws Error.
Json inspect_images(const std::filesystem::path& path, const std::string& split, const std::string& hand);
Json inspect_hand(const std::filesystem::path& path);
Json inspect_patterns(const std::filesystem::path& path, const std::string& hand);
Json inspect_poses(const std::filesystem::path& path, const std::string& hand);
Json inspect_hands(const std::filesystem::path& path, const std::string& hand);
Json inspect_keypoints(const std::filesystem::path& path, const std::string& hand);
Json inspect_features(const std::filesystem::path& path);
Json inspect_safetensors(const std::filesystem::path& path);
Json inspect_run(const std::filesystem::path& path);
Json inspect_sweep(const std::filesystem::path& path);

// Writes a picture of one sample's heatmap targets, every kind beside the others; sample "": the first usable one. Throws Error.
void draw_heatmaps_of(const std::filesystem::path& path, const std::string& split, const std::string& sample,
                      const std::string& hand, const std::filesystem::path& out);

// Writes what training would see of `count` samples, spread over the data set, under this seed: FOLDER/0001.jpg ... Throws Error.
void draw_samples_of(const std::filesystem::path& path, const std::string& split, const std::string& hand, int64_t count,
                     int64_t seed, const std::filesystem::path& folder);

}  // namespace interprior
