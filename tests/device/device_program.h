#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "integration/fixture.h"

// Runs the program on the CPU and on the simulated device, and compares their logs.
namespace interprior {

// CPU and device code paths round differently; AdamW amplifies the difference.
constexpr double kRounding = 2e-3;

inline Words with_device(Words words, const std::string& device) {
  const auto found = std::find(words.begin(), words.end(), "--device");
  if (found == words.end()) return words + Words{"--device", device};
  *(found + 1) = device;
  return words;
}

inline void one_thread() { setenv("OMP_NUM_THREADS", "1", 1); }

inline Outcome on_cpu(const Words& words, const std::filesystem::path& folder) {
  return Program(with_device(words, "cpu"), folder, one_thread).finish();
}
inline Outcome on_device(const Words& words, const std::filesystem::path& folder, const std::string& device = "cuda") {
  return Program(with_device(words, device), folder, one_thread, INTERPRIOR_PRETENDED_BINARY).finish();
}

// Values of a run's log by step and name.
inline std::map<std::pair<int64_t, std::string>, double> logged(const std::filesystem::path& run) {
  static const std::vector<std::string> kOfTheMachine = {"samples_per_second", "waiting_for_data", "memory_gib", "time"};
  std::map<std::pair<int64_t, std::string>, double> numbers;
  std::ifstream lines(run / "log.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json document = nlohmann::json::parse(line);
    for (const auto& [name, value] : document.items())
      if (value.is_number() && name != "step" &&
          std::find(kOfTheMachine.begin(), kOfTheMachine.end(), name) == kOfTheMachine.end())
        numbers[{document.at("step"), document.at("group").get<std::string>() + " " + name}] = value;
  }
  return numbers;
}

inline void expect_equal_logs(const std::filesystem::path& a, const std::filesystem::path& b, double relative) {
  const auto first = logged(a), second = logged(b);
  EXPECT_GT(first.size(), 5u);
  ASSERT_EQ(first.size(), second.size());
  for (const auto& [key, value] : first) {
    ASSERT_TRUE(second.contains(key)) << key.second;
    EXPECT_NEAR(second.at(key), value, relative * std::abs(value) + 1e-6) << "step " << key.first << ", " << key.second;
  }
}

}  // namespace interprior
