#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "interprior/infer/keypoints/boxes.h"

// Shared parsing of all forms of a boxes file. `where`: file and key. All functions throw Error.
namespace interprior {

inline constexpr const char* kBoxAdvice = "give x, y, width, height in pixels, width and height above 0";
inline constexpr const char* kCameraAdvice = "give fx, fy, cx, cy in pixels: fx and fy from 0.001 on, none beyond 1e7";

std::vector<double> four_numbers(const nlohmann::json& list, const std::string& what, const std::string& where,
                                 const std::string& advice);
Box checked_box(const std::vector<double>& numbers, const std::string& where);
Intrinsics checked_camera(const std::vector<double>& numbers, const std::string& where);

// The images of a COCO document with their boxes.
std::vector<BoxedImage> coco_boxes(const nlohmann::json& document, const std::string& file);

}  // namespace interprior
