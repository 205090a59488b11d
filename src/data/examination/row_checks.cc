#include "row_checks.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {

void check_finite_rows(const torch::Tensor& rows, const char* kind, const char* name, const std::string& where) {
  const torch::Tensor bad = torch::isfinite(rows.flatten(1)).all(1).logical_not().nonzero();
  if (bad.size(0) > 0)
    throw Error(c10::str(kind, " ", bad[0].item<int64_t>(), " has a value in `", name, "` that is not a finite number"), where,
                c10::str("remove this ", kind, " or fix the program that wrote it"));
}

torch::Tensor finite_rows(const std::vector<torch::Tensor>& columns) {
  torch::Tensor finite = torch::ones({columns.front().size(0)}, torch::kBool);
  for (const torch::Tensor& column : columns)
    if (column.defined()) finite &= torch::isfinite(column.reshape({finite.size(0), -1})).all(1);
  return finite.nonzero().squeeze(1);
}

std::string first_left_out(const torch::Tensor& kept, int64_t rows, const char* kind) {
  int64_t first = 0;
  while (first < rows && first < kept.size(0) && kept[first].item<int64_t>() == first) ++first;
  return c10::str(kind, " ", first);
}

void check_codes(const torch::Tensor& codes, int64_t names, const char* kind, const char* name, const std::string& where) {
  const torch::Tensor bad = codes.lt(0).logical_or(codes.ge(names)).nonzero();
  if (bad.size(0) > 0) {
    const int64_t index = bad[0].item<int64_t>();
    throw Error(c10::str(kind, " ", index, " has the code ", codes[index].item<int64_t>(), " in `", name,
                         "`, of which there are ", names),
                where);
  }
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    require(!name.empty() && name.find(',') == std::string::npos,
            "a name of a pattern source or modality may not be empty or contain a comma", name);
    text += (text.empty() ? "" : ",") + name;
  }
  return text;
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

int64_t code_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return found - names.begin();
  names.push_back(name);
  return static_cast<int64_t>(names.size()) - 1;
}

torch::Tensor recoded(const torch::Tensor& codes, const std::vector<std::string>& from, std::vector<std::string>& to) {
  std::vector<int64_t> table;
  for (const std::string& name : from) table.push_back(code_of(to, name));
  return torch::tensor(table, torch::kInt64).index_select(0, codes);
}

}  // namespace interprior
