#include <gmock/gmock.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/metric/hand_sets/hand_sets.h"

// `evaluate`: parts by several processes, comparison of two methods, ground truth from a data set, and refused sets.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Evaluate : public ::testing::Test {
 protected:
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  json expect_json(Words words) const {
    words.push_back("--json");
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << outcome.out;
    return document;
  }
  // predictions.h5 and truth.h5 of the fixture's sampler, in `evaluation/`.
  void predict() const {
    const Outcome outcome = run({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--out",
                                 "evaluation", "--without-surfaces"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  Words files(const std::string& predictions, const std::string& truth = "evaluation/truth.h5") const {
    return {"evaluate", "--predictions", predictions, "--truth", truth, "--hand", fixture_.hand().string()};
  }
  HandSet predictions() const { return read_hand_set(folder_ / "evaluation/predictions.h5"); }
  void expect_refused(const HandSet& set, const std::string& words) const {
    HandSetWriter writer(folder_ / "refused.h5");
    writer.append(set);
    writer.close();
    const Outcome outcome = run(files("refused.h5"));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], HasSubstr(words));
    EXPECT_EQ(outcome.out, "");
  }

  const Fixture& fixture_ = fixture();
  const TemporaryDirectory folder_;
};

TEST_F(Evaluate, MergedPartsOfASamplersEvaluationEqualTheFullOne) {
  const Words sampler = {"evaluate",     fixture_.sampler().string(),
                         "--data",       fixture_.images().string(),
                         "--protocol",   "wrist",
                         "--protocol",   "interwild",
                         "--hypotheses", "2",
                         "--batch",      "3"};
  const auto with = [&](const Words& more) {
    Words words = sampler;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const json whole = expect_json(sampler);
  // Four samples in batches of three: the second part has the one of the last batch, not half of them.
  for (const char* part : {"2/2", "1/2"}) EXPECT_EQ(run(with({"--part", part, "--out", "parts"})).exit_code, 0) << part;
  const json merged = expect_json({"evaluate", "--merge", "--out", "parts", "--hand", fixture_.hand().string()});
  ASSERT_EQ(merged.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(merged[i]["protocol"], whole[i]["protocol"]);
    EXPECT_EQ(merged[i]["samples"], whole[i]["samples"]);
    EXPECT_EQ(merged[i]["box"], whole[i]["box"]);
    EXPECT_EQ(merged[i]["skipped"], whole[i]["skipped"]);
    EXPECT_EQ(merged[i]["metrics"], whole[i]["metrics"]) << "parts consist of whole batches";
  }
  const Outcome cut = run(with({"--part", "2/3", "--out", "cut"}));
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_THAT(cut.err, HasSubstr("in 2 batches"));
  Words other = with({"--part", "2/2", "--out", "parts"});
  other[std::find(other.begin(), other.end(), "--batch") - other.begin() + 1] = "2";
  EXPECT_EQ(run(other).exit_code, 0);
  const Outcome mixed = run({"evaluate", "--merge", "--out", "parts", "--hand", fixture_.hand().string()});
  EXPECT_EQ(mixed.exit_code, 1) << "other batches round differently";
  EXPECT_THAT(mixed.err, HasSubstr("another evaluation"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "parts/report.html"));
}

TEST_F(Evaluate, MergedPartsOfFilesEqualTheFullEvaluationExactly) {
  predict();
  const json whole = expect_json(files("evaluation/predictions.h5"));
  for (const char* part : {"1/4", "2/4", "3/4", "4/4"}) {
    Words words = files("evaluation/predictions.h5");
    words.insert(words.end(), {"--part", part, "--out", "parts"});
    EXPECT_EQ(run(words).exit_code, 0) << part;
  }
  EXPECT_EQ(expect_json({"evaluate", "--merge", "--out", "parts", "--hand", fixture_.hand().string()}), whole);
  std::filesystem::remove_all(folder_ / "parts/parts/both_hands_2_of_4");
  const Outcome missing = run({"evaluate", "--merge", "--out", "parts", "--hand", fixture_.hand().string()});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("part 2 of 4 is not there"));
}

