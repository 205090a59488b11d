#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// A reader of animated GLB files that follows the glTF 2.0 specification, independent of the writer.
namespace interprior {

struct ShownMesh {
  std::string name;  // of the node
  std::vector<std::array<double, 3>> positions, normals;
  std::vector<std::array<int32_t, 3>> faces;
};

class GltfAnimation {
 public:
  explicit GltfAnimation(const std::string& bytes) : bytes_(bytes) {
    EXPECT_EQ(bytes.substr(0, 4), "glTF");
    EXPECT_EQ(word(4), 2u);
    EXPECT_EQ(word(8), bytes.size());
    const size_t json = word(12);
    EXPECT_EQ(bytes.substr(16, 4), "JSON");
    document_ = nlohmann::json::parse(bytes.substr(20, json));
    bin_ = 20 + json + 8;
    EXPECT_EQ(json % 4, 0u);
    EXPECT_EQ(bytes.substr(bin_ - 4, 4), std::string("BIN\0", 4));
    EXPECT_EQ(word(bin_ - 8) % 4, 0u);
    EXPECT_EQ(bin_ + word(bin_ - 8), bytes.size());
  }

  const nlohmann::json& document() const { return document_; }

  // The nodes whose scale is not 0 at a time, with their morphed meshes.
  std::vector<ShownMesh> shown_at(float time) const {
    std::vector<ShownMesh> shown;
    for (size_t node = 0; node < document_.at("nodes").size(); ++node) {
      const std::vector<double> scale = sampled(node, "scale", 3, time);
      EXPECT_TRUE(scale == std::vector<double>(3, 0) || scale == std::vector<double>(3, 1));
      if (scale[0] == 0) continue;
      const auto& entry = document_.at("nodes").at(node);
      shown.push_back(morphed(entry, sampled(node, "weights", target_count(entry), time)));
    }
    return shown;
  }

  float duration() const {
    float last = 0;
    for (const auto& sampler : document_.at("animations").at(0).at("samplers"))
      last = std::max(last, floats(sampler.at("input")).back());
    return last;
  }

  // What section 3.6.2 (accessors), 3.7.2 (meshes) and 3.11 (animations) demand.
  void expect_valid() const {
    EXPECT_EQ(document_.at("asset").at("version"), "2.0");
    EXPECT_FALSE(document_.contains("extensionsRequired"));
    EXPECT_EQ(document_.at("buffers").size(), 1u);
    const size_t size = document_.at("buffers").at(0).at("byteLength");
    EXPECT_LE(size, word(bin_ - 8));
    EXPECT_LT(word(bin_ - 8) - size, 4u);
    size_t end = 0;
    for (const auto& view : document_.at("bufferViews")) {
      EXPECT_EQ(view.at("byteOffset"), end) << "views follow each other";
      EXPECT_EQ(end % 4, 0u);
      end += view.at("byteLength").get<size_t>();
    }
    EXPECT_EQ(end, size);
    for (const auto& mesh : document_.at("meshes")) expect_valid_mesh(mesh.at("primitives").at(0));
    for (const auto& sampler : document_.at("animations").at(0).at("samplers")) expect_valid_sampler(sampler);
    std::map<std::pair<size_t, std::string>, int> targets;
    for (const auto& channel : document_.at("animations").at(0).at("channels"))
      EXPECT_EQ(++targets[std::pair(channel.at("target").at("node").get<size_t>(), channel.at("target").at("path"))], 1);
    EXPECT_EQ(document_.at("scenes").at(0).at("nodes").size(), document_.at("nodes").size());
  }

 private:
  uint32_t word(size_t at) const {
    uint32_t value = 0;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }
  const nlohmann::json& accessor(const nlohmann::json& index) const { return document_.at("accessors").at(index.get<size_t>()); }

  template <class Number>
  std::vector<Number> elements(const nlohmann::json& index, int component) const {
    const auto& of = accessor(index);
    EXPECT_EQ(of.at("componentType"), component);
    const auto& view = document_.at("bufferViews").at(of.at("bufferView").get<size_t>());
    const size_t count = of.at("count").get<size_t>() * (of.at("type") == "VEC3" ? 3 : 1);
    EXPECT_EQ(count * sizeof(Number), view.at("byteLength").get<size_t>());
    std::vector<Number> numbers(count);
    std::memcpy(numbers.data(), bytes_.data() + bin_ + view.at("byteOffset").get<size_t>(), count * sizeof(Number));
    return numbers;
  }
  std::vector<float> floats(const nlohmann::json& index) const { return elements<float>(index, 5126); }

  static size_t targets_of(const nlohmann::json& primitive) {
    return primitive.contains("targets") ? primitive.at("targets").size() : 0;
  }
  size_t target_count(const nlohmann::json& node) const {
    return targets_of(document_.at("meshes").at(node.at("mesh").get<size_t>()).at("primitives").at(0));
  }

