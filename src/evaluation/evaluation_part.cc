#include "interprior/evaluation/evaluation_part.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "evaluation_chunks.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/metric/metric_table.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

constexpr const char* kFormat = "interprior.sample_errors";
constexpr int64_t kVersion = 1;

fs::path folder_of(const fs::path& folder, const std::string& set, const EvaluationPart& part) {
  return folder / "parts" / c10::str(set, "_", part.number, "_of_", part.count);
}

fs::path errors_file(const fs::path& part, Protocol protocol) { return part / ("errors_" + name_of(protocol) + ".h5"); }

void append(TensorFileWriter& file, const SampleErrors& errors) {
  file.append_strings("sample", errors.sample);
  if (!errors.group.empty()) file.append_strings("group", errors.group);
  for_each_tensor(errors, [&](const std::string& name, const torch::Tensor& tensor) {
    if (tensor.defined()) file.append(name, tensor);
  });
}

SampleErrors read_rows(const TensorFileReader& file, int64_t begin, int64_t end) {
  SampleErrors errors;
  errors.sample = file.read_string_rows("sample", begin, end);
  if (file.has("group")) errors.group = file.read_string_rows("group", begin, end);
  for (const Metric& metric : metric_table())
    if (metric.measure) errors.measured.try_emplace(metric.name);
  for_each_tensor(errors, [&](const std::string& name, torch::Tensor& tensor) {
    if (file.has(name)) tensor = file.read_rows(name, torch::kFloat64, begin, end);
  });
  require(errors.joint.defined() && errors.per_joint.defined(), "errors without joint errors", file.path().string(),
          "evaluate this part again");
  return errors;
}

nlohmann::ordered_json json_of(const PartOrigin& origin) {
  nlohmann::ordered_json json = {
      {"part", origin.part.number}, {"parts", origin.part.count}, {"rows", origin.all_rows}, {"set", origin.set},
      {"box", origin.box},          {"hand", origin.hand_hash},   {"truth", origin.truth},   {"predictions", origin.predictions},
      {"settings", origin.settings}};
  for (const Protocol protocol : origin.protocols) json["protocols"].push_back(name_of(protocol));
  json["skipped"] = origin.skipped;
  return json;
}

PartOrigin origin_from(const fs::path& file) {
  const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
  PartOrigin origin;
  try {
    json.at("part").get_to(origin.part.number);
    json.at("parts").get_to(origin.part.count);
    json.at("rows").get_to(origin.all_rows);
    json.at("set").get_to(origin.set);
    json.at("box").get_to(origin.box);
    json.at("hand").get_to(origin.hand_hash);
    json.at("truth").get_to(origin.truth);
    json.at("predictions").get_to(origin.predictions);
    json.at("settings").get_to(origin.settings);
    for (const auto& name : json.at("protocols")) origin.protocols.push_back(protocol_named(name.get<std::string>()));
    json.at("skipped").get_to(origin.skipped);
  } catch (const nlohmann::json::exception&) {
    throw Error("this is no description of a part of an evaluation", file.string(), "evaluate this part again");
  }
  return origin;
}

struct FoundPart {
  fs::path folder;
  PartOrigin origin;
};

// Test sets may differ.
bool is_of_one_evaluation(const PartOrigin& a, const PartOrigin& b) {
  return a.hand_hash == b.hand_hash && a.truth == b.truth && a.predictions == b.predictions && a.settings == b.settings;
}

// Parts by test set, sorted by rows.
std::map<std::string, std::vector<FoundPart>> parts_in(const fs::path& folder) {
  std::map<std::string, std::vector<FoundPart>> sets;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / "parts", none))
    if (fs::exists(entry.path() / "part.json")) {
      FoundPart part{entry.path(), origin_from(entry.path() / "part.json")};
      sets[part.origin.set].push_back(std::move(part));
    }
  require(!sets.empty(), "there are no finished parts of an evaluation", (folder / "parts").string(),
          "run evaluate --part 1/N ... N/N --out with this folder first");
  for (auto& [set, parts] : sets) {
    std::sort(parts.begin(), parts.end(),
              [](const FoundPart& a, const FoundPart& b) { return a.origin.part.number < b.origin.part.number; });
    const PartOrigin& first = parts.front().origin;
    for (size_t i = 0; i < parts.size(); ++i) {
      const PartOrigin& own = parts[i].origin;
      require(own.part.count == first.part.count && own.all_rows == first.all_rows && own.protocols == first.protocols &&
                  own.box == first.box && is_of_one_evaluation(own, sets.begin()->second.front().origin),
              "this part belongs to another evaluation than " + sets.begin()->second.front().folder.filename().string(),
              parts[i].folder.string(), "remove the parts of the older one");
      if (own.part.number != static_cast<int64_t>(i) + 1) break;
    }
    for (int64_t number = 1; number <= first.part.count; ++number)
      require(number <= static_cast<int64_t>(parts.size()) && parts[static_cast<size_t>(number - 1)].origin.part.number == number,
              c10::str("part ", number, " of ", first.part.count, " is not there"),
              folder_of(folder, set, {number, first.part.count}).string(),
              c10::str("run evaluate --part ", number, "/", first.part.count));
  }
  return sets;
}

}  // namespace

