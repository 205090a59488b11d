#include "interprior/report/report.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/progress.h"
#include "interprior/experiment/sweep.h"
#include "interprior/run/run_folder.h"
#include "sections.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* title;
  bool (*holds)(const fs::path&);
  void (*add)(Page&, const fs::path&);
};

// Order of sections on a page: results first, training runs last.
constexpr Kind kKinds[] = {{"Evaluation", is_evaluation_folder, add_evaluation},
                           {"Sweep", is_sweep_folder, add_sweep},
                           {"Predictions", is_prediction_folder, add_predictions},
                           {"Samples", is_draw_folder, add_draws},
                           {"Training run", is_run_folder, add_run}};

const Kind* kind_of(const fs::path& folder) {
  for (const Kind& kind : kKinds)
    if (kind.holds(folder)) return &kind;
  return nullptr;
}

std::string name_of_folder(const fs::path& folder) {
  const fs::path full = fs::weakly_canonical(folder);
  return (full.has_filename() ? full : full.parent_path()).filename().string();
}

struct Part {
  fs::path folder;
  const Kind* kind;
};

// Collects known folders at most two levels below `folder`; does not descend into a known folder.
void collect(const fs::path& folder, int levels, std::vector<Part>& parts) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    if (const Kind* kind = kind_of(entry.path()))
      parts.push_back({entry.path(), kind});
    else if (levels > 1)
      collect(entry.path(), levels - 1, parts);
  }
}

// Sorted by kind, then by name.
std::vector<Part> parts_of(const fs::path& folder) {
  std::vector<Part> parts;
  collect(folder, 2, parts);
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return std::tie(a.kind, a.folder) < std::tie(b.kind, b.folder); });
  return parts;
}

// summary.json of the quickstart: one card per number.
void add_summary(Page& page, const fs::path& file) {
  const nlohmann::ordered_json summary = read_json(file);
  require(summary.is_object(), "a summary is one object", file.string(), "run the quickstart again");
  const std::string protocol =
      summary.contains("protocol") && summary["protocol"].is_string() ? summary["protocol"].get<std::string>() : "";
  std::vector<Page::Number> numbers;
  for (const auto& [key, value] : summary.items()) {
    if (!value.is_number()) continue;
    const Label label = label_of(key);
    const std::string digits = value.is_number_integer() ? value.dump() : number(value.get<double>());
    const bool of_protocol = key.find("mpjpe") != std::string::npos || key.find("mpvpe") != std::string::npos;
    if (key == "seconds")
      numbers.push_back({"whole run", duration_text(value.get<double>()), "", ""});
    else if (key == "peak_memory_gib")
      numbers.push_back({"peak memory", digits, "GiB", ""});
    else
      numbers.push_back({label.name, digits, label.unit, of_protocol && !protocol.empty() ? "protocol " + protocol : ""});
  }
  page.numbers(numbers);
}

}  // namespace

fs::path write_report(const fs::path& folder) {
  require(fs::is_directory(folder), "there is no such folder", folder.string(),
          "pass a run, an evaluation, a sweep, or a folder that holds some");
  const fs::path file = folder / "report.html";
  if (const Kind* kind = kind_of(folder)) {
    Page page(c10::str(kind->title, ": ", name_of_folder(folder)), "", folder);
    kind->add(page, folder);
    page.write(file);
    return file;
  }
  const std::vector<Part> parts = parts_of(folder);
  require(!parts.empty(), "this folder holds neither a run nor an evaluation, a sweep, predictions or samples", folder.string(),
          "pass a folder that `interprior train`, `evaluate --out`, `sweep`, `predict --out` or `sample --draw` wrote");
  Page page(name_of_folder(folder), "Everything in this folder, results first", folder);
  if (fs::exists(folder / "summary.json")) add_summary(page, folder / "summary.json");
  for (const Part& part : parts) {
    page.heading(c10::str(part.kind->title, ": ", part.folder.lexically_relative(folder).string()));
    part.kind->add(page, part.folder);
  }
  page.write(file);
  return file;
}

}  // namespace interprior