TEST_F(Evaluate, TheBoxIsPartOfTheProtocol) {
  predict();
  EXPECT_EQ(expect_json(files("evaluation/predictions.h5"))["box"], "oracle");
  Words annotation = {"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--box", "annotation"};
  EXPECT_EQ(expect_json(annotation)["box"], "annotation");
  const Outcome table = run(files("evaluation/predictions.h5"));
  EXPECT_THAT(table.out, AllOf(HasSubstr("box oracle"),
                               HasSubstr("root-aligned at the middle MCP joint, scaled by the wrist-MCP bone length")));
}

TEST_F(Evaluate, TheGroundTruthOfADataSetIsItsAnnotations) {
  predict();
  const json from_file = expect_json(files("evaluation/predictions.h5")),
             from_data = expect_json(files("evaluation/predictions.h5", fixture_.images().string()));
  EXPECT_EQ(from_data["samples"], from_file["samples"]);
  for (const char* name : {"mpjpe_mm", "mpvpe_mm", "mrrpe_mm", "pa_mpvpe_mm", "joint_2d_px"})
    EXPECT_NEAR(from_data["metrics"][name].get<double>(), from_file["metrics"][name].get<double>(), 1e-3) << name;
}

TEST_F(Evaluate, OnlyTheNamedAnnotationsAreEvaluated) {
  Words words = {"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--protocol", "interwild"};
  const int64_t all = expect_json(words)["samples"];
  const json data = json::parse(bytes_of(fixture_.images() / "annotations/test/InterHand2.6M_test_data.json"));
  std::ofstream(folder_ / "ids.txt") << data["annotations"][0]["id"].get<int64_t>() << "\n"
                                     << data["annotations"][1]["id"].get<int64_t>() << "\n";
  words.insert(words.end(), {"--annotations", "ids.txt"});
  EXPECT_EQ(expect_json(words)["samples"], 2);
  EXPECT_GT(all, 2);
}

TEST_F(Evaluate, AnnotationsSelectPredictionsAndGroundTruthAlike) {
  predict();
  const json data = json::parse(bytes_of(fixture_.images() / "annotations/test/InterHand2.6M_test_data.json"));
  std::ofstream(folder_ / "ids.txt") << data["annotations"][0]["id"].get<int64_t>() << "\n";
  const Words selected = {"--annotations", "ids.txt"};
  EXPECT_EQ(expect_json(files("evaluation/predictions.h5", fixture_.images().string()) + selected)["samples"], 1);
  for (const std::string list : {"ids.txt", "none.txt"}) {
    const Outcome outcome = run(files("evaluation/predictions.h5") + Words{"--annotations", list});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("annotation"), HasSubstr("hands.h5")));
  }
  HandSet surplus = predictions();
  surplus.sample[0] = "test/of_another_set.jpg";
  write_hand_set(folder_ / "surplus.h5", surplus);
  std::ofstream(folder_ / "ids.txt") << data["annotations"][1]["id"].get<int64_t>() << "\n";
  const Outcome foreign = run(files("surplus.h5", fixture_.images().string()) + selected);
  EXPECT_EQ(foreign.exit_code, 1) << foreign.out;
}

TEST_F(Evaluate, SkippedFaultySamplesAreListed) {
  const auto images = folder_ / "images";
  std::filesystem::copy(fixture_.images(), images, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(images / "images/test"))
    if (entry.path().extension() == ".jpg") {
      std::ofstream(entry.path(), std::ios::trunc | std::ios::binary) << bytes_of(entry.path()).substr(0, 400);
      break;
    }
  const Outcome outcome =
      run({"evaluate", fixture_.sampler().string(), "--data", images.string(), "--out", "out", "--json", "--without-surfaces"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], testing::ContainsRegex("left out.*(sample_unreadable|image_damaged): 1"));
  EXPECT_TRUE(json::parse(outcome.out)["metrics"]["mpjpe_mm"].is_number()) << "the metrics of the remaining samples are printed";
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/evaluation.json"));
}

TEST_F(Evaluate, NoiseAsMeshesIsEvaluatedAndReportedAsNoHand) {
  predict();
  HandSet noise = predictions();
  const int64_t vertices = read_hand_model(fixture_.hand()).hand.right.v_template.size(0);
  noise.vertices = 0.1 * torch::randn({noise.size(), 2, vertices, 3}) + torch::tensor({0.0, 0.0, 0.6});
  noise.pose = noise.shape = noise.translation = noise.joints = torch::Tensor();
  write_hand_set(folder_ / "noise.h5", noise);
  const Outcome outcome = run(files("noise.h5") + Words{"--out", "noise"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], HasSubstr("surfaces, mesh_is_no_hand: " + std::to_string(noise.size())));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("surfaces left out, mesh_is_no_hand"), HasSubstr("no better than the mean pose")));
}

