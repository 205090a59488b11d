#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "interprior/base/files/atomic_file.h"

namespace interprior {

// What browse_page.py finds on a page in headless Chromium; nothing if there is none.
inline std::optional<nlohmann::json> browsed(const std::filesystem::path& page, const std::filesystem::path& found) {
  if (std::system("chromedriver --version > /dev/null 2>&1") != 0) return {};
  const std::string command =
      "python3 " INTERPRIOR_SOURCE_DIR "/tests/report/browse_page.py '" + page.string() + "' > '" + found.string() + "'";
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == 77) return {};
  EXPECT_EQ(status, 0);
  return nlohmann::json::parse(read_file(found));
}
inline constexpr const char* kNoBrowser = "Chromium cannot be started here (tools/setup.sh --browser installs it)";

}  // namespace interprior
