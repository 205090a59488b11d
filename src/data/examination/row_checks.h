#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

// Row checks and name lists shared by the readers of patterns.h5 and poses.h5.
namespace interprior {

// Throws Error that names the first bad row: "KIND 5 has a value in `NAME` that is not a finite number".
void check_finite_rows(const torch::Tensor& rows, const char* kind, const char* name, const std::string& where);
// Numbers (n) of the rows that are finite in all of these columns (N,...); undefined columns are ignored.
torch::Tensor finite_rows(const std::vector<torch::Tensor>& columns);
// "KIND 5": the first of `rows` rows that is not in `kept`.
std::string first_left_out(const torch::Tensor& kept, int64_t rows, const char* kind);
// Throws Error that names the first row whose code is not in 0 .. names-1.
void check_codes(const torch::Tensor& codes, int64_t names, const char* kind, const char* name, const std::string& where);

// Names as one attribute, "a,b"; throws Error for a name that is empty or contains a comma.
std::string join_names(const std::vector<std::string>& names);
std::vector<std::string> split_names(const std::string& text);

// The code of a name in a list; a new name is appended.
int64_t code_of(std::vector<std::string>& names, const std::string& name);
// Converts codes (N) of the list `from` to codes of the list `to`; new names are appended.
torch::Tensor recoded(const torch::Tensor& codes, const std::vector<std::string>& from, std::vector<std::string>& to);

}  // namespace interprior
