#include "interprior/evaluation/evaluation_part.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/atomic_file.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<Protocol> kProtocols = {Protocol::intaghand, Protocol::wrist};

// Ground truth with joints, cameras, sequences and missing hands; predictions in another order, with hypotheses.
struct Sets {
  HandSet truth, predictions;
};

Sets some_sets(int64_t count) {
  Sets sets{annotated(random_hand_set(count, 1)), random_hand_set(count, 2)};
  sets.truth.camera = torch::tensor({1200.0, 1210.0, 256.0, 170.0}, torch::kFloat64).expand({count, 4}).clone();
  sets.truth.mesh_valid = torch::ones({count, 2}, torch::kBool);
  sets.truth.mesh_valid.slice(0, 3, count, 9).select(1, 1).fill_(false);
  for (int64_t i = 0; i < count; ++i) sets.truth.group.push_back("sequence" + std::to_string(i % 11));
  sets.predictions.hypotheses_pose = sets.predictions.pose.unsqueeze(1) + noise({count, 3, 2, 48}, 0.1, Seed{5});
  sets.predictions.hypotheses_shape = sets.predictions.shape.unsqueeze(1).repeat({1, 3, 1, 1});
  sets.predictions.hypotheses_translation = sets.predictions.translation.unsqueeze(1).repeat({1, 3, 1, 1});
  std::vector<int64_t> order = random_order(count, Seed{9});
  sets.predictions = rows(sets.predictions, torch::tensor(order));
  return sets;
}

PartOrigin origin_of(const EvaluationPart& part, int64_t rows, const std::string& set, std::vector<Protocol> protocols) {
  return {part, rows, set, std::move(protocols), "oracle", procedural_hands().hash, "truth.h5", "predictions.h5", "surfaces", {}};
}

void write_parts(const std::filesystem::path& folder, const Sets& sets, int64_t count, std::vector<int64_t> numbers) {
  const HandSets truth(sets.truth, "truth.h5"), predictions(sets.predictions, "predictions.h5");
  for (const int64_t number : numbers) {
    const EvaluationPart part{number, count};
    const HandSets own = truth.slice(part.begin(truth.size()), part.end(truth.size()));
    write_evaluation_part(folder, origin_of(part, truth.size(), "both_hands", kProtocols), predictions, own, procedural_hands(),
                          {});
    write_evaluation_part(folder, origin_of(part, truth.size(), "all", {Protocol::interwild}), predictions, own,
                          procedural_hands(), {});
  }
}

TEST(EvaluationPart, MergedPartsEqualTheFullEvaluationExactly) {
  const Sets sets = some_sets(50);
  EvaluationOptions options;
  options.box = "oracle";
  std::string whole_csv, parts_csv;
  options.each = [&](Protocol protocol, const SampleErrors& errors) { whole_csv += sample_csv_rows(protocol, errors); };
  std::vector<Protocol> protocols = kProtocols;
  protocols.push_back(Protocol::interwild);
  const std::string whole =
      evaluation_json(evaluate(protocols, HandSets(sets.predictions), HandSets(sets.truth), procedural_hands(), options));
  EXPECT_THAT(whole, AllOf(HasSubstr("not_both_hands"), HasSubstr("\"hypotheses\": 3"), HasSubstr("intersection_cm3")));
  for (const int64_t count : {1, 3, 7}) {
    const TemporaryDirectory folder;
    std::vector<int64_t> numbers;
    for (int64_t i = count; i >= 1; --i) numbers.push_back(i);  // in any order of completion
    write_parts(folder.path(), sets, count, numbers);
    EXPECT_EQ(evaluation_json(merge_evaluation_parts(folder.path(), procedural_hands())), whole) << count;
  }
}

TEST(EvaluationPart, ThreadsAndOrderDoNotChangeTheNumbers) {
  const Sets sets = some_sets(40);
  EvaluationOptions one, four;
  four.measure.threads = 4;
  const HandSets truth(sets.truth);
  const std::string alone = evaluation_json(evaluate(kProtocols, HandSets(sets.predictions), truth, procedural_hands(), one));
  EXPECT_EQ(evaluation_json(evaluate(kProtocols, HandSets(sets.predictions), truth, procedural_hands(), four)), alone);
  const HandSet sorted = joined(sets.predictions, sets.truth);
  EXPECT_EQ(evaluation_json(evaluate(kProtocols, HandSets(sorted), truth, procedural_hands(), one)), alone);
  const HandSets turned(rows(sets.truth, torch::arange(39, -1, -1)));
  EXPECT_EQ(evaluation_json(evaluate(kProtocols, HandSets(sorted), turned, procedural_hands(), one)), alone);
}

