#include "interprior/base/table.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace interprior {
namespace {

constexpr double kLongest = 1e15;  // larger numbers are written with an exponent

// Number of characters: UTF-8 continuation bytes do not count.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_number(const std::string& cell) {
  if (cell.empty() || cell == "-") return true;
  char* end = nullptr;
  std::strtod(cell.c_str(), &end);
  return *end == '\0';
}

size_t column_count(const Table& table) {
  size_t count = 0;
  for (const auto& row : table.rows) count = std::max(count, row.size());
  return count;
}

std::string cell_of(const std::vector<std::string>& row, size_t column) { return column < row.size() ? row[column] : ""; }

// Columns whose cells below the header are all numbers are right-aligned; the first column holds names.
std::vector<bool> right_aligned(const Table& table) {
  std::vector<bool> right(column_count(table), true);
  for (size_t column = 0; column < right.size(); ++column)
    for (size_t row = 1; row < table.rows.size(); ++row)
      right[column] = right[column] && column > 0 && is_number(cell_of(table.rows[row], column));
  return right;
}

std::string replaced(const std::string& text, const std::vector<std::pair<char, std::string>>& table) {
  std::string out;
  for (const char c : text) {
    const auto entry = std::find_if(table.begin(), table.end(), [c](const auto& pair) { return pair.first == c; });
    out += entry == table.end() ? std::string(1, c) : entry->second;
  }
  return out;
}

std::string latex_text(const std::string& text) {
  return replaced(text, {{'&', "\\&"},
                         {'%', "\\%"},
                         {'$', "\\$"},
                         {'#', "\\#"},
                         {'_', "\\_"},
                         {'{', "\\{"},
                         {'}', "\\}"},
                         {'~', "\\textasciitilde{}"},
                         {'^', "\\textasciicircum{}"},
                         {'\\', "\\textbackslash{}"}});
}

// The row's cells, each transformed by `cell`, joined by `between`.
template <class Cell>
std::string joined_row(const std::vector<std::string>& row, size_t columns, const std::string& between, const Cell& cell) {
  std::string line;
  for (size_t column = 0; column < columns; ++column) line += (column > 0 ? between : "") + cell(cell_of(row, column));
  return line;
}

}  // namespace

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return c10::str('"', replaced(text, {{'"', "\"\""}}), '"');
}

std::string text_table(const Table& table) {
  const size_t columns = column_count(table);
  const std::vector<bool> right = right_aligned(table);
  std::vector<size_t> width(columns, 0);
  for (const auto& row : table.rows)
    for (size_t column = 0; column < row.size(); ++column) width[column] = std::max(width[column], width_of(row[column]));
  std::string out = table.title.empty() ? "" : table.title + "\n";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    std::string line;
    for (size_t column = 0; column < columns; ++column) {
      const std::string cell = cell_of(table.rows[row], column);
      const std::string space(width[column] - width_of(cell), ' ');
      line += (column > 0 ? "  " : "") + (right[column] ? space + cell : cell + space);
    }
    out += line.erase(line.find_last_not_of(' ') + 1) + "\n";
    if (row > 0) continue;
    for (size_t column = 0; column < columns; ++column) out += (column > 0 ? "  " : "") + std::string(width[column], '-');
    out += "\n";
  }
  return out;
}

std::string csv_table(const Table& table) {
  std::string out;
  for (const auto& row : table.rows) out += joined_row(row, column_count(table), ",", csv_cell) + "\n";
  return out;
}

std::string latex_table(const Table& table) {
  std::string out = "\\begin{tabular}{";
  for (const bool right : right_aligned(table)) out += right ? 'r' : 'l';
  out += "}\n\\hline\n";
  for (size_t row = 0; row < table.rows.size(); ++row)
    out += joined_row(table.rows[row], column_count(table), " & ", latex_text) + " \\\\\n" + (row == 0 ? "\\hline\n" : "");
  return out + "\\hline\n\\end{tabular}\n" + (table.title.empty() ? "" : "% " + table.title + "\n");
}

std::string latex_row(const std::vector<std::string>& cells) {
  return joined_row(cells, cells.size(), " & ", latex_text) + " \\\\\n";
}

std::string number(double value, int decimals) {
  if (std::isnan(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, std::abs(value) < kLongest ? "%.*f" : "%.*g", decimals, value);
  return text;
}

}  // namespace interprior
