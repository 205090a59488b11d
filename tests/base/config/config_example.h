#pragma once
#include <string>
#include <utility>
#include <vector>

#include "interprior/base/config/config.h"
#include "interprior/base/error.h"

namespace interprior {

enum class Norm { frozen, batch, sync };
template <>
struct EnumNames<Norm> {
  static std::vector<std::pair<Norm, std::string>> table() {
    return {{Norm::frozen, "frozen"}, {Norm::batch, "batch"}, {Norm::sync, "sync"}};
  }
};

// A config with one field of every kind, for the tests.
struct ExampleLoss {
  double joints = 100, bones = 0.5;
  void describe(Fields& fields) {
    fields("joints", joints, "weight of the 3D joint error", {0, 1e6});
    fields("bones", bones, "weight of the bone lengths", {0, 1e6});
  }
  void check() const { require(joints + bones > 0, "every weight is zero", "", "give at least one"); }
};

struct ExampleData {
  std::string path;
  double weight = 1;
  ExampleLoss loss;
  void describe(Fields& fields) {
    fields("path", path, "folder of the data set");
    fields("weight", weight, "share of the samples", {0, 10});
    fields("loss", loss, "weights of this data set");
  }
};

struct ExampleConfig {
  int64_t steps = 1000;
  double learning_rate = 1e-4;
  bool compile = false;
  std::string name = "run";
  Norm norm = Norm::batch;
  std::vector<int64_t> widths = {64, 128};
  std::vector<double> scales;
  std::vector<std::string> tags = {"a", "b"};
  ExampleLoss loss;
  std::vector<ExampleData> data = {ExampleData{}};
  void describe(Fields& fields) {
    fields("steps", steps, "number of steps", {1, 1e9});
    fields("learning_rate", learning_rate, "step size of the optimiser", {0, 1});
    fields("compile", compile, "use a graph");
    fields("name", name, "name of the run");
    fields("norm", norm, "batch norm while training");
    fields("widths", widths, "channels per stage", {1, 4096});
    fields("scales", scales, "scales of the pyramid");
    fields("tags", tags, "words to find the run by");
    fields("loss", loss, "weights of the losses");
    fields("data", data, "data sets to mix");
  }
  void check() const { require(widths.size() <= 4, "there are more than four stages"); }
};

}  // namespace interprior
