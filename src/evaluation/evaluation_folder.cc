#include "interprior/evaluation/evaluation_folder.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {

struct EvaluationFolder::SampleTable {
  explicit SampleTable(const std::filesystem::path& file) : path(file), target(file), stream(target.temporary()) {
    stream << sample_csv_head();
  }
  void close() {
    stream.close();
    require(stream.good(), "cannot write this table", path.string(), "is the disk full?");
    target.commit();
  }

  std::filesystem::path path;
  AtomicFile target;
  std::ofstream stream;
};

EvaluationFolder::EvaluationFolder(const std::filesystem::path& path) : path_(path) { make_folder(path_); }
EvaluationFolder::~EvaluationFolder() = default;

void EvaluationFolder::add(Protocol protocol, const SampleErrors& errors) {
  if (!samples_) samples_ = std::make_unique<SampleTable>(path_ / "samples.csv");
  samples_->stream << sample_csv_rows(protocol, errors);
}

void EvaluationFolder::begin() const { std::filesystem::remove(path_ / "evaluation.json"); }

void EvaluationFolder::finish(const std::string& json, const std::map<std::string, std::string>& origin,
                              const std::vector<Evaluation>& evaluations) {
  if (samples_) samples_->close();
  if (!evaluations.empty()) write_file(path_ / "rows.tex", evaluation_latex(evaluations, path_.filename().string()));
  write_file(path_ / "origin.json", nlohmann::json(origin).dump(2) + "\n");
  write_file(path_ / "evaluation.json", json);
}

TemporaryPath temporary_evaluation_folder() {
  return TemporaryPath([] {
    std::string name = (std::filesystem::temp_directory_path() / "interprior-evaluation-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "cannot create a temporary folder for predictions", name,
            "set TMPDIR to a writable folder");
    return std::filesystem::path(name);
  });
}

}  // namespace interprior
