#pragma once
#include <string>
#include <vector>

namespace interprior {

// A table for people: the first row is the head, numbers are aligned right.
struct Table {
  std::string title;
  std::vector<std::vector<std::string>> rows;
};
std::string text_table(const Table& table);
std::string markdown_table(const Table& table);
std::string csv_table(const Table& table);
std::string latex_table(const Table& table);
std::string latex_row(const std::vector<std::string>& cells);  // with its end
std::string csv_cell(const std::string& text);                 // quoted where it has to be (RFC 4180)

// A number with this many decimals; "-" for NaN.
std::string number(double value, int decimals = 2);

}  // namespace interprior
