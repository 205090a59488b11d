#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace interprior {

// samples.csv of an evaluation, as far as reports show it.
struct SampleTable {
  struct Row {
    std::string sample;
    double right_mm = 0, left_mm = 0, error_mm = 0;   // MPJPE per hand, and of the hands that count; NaN where none does
  };
  std::vector<Row> rows;
  std::vector<Row> worst(size_t count) const;          // the largest error first
};

// Throws Error with file:line.
SampleTable read_sample_table(const std::filesystem::path& path);

// The cells of one CSV line (RFC 4180: quotes, doubled inside).
std::vector<std::string> csv_cells(const std::string& line);

}  // namespace interprior