TEST(EvaluationPart, AMissingPartIsNamed) {
  const TemporaryDirectory folder;
  const Sets sets = some_sets(20);
  EXPECT_THAT([&] { merge_evaluation_parts(folder.path(), procedural_hands()); }, ThrowsError(HasSubstr("no finished parts")));
  write_parts(folder.path(), sets, 3, {1, 3});
  EXPECT_THAT([&] { merge_evaluation_parts(folder.path(), procedural_hands()); },
              ThrowsError(AllOf(HasSubstr("part 2 of 3 is not there"), HasSubstr("--part 2/3"))));
  write_parts(folder.path(), sets, 3, {2});
  EXPECT_NO_THROW(merge_evaluation_parts(folder.path(), procedural_hands()));
  write_parts(folder.path(), sets, 2, {1});  // left from another attempt
  EXPECT_THAT([&] { merge_evaluation_parts(folder.path(), procedural_hands()); }, ThrowsError(HasSubstr("another evaluation")));
}

TEST(EvaluationPart, PartsOfDifferentEvaluationsAreNotMixed) {
  const Sets sets = some_sets(20);
  const HandSets truth(sets.truth, "truth.h5"), predictions(sets.predictions, "predictions.h5");
  const auto write = [&](const std::filesystem::path& folder, int64_t number, const std::string& set, Protocol protocol,
                         const std::function<void(PartOrigin&)>& change) {
    const EvaluationPart part{number, 2};
    PartOrigin origin = origin_of(part, 20, set, {protocol});
    change(origin);
    write_evaluation_part(folder, origin, predictions, truth.slice(part.begin(20), part.end(20)), procedural_hands(),
                          {.surfaces = false});
  };
  const auto same = [](PartOrigin&) {};
  const std::vector<std::function<void(PartOrigin&)>> changes = {[](PartOrigin& origin) { origin.predictions += ", changed"; },
                                                                 [](PartOrigin& origin) { origin.settings = "no surfaces"; },
                                                                 [](PartOrigin& origin) { origin.truth = "another.h5"; }};
  for (const auto& change : changes) {
    const TemporaryDirectory halves, others;
    write(halves.path(), 1, "both_hands", Protocol::wrist, same);
    write(halves.path(), 2, "both_hands", Protocol::wrist, change);
    EXPECT_THAT([&] { merge_evaluation_parts(halves.path(), procedural_hands()); }, ThrowsError(HasSubstr("another evaluation")));
    for (const int64_t number : {1, 2}) {  // a test set left from another method
      write(others.path(), number, "both_hands", Protocol::wrist, same);
      write(others.path(), number, "all", Protocol::interwild, change);
    }
    EXPECT_THAT([&] { merge_evaluation_parts(others.path(), procedural_hands()); }, ThrowsError(HasSubstr("another evaluation")));
  }
}

TEST(EvaluationPart, ADamagedDescriptionAndAnotherHandAreRefused) {
  const TemporaryDirectory folder;
  write_parts(folder.path(), some_sets(12), 1, {1});
  TwoHands other = procedural_hands();
  other.hash = "another";
  EXPECT_THAT([&] { merge_evaluation_parts(folder.path(), other); }, ThrowsError(HasSubstr("another hand file")));
  write_file(folder / "parts/all_1_of_1/part.json", "{\"part\": 1");
  EXPECT_THAT([&] { merge_evaluation_parts(folder.path(), procedural_hands()); }, ThrowsError(HasSubstr("part.json")));
}

TEST(EvaluationPart, NamesOfParts) {
  EXPECT_EQ(parse_part("2/4").number, 2);
  EXPECT_EQ(parse_part("2/4").begin(10), 2);
  EXPECT_EQ(parse_part("2/4").end(10), 5);
  for (const char* bad : {"", "2", "0/4", "5/4", "2/0", "2/4x", "-1/4", "a/b", "1/99999999999999999999"})
    EXPECT_THAT([&] { parse_part(bad); }, ThrowsError(HasSubstr("--part"))) << bad;
}

}  // namespace
}  // namespace interprior