  // The value of a node's property at a time: of its animation, otherwise of the node or zero.
  std::vector<double> sampled(size_t node, const std::string& path, size_t width, float time) const {
    const auto& animation = document_.at("animations").at(0);
    for (const auto& channel : animation.at("channels")) {
      if (channel.at("target").at("node") != node || channel.at("target").at("path") != path) continue;
      const auto& sampler = animation.at("samplers").at(channel.at("sampler").get<size_t>());
      const std::vector<float> keys = floats(sampler.at("input")), values = floats(sampler.at("output"));
      EXPECT_EQ(values.size(), keys.size() * width);
      const size_t after = static_cast<size_t>(std::upper_bound(keys.begin(), keys.end(), time) - keys.begin());
      const size_t from = after == 0 ? 0 : after - 1, to = std::min(after, keys.size() - 1);
      const bool step = sampler.at("interpolation") == "STEP" || from == to || after == 0;
      const double part = step ? 0 : (double(time) - double(keys[from])) / (double(keys[to]) - double(keys[from]));
      std::vector<double> value;
      for (size_t i = 0; i < width; ++i)
        value.push_back((1 - part) * double(values[from * width + i]) + part * double(values[to * width + i]));
      return value;
    }
    EXPECT_EQ(path == "weights" && width > 0, false) << "a mesh with targets is animated";
    return std::vector<double>(width, 0);
  }

  ShownMesh morphed(const nlohmann::json& node, const std::vector<double>& weights) const {
    const auto& primitive = document_.at("meshes").at(node.at("mesh").get<size_t>()).at("primitives").at(0);
    const auto blended = [&](const char* attribute) {
      const std::vector<float> base = floats(primitive.at("attributes").at(attribute));
      std::vector<double> sum(base.begin(), base.end());
      for (size_t t = 0; t < weights.size(); ++t) {
        if (weights[t] == 0) continue;
        const std::vector<float> target = floats(primitive.at("targets").at(t).at(attribute));
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += weights[t] * double(target[i]);
      }
      std::vector<std::array<double, 3>> vectors;
      for (size_t i = 0; i < sum.size(); i += 3) vectors.push_back({sum[i], sum[i + 1], sum[i + 2]});
      return vectors;
    };
    ShownMesh mesh{node.at("name"), blended("POSITION"), blended("NORMAL"), {}};
    const std::vector<uint32_t> corners = elements<uint32_t>(primitive.at("indices"), 5125);
    for (size_t i = 0; i < corners.size(); i += 3)
      mesh.faces.push_back({int32_t(corners[i]), int32_t(corners[i + 1]), int32_t(corners[i + 2])});
    return mesh;
  }

  void expect_bounds(const nlohmann::json& index, size_t width) const {
    const std::vector<float> numbers = floats(index);
    for (size_t axis = 0; axis < width; ++axis) {
      float low = numbers[axis], high = numbers[axis];
      for (size_t i = axis; i < numbers.size(); i += width) {
        low = std::min(low, numbers[i]);
        high = std::max(high, numbers[i]);
      }
      EXPECT_EQ(accessor(index).at("min").at(axis).get<float>(), low);
      EXPECT_EQ(accessor(index).at("max").at(axis).get<float>(), high);
    }
    EXPECT_EQ(accessor(index).at("min").size(), width);
    EXPECT_EQ(accessor(index).at("max").size(), width);
  }

  void expect_valid_mesh(const nlohmann::json& primitive) const {
    const size_t vertices = accessor(primitive.at("attributes").at("POSITION")).at("count");
    std::vector<nlohmann::json> attributes = {primitive.at("attributes")};
    if (primitive.contains("targets")) {
      EXPECT_FALSE(primitive.at("targets").empty());
      for (const auto& target : primitive.at("targets")) attributes.push_back(target);
    }
    for (const auto& entry : attributes) {
      expect_bounds(entry.at("POSITION"), 3);
      for (const char* name : {"POSITION", "NORMAL"}) {
        EXPECT_EQ(accessor(entry.at(name)).at("type"), "VEC3");
        EXPECT_EQ(accessor(entry.at(name)).at("count"), vertices);
      }
    }
    for (const uint32_t corner : elements<uint32_t>(primitive.at("indices"), 5125)) EXPECT_LT(corner, vertices);
    const std::vector<float> normals = floats(primitive.at("attributes").at("NORMAL"));
    for (size_t i = 0; i < normals.size(); i += 3)
      EXPECT_NEAR(normals[i] * normals[i] + normals[i + 1] * normals[i + 1] + normals[i + 2] * normals[i + 2], 1, 1e-5);
  }

  void expect_valid_sampler(const nlohmann::json& sampler) const {
    const std::vector<float> keys = floats(sampler.at("input"));
    EXPECT_EQ(accessor(sampler.at("input")).at("type"), "SCALAR");
    expect_bounds(sampler.at("input"), 1);
    EXPECT_GE(keys.front(), 0);
    for (size_t i = 1; i < keys.size(); ++i) EXPECT_LT(keys[i - 1], keys[i]);
  }

  std::string bytes_;
  nlohmann::json document_;
  size_t bin_ = 0;
};

}  // namespace interprior
