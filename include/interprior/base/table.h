#pragma once
#include <string>
#include <vector>

namespace interprior {

// A table: the first row is the header; columns of numbers are right-aligned.
struct Table {
  std::string title;
  std::vector<std::vector<std::string>> rows;
};
std::string text_table(const Table& table);
std::string csv_table(const Table& table);
std::string latex_table(const Table& table);
std::string latex_row(const std::vector<std::string>& cells);  // with the trailing "\\" and newline
std::string csv_cell(const std::string& text);                 // quoted if necessary (RFC 4180)

// A number with `decimals` decimals; "-" for NaN.
std::string number(double value, int decimals = 2);

}  // namespace interprior