TEST_F(Evaluate, CtrlCLeavesOnlyCompleteFiles) {
  Program program({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--out", "out", "--hypotheses",
                   "4000", "--batch", "1", "--device", "cpu"},
                  folder_.path(), [] { signal(SIGINT, SIG_DFL); });  // it is ignored when the tests run in the background
  const auto files = [&] {
    Words names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out", none)) names.push_back(entry.path().filename());
    return names;
  };
  ASSERT_TRUE(program.wait_for([&] { return files().size() >= 2; })) << program.error_output();
  program.send(SIGINT);
  EXPECT_EQ(program.finish().exit_code, 130);
  EXPECT_THAT(files(), testing::IsEmpty()) << "none of them was complete";
}

TEST_F(Evaluate, TwoMethodsAreComparedSampleBySample) {
  predict();
  Words words = files("evaluation/predictions.h5");
  words.insert(words.end(), {"--against", "evaluation/truth.h5", "--out", "compared"});
  const json result = expect_json(words);
  const json difference = result["against"]["differences"]["mpjpe_mm"];
  EXPECT_NEAR(difference["mean"].get<double>(), result["metrics"]["mpjpe_mm"].get<double>(),
              1e-4);  // the second is the ground truth
  EXPECT_EQ(difference["share_better"], 0);
  EXPECT_GT(result["against"]["second_better"].size(), 0u);
  EXPECT_THAT(bytes_of(folder_ / "compared/report.html"), HasSubstr("Two methods, sample by sample"));
  words.push_back("--latex");
  EXPECT_THAT(run(words).out, HasSubstr("predictions & intaghand (oracle) &"));
  const Outcome alone = run({"evaluate", fixture_.sampler().string(), "--against", "evaluation/truth.h5"});
  EXPECT_EQ(alone.exit_code, 2);
}

TEST_F(Evaluate, AFlagThatIsOmittedOrSetToFalseIsFalse) {
  // A published script's boolean option was always true: bool("False").
  predict();
  const auto measures_surfaces = [&](const Words& more) {
    Words words = files("evaluation/predictions.h5");
    words.insert(words.end(), more.begin(), more.end());
    return expect_json(words)["metrics"].contains("penetration_mm");
  };
  EXPECT_TRUE(measures_surfaces({}));
  EXPECT_TRUE(measures_surfaces({"--without-surfaces=false"}));
  EXPECT_FALSE(measures_surfaces({"--without-surfaces"}));
}

TEST_F(Evaluate, InvalidSetsAreRefusedWithOneMessage) {
  predict();
  const HandSet good = predictions();
  HandSet set = good;
  set.translation = good.translation * 1000;
  set.joints = set.joints * 1000;
  expect_refused(set, "millimetres");
  expect_refused(rows(good, 1, good.size()), "no prediction for sample " + good.sample[0]);
  set = good;
  for (std::string& id : set.sample) id.replace(0, id.find('/'), "val");
  expect_refused(set, "is that another split?");
  set = good;
  set.sample.back() = "test/another";
  expect_refused(set, "no prediction for sample " + good.sample.back());
  expect_refused(concatenated({good,
                               [&] {
                                 HandSet more = rows(good, 0, 1);
                                 more.sample[0] = "test/surplus";
                                 return more;
                               }()}),
                 "sample test/surplus has a prediction but no ground truth");
  const Outcome unknown = [&] {
    Words words = files("evaluation/predictions.h5");
    words.insert(words.end(), {"--protocol", "intahand"});
    return run(words);
  }();
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("interwild"), HasSubstr("did you mean intaghand")));
  HandSet truth = read_hand_set(folder_ / "evaluation/truth.h5");
  truth.joints = truth.joint_valid = torch::Tensor();
  write_hand_set(folder_ / "bare.h5", truth);
  Words words = files("evaluation/predictions.h5", "bare.h5");
  words.insert(words.end(), {"--protocol", "interwild"});
  const Outcome bare = run(words);
  EXPECT_EQ(bare.exit_code, 1);
  EXPECT_THAT(bare.err, HasSubstr("the ground truth has no annotated joints"));
}

}  // namespace
}  // namespace interprior
