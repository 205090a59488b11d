#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

// What the readers of patterns.h5 and poses.h5 ask of their rows.
namespace interprior {

// Throws Error with the first bad index: "KIND 5 has a value in `NAME` that is not a finite number".
void check_finite_rows(const torch::Tensor& rows, const char* kind, const char* name, const std::string& where);
// Row numbers (n) that hold finite numbers in every one of these columns (N,...); undefined ones count as finite.
torch::Tensor finite_rows(const std::vector<torch::Tensor>& columns);
// "KIND 5", the first of so many rows that is not among `kept`.
std::string first_left_out(const torch::Tensor& kept, int64_t rows, const char* kind);
// Throws Error with the first index whose code is none of 0 .. names-1.
void check_codes(const torch::Tensor& codes, int64_t names, const char* kind, const char* name, const std::string& where);

// Names as one attribute, "a,b"; throws Error for a name that is empty or holds a comma.
std::string joined_names(const std::vector<std::string>& names);
std::vector<std::string> parted_names(const std::string& text);

// The code of a name in a list, which grows when it is new.
int64_t code_of(std::vector<std::string>& names, const std::string& name);
// Codes (N) of one list of names as codes of another, which grows by the new ones.
torch::Tensor recoded(const torch::Tensor& codes, const std::vector<std::string>& from, std::vector<std::string>& to);

}  // namespace interprior
