#include "evaluation_output.h"

#include <c10/util/StringUtil.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/report/report.h"

namespace interprior {

std::vector<Protocol> protocols_of(const EvaluateFlags& flags) {
  if (flags.protocols.empty()) return {Protocol::intaghand};
  std::vector<Protocol> protocols;
  std::set<Protocol> seen;
  for (const std::string& name : flags.protocols) {
    protocols.push_back(protocol_named(name));
    require(seen.insert(protocols.back()).second, c10::str("protocol '", name, "' is given twice"), "--protocol", "give it once");
  }
  return protocols;
}

MeasureOptions measure_of(const EvaluateFlags& flags) { return {!flags.without_surfaces, flags.threads}; }

std::optional<EvaluationPart> part_of(const EvaluateFlags& flags) {
  if (flags.part.empty()) return std::nullopt;
  require(!flags.out.empty(), "a part of an evaluation needs an output folder", "--part",
          "add --out DIR, the same for all parts");
  return parse_part(flags.part);
}

std::string part_hint(const EvaluateFlags& flags, const std::string& hand_file) {
  return c10::str("part ", flags.part, " of the evaluation is in ", flags.out, "; after the last part: evaluate --merge --out ",
                  flags.out, " --hand ", hand_file);
}

UsableRule test_set_rule(const EvaluateFlags& flags, bool both_hands) {
  constexpr double kBenchmarkGrey = 10;  // darker images are not in the benchmark
  UsableRule rule;
  rule.interacting_only = rule.need_mano = both_hands;
  rule.filter.min_mean_intensity = both_hands ? kBenchmarkGrey : 0;
  rule.filter.annotations = flags.annotations;
  return rule;
}

std::string settings_of(const EvaluateFlags& flags) {
  return c10::str("split ", flags.split, ", hypotheses ", flags.hypotheses, ", temperature ", flags.temperature, ", surfaces ",
                  !flags.without_surfaces, ", box '", flags.box, "', annotations '", flags.annotations, "'");
}

SampleTableFile::SampleTableFile(const std::filesystem::path& path) : target_(path), stream_(target_.temporary()), path_(path) {
  stream_ << sample_csv_head();
}

void SampleTableFile::add(Protocol protocol, const SampleErrors& errors) { stream_ << sample_csv_rows(protocol, errors); }

void SampleTableFile::close() {
  stream_.close();
  require(stream_.good(), "cannot write this table", path_.string(), "is the disk full?");
  target_.commit();
}

EvaluationFolder::EvaluationFolder(const std::filesystem::path& path) : path_(path) { make_folder(path_); }

void EvaluationFolder::begin() const { std::filesystem::remove(path_ / "evaluation.json"); }

void EvaluationFolder::finish(const std::string& json, const std::map<std::string, std::string>& origin,
                              const std::vector<Evaluation>& evaluations) const {
  if (!evaluations.empty()) write_file(path_ / "rows.tex", evaluation_latex(evaluations, path_.filename().string()));
  write_file(path_ / "origin.json", nlohmann::json(origin).dump(2) + "\n");
  write_file(path_ / "evaluation.json", json);
  log_info(c10::str("report: ", write_report(path_).string()));
}

ScratchFolder::ScratchFolder()
    : folder_([] {
        std::string name = (std::filesystem::temp_directory_path() / "interprior-evaluation-XXXXXX").string();
        require(::mkdtemp(name.data()) != nullptr, "cannot create a temporary folder for predictions", name,
                "set TMPDIR to a writable folder");
        return std::filesystem::path(name);
      }) {}

void PhaseProgress::operator()(const char* phase, int64_t done, int64_t all) {
  if (phase_ != phase) progress_.reset();  // ends its line
  if (!progress_) progress_.emplace(phase, all);
  phase_ = phase;
  progress_->update(done);
}

std::string faults_of(const std::vector<Evaluation>& evaluations) {
  std::map<std::string, int64_t> faults;  // largest number over the protocols
  const auto count = [&](const std::string& reason, int64_t samples) {
    if (samples > 0) faults[reason] = std::max(faults[reason], samples);
  };
  for (const Evaluation& evaluation : evaluations) {
    for (const auto& [reason, samples] : evaluation.skipped)
      if (is_fault(reason)) count(reason, samples);
    for (const auto& [reason, samples] : surfaces_left_out(evaluation.metrics)) count("surfaces, " + reason, samples);
  }
  std::string list;
  for (const auto& [reason, samples] : faults) list += c10::str(list.empty() ? "" : "; ", reason, ": ", samples);
  return list;
}

void require_no_faults(const std::vector<Evaluation>& evaluations, const std::string& where) {
  const std::string faults = faults_of(evaluations);
  require(faults.empty(), "samples were left out, the metrics are of the remaining ones (" + faults + ")", where,
          "docs/protocols.md explains each reason");
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
}

void print(const EvaluateFlags& flags, const std::vector<Evaluation>& evaluations, const std::string& method) {
  print(flags.json    ? evaluation_json(evaluations)
        : flags.latex ? evaluation_latex(evaluations, method)
                      : evaluation_table(evaluations));
}

}  // namespace interprior
