#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/base/files/temporary_path.h"
#include "interprior/evaluation/evaluation.h"

namespace interprior {

// The output folder of an evaluation (docs/formats.md). evaluation.json is removed before anything is replaced, and written
// last: a folder with it is complete.
class EvaluationFolder {
 public:
  explicit EvaluationFolder(const std::filesystem::path& path);  // throws Error when it cannot be written
  ~EvaluationFolder();
  const std::filesystem::path& path() const { return path_; }
  // Adds rows to samples.csv, a temporary file until finish(). Throws Error.
  void add(Protocol protocol, const SampleErrors& errors);
  void begin() const;  // call before replacing existing files
  // Writes samples.csv if rows were added, rows.tex if evaluations are given, origin.json (what was evaluated) and
  // evaluation.json. Throws Error.
  void finish(const std::string& json, const std::map<std::string, std::string>& origin,
              const std::vector<Evaluation>& evaluations = {});

 private:
  struct SampleTable;
  std::filesystem::path path_;
  std::unique_ptr<SampleTable> samples_;
};

// A folder for predictions and ground truth that are not kept, removed at the end and on signals. Throws Error.
TemporaryPath temporary_evaluation_folder();

}  // namespace interprior
