#include <cstdio>
#include <exception>

#include "interprior/base/files/atomic_file.h"
#include "interprior/experiment/stages.h"
#include "interprior/experiment/sweep.h"

// write_config_keys OUT: every key of every config as rows of ConfigKey (tools/options/explain.cc).
namespace interprior {
namespace {

std::string literal(const std::string& text) { return "R\"key(" + text + ")key\""; }

std::string rows_of(const std::string& kind, const std::vector<KeyDescription>& keys) {
  std::string rows;
  for (const KeyDescription& key : keys) {
    rows += "{" + literal(kind);
    for (const std::string& part : {key.key, key.meaning, key.type, key.range, key.value}) rows += ", " + literal(part);
    rows += "},\n";
  }
  return rows;
}

std::string all_rows() {
  std::string rows;
  for (const Stage& stage : stages()) rows += rows_of(stage.name, stage.keys());
  SweepConfig sweep;
  return rows + rows_of("sweep", explain_fields(fields_of(sweep)));
}

}  // namespace
}  // namespace interprior

int main(int count, char** arguments) {
  try {
    if (count == 2) interprior::write_file(arguments[1], interprior::all_rows());
    return count == 2 ? 0 : 2;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "error: %s\n", problem.what());
    return 1;
  }
}