EvaluationPart parse_part(const std::string& text) {
  EvaluationPart part{0, 0};
  char rest = 0;
  const bool read = text.size() < 20 && std::sscanf(text.c_str(), "%ld/%ld%c", &part.number, &part.count, &rest) == 2;
  require(read && part.count >= 1 && part.number >= 1 && part.number <= part.count, "'" + text + "' is no part of an evaluation",
          "--part", "give I/N, such as 2/4 for the second of four");
  return part;
}

std::string file_state(const fs::path& path) {
  std::error_code none;
  const auto time = fs::last_write_time(path, none).time_since_epoch().count();
  return c10::str(path.string(),
                  fs::is_regular_file(path, none) ? c10::str(", ", fs::file_size(path, none), " bytes, changed ", time) : "");
}

void write_evaluation_part(const fs::path& folder, const PartOrigin& origin, const HandSets& predictions, const HandSets& truth,
                           const TwoHands& hands, const MeasureOptions& options) {
  const fs::path own = folder_of(folder, origin.set, origin.part);
  make_folder(own);
  fs::remove(own / "part.json");
  const bool both_hands = rule_of(origin.protocols.front()).both_hands;
  const SampleMeter meter(hands.model, options);
  const IdRows predicted_rows(predictions);
  HandSetWriter truth_file(own / "truth.h5");
  std::vector<std::unique_ptr<TensorFileWriter>> files;
  for (const Protocol protocol : origin.protocols)
    files.push_back(std::make_unique<TensorFileWriter>(errors_file(own, protocol), kFormat, kVersion));
  for_each_chunk(truth, [&](const HandSet& some) {
    truth_file.append(some);
    const torch::Tensor index = rows_of_test_set(some, both_hands);
    const HandSet counts = select(some, index);
    if (counts.size() == 0) return;
    const std::vector<SampleErrors> errors =
        meter(origin.protocols,
              options.implausible == Implausible::refuse ? cleared(predictions.rows(predicted_rows.rows_of(counts.sample)))
                                                         : predictions.rows(predicted_rows.rows_of(counts.sample)),
              counts);
    for (size_t i = 0; i < files.size(); ++i) append(*files[i], errors[i]);
  });
  truth_file.close();
  for (const auto& file : files) file->close();
  write_file(own / "part.json", json_of(origin).dump(2) + "\n");
}

std::vector<Evaluation> merge_evaluation_parts(const fs::path& folder, const TwoHands& hands,
                                               const std::function<void(Protocol, const SampleErrors&)>& each) {
  std::vector<Evaluation> evaluations;
  for (const auto& [set, parts] : parts_in(folder)) {
    const PartOrigin& origin = parts.front().origin;
    require(origin.hand_hash == hands.hash, "these parts were measured with another hand file", parts.front().folder.string(),
            "pass that one with --hand");
    std::vector<fs::path> truth_files;
    for (const FoundPart& part : parts) truth_files.push_back(part.folder / "truth.h5");
    const HandSets truth(truth_files);
    const IdRows once_each(truth);
    EvaluationSums sums(origin.protocols, truth, hands);
    EvaluationOptions options;
    options.box = origin.box;
    for (const FoundPart& part : parts) {
      for (const auto& [reason, count] : part.origin.skipped) options.skipped[reason] += count;
      // A part without a sample of the test set has empty files.
      std::vector<std::unique_ptr<TensorFileReader>> files;
      for (const Protocol protocol : origin.protocols)
        files.push_back(std::make_unique<TensorFileReader>(errors_file(part.folder, protocol), kFormat, kVersion));
      const int64_t rows = files.front()->has("sample") ? c10::multiply_integers(files.front()->shape("sample")) : 0;
      for (int64_t begin = 0; begin < rows; begin += kChunkRows)
        for (size_t i = 0; i < files.size(); ++i) {
          const SampleErrors errors = read_rows(*files[i], begin, std::min(begin + kChunkRows, rows));
          sums.add(origin.protocols[i], errors);
          if (each) each(origin.protocols[i], errors);
        }
    }
    for (Evaluation& evaluation : sums.finish(options)) evaluations.push_back(std::move(evaluation));
  }
  std::sort(evaluations.begin(), evaluations.end(),
            [](const Evaluation& a, const Evaluation& b) { return a.metrics.protocol < b.metrics.protocol; });
  return evaluations;
}

}  // namespace interprior
