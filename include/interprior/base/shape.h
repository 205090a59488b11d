#pragma once
#include <torch/types.h>

#include <initializer_list>
#include <map>
#include <string>
#include <variant>

namespace interprior {

// One expected dimension: a number, or a name that must have the same value in all checks of one ShapeCheck.
using Dimension = std::variant<int64_t, std::string>;

// Checks the shapes of a function's tensor arguments against named dimensions:
//   ShapeCheck check("ManoLayer");
//   check(rotations, "rotations", {"B", 16, 3, 3});
//   check(shape, "shape", {"B", 10});       // the same B
class ShapeCheck {
 public:
  explicit ShapeCheck(std::string function) : function_(std::move(function)) {}

  // Throws Error naming function, tensor, expected and actual shape. A name of an earlier check keeps its value.
  ShapeCheck& operator()(const torch::Tensor& tensor, const char* name, std::initializer_list<Dimension> expected);

  // The value that an earlier check bound to a name; throws Error if there is none.
  int64_t operator[](const std::string& name) const;

 private:
  std::string function_;
  std::map<std::string, int64_t> bound_;
};

// "(2, 16, 3, 3) float32", for messages.
std::string shape_text(const torch::Tensor& tensor);

}  // namespace interprior
