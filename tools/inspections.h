#pragma once
#include "inspection/inspection.h"

namespace interprior {

// Summary of a file or folder as an object that begins with its "kind". All throw Error.
Json inspect_images(const std::filesystem::path& path, const std::string& split, const std::string& hand);
Json inspect_hand(const std::filesystem::path& path);
Json inspect_patterns(const std::filesystem::path& path, const std::string& hand);
Json inspect_poses(const std::filesystem::path& path, const std::string& hand);
Json inspect_hands(const std::filesystem::path& path, const std::string& hand);
Json inspect_keypoints(const std::filesystem::path& path, const std::string& hand);
Json inspect_features(const std::filesystem::path& path);
Json inspect_run(const std::filesystem::path& path);
Json inspect_sweep(const std::filesystem::path& path);

// Writes an image of one sample's heatmap targets, all kinds side by side; sample "": the first usable one. Throws Error.
void draw_heatmaps_of(const std::filesystem::path& path, const std::string& split, const std::string& sample,
                      const std::string& hand, const std::filesystem::path& out);

// Writes `count` augmented training samples, evenly spaced over the data set: FOLDER/0001.jpg ... Throws Error.
void draw_samples_of(const std::filesystem::path& path, const std::string& split, const std::string& hand, int64_t count,
                     int64_t seed, const std::filesystem::path& folder);

}  // namespace interprior
