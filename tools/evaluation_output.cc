#include "evaluation_output.h"

#include <c10/util/StringUtil.h>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/atomic_file.h"
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
    require(seen.insert(protocols.back()).second, c10::str("protocol '", name, "' is asked for twice"), "--protocol",
            "name it once");
  }
  return protocols;
}

EvaluationFolder::EvaluationFolder(const std::filesystem::path& path) : path_(path) {
  make_folder(path_);
  std::filesystem::remove(path_ / "evaluation.json");
}

void EvaluationFolder::write_samples(const std::vector<Evaluation>& evaluations) const {
  for (size_t i = 0; i < evaluations.size(); ++i) {
    const std::string suffix = i == 0 ? "" : "_" + name_of(evaluations[i].metrics.protocol);
    write_file(path_ / ("samples" + suffix + ".csv"), sample_csv(evaluations[i].errors));
  }
}

void EvaluationFolder::finish(const std::string& json, const std::map<std::string, std::string>& origin) const {
  write_file(path_ / "origin.json", nlohmann::json(origin).dump(2) + "\n");
  write_file(path_ / "evaluation.json", json);
  log_info(c10::str("report: ", write_report(path_).string()));
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
}

}  // namespace interprior
