#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "interprior/base/files/tensor_file.h"
#include "predict_command.h"

// `predict` on folders with other files, unusual names, full disks.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(PredictCommand, SkippedInputsAreListedAndExitWithOne) {
  photo("photos/a.jpg");
  photo("photos/z.jpg");
  file("photos/broken.jpg", bytes_of(fixture_.image()).substr(0, 3000));
  for (const char* name : {"b.heic", "c.heic", "d.HEIC", "e.gif", "notes.txt", ".hidden"})
    file(std::string("photos/") + name, "x");
  const Outcome outcome = predict(Words{"photos"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  ASSERT_THAT(outcome.errors(), SizeIs(1));
  EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("damaged: 1"), HasSubstr("unknown_format: 4 (.gif: 1, .heic: 3)")));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("broken.jpg"), HasSubstr(".txt: 1"), HasSubstr("hidden: 1")));
  EXPECT_THAT(outcome.out, HasSubstr("2 reconstruction(s) in out, 5 left out"));
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("z"));
  EXPECT_FALSE(has("broken"));
}

TEST_F(PredictCommand, ADamagedImageAmongNamedOnesDoesNotStopTheOthers) {
  file("broken.jpg", "no image");
  photo("good.jpg");
  const Outcome outcome = predict(Words{"broken.jpg", "good.jpg"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(has("good"));
  // A missing input is detected before any work.
  const Outcome missing = predict(Words{"good.jpg", "missing.jpg", "--out", "never"} + kBox);
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("missing.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never"));
}

TEST_F(PredictCommand, ABrokenLinkIsLeftOutInBothPassesOfOneShape) {
  photo("photos/a.jpg");
  photo("photos/z.jpg");
  std::filesystem::create_symlink("nowhere.jpg", folder_ / "photos/m.jpg");
  const Outcome outcome = predict(Words{"photos", "--one-shape"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("1 of 3 pairs of hands left out, unreadable: 1"));
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("z"));
}

TEST_F(PredictCommand, BoxesAndCamerasOfAFile) {
  photo("x/a.jpg");
  photo("y/a.jpg");
  photo("y/b.jpg");
  file("boxes.json", R"({"x/a.jpg": [40, 100, 250, 250],
                         "y/a.jpg": {"box": [30, 90, 260, 260], "camera": [800, 810, 170, 250]},
                         "b": [[40, 100, 250, 250], {"box": [50, 110, 240, 240], "camera": [900, 900, 160, 240]}],
                         "nobody.jpg": [1, 2, 3, 4]})");
  const Outcome outcome = predict({"x", "y", "--boxes", "boxes.json", "--camera", "700,701,160,255"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 name(s) of boxes.json match no input: nobody.jpg"));
  EXPECT_EQ(result("a")["source"], "x/a.jpg");
  EXPECT_EQ(result("a")["box"], json({40., 100., 250., 250.}));
  EXPECT_EQ(result("a")["box_source"], "file");
  EXPECT_EQ(result("a")["camera_source"], "given");
  EXPECT_EQ(result("a")["camera"]["fy"], 701.);
  EXPECT_EQ(result("a_2")["source"], "y/a.jpg");
  EXPECT_EQ(result("a_2")["box"], json({30., 90., 260., 260.}));
  EXPECT_EQ(result("a_2")["camera_source"], "file");
  EXPECT_EQ(result("a_2")["camera"]["fy"], 810.);
  EXPECT_EQ(result("b_1")["camera_source"], "given");
  EXPECT_EQ(result("b_2")["camera"]["cx"], 160.);
  EXPECT_EQ(result("b_2")["box"], json({50., 110., 240., 240.}));
  EXPECT_FALSE(has("b"));

  file("plain.json", R"({"a.jpg": [40, 100, 250, 250]})");
  const Outcome ambiguous = predict({"x", "y", "--boxes", "plain.json"});
  EXPECT_EQ(ambiguous.exit_code, 1);
  ASSERT_THAT(ambiguous.errors(), SizeIs(1));
  EXPECT_THAT(ambiguous.errors()[0], AllOf(HasSubstr("x/a.jpg"), HasSubstr("y/a.jpg")));
  EXPECT_EQ(predict({"x", "--camera", "1,1,1,1", "--focal", "5"}).exit_code, 2);
}

TEST_F(PredictCommand, BoxesOfCocoBelongToImagesOfTheirSize) {
  photo("a.jpg");
  photo("b.jpg");
  ASSERT_EQ(predict(Words{"a.jpg"} + kBox).exit_code, 0);
  const json camera = result("a")["camera"];
  const int64_t width = camera["width"], height = camera["height"];
  const auto coco = [height](int64_t claimed) {
    return R"({"images": [{"id": 1, "file_name": "a.jpg", "width": )" + std::to_string(claimed) + R"(, "height": )" +
           std::to_string(height) + R"(}, {"id": 2, "file_name": "b.jpg"}],
           "annotations": [{"image_id": 1, "bbox": [40, 100, 250, 250]}]})";
  };
  file("boxes.json", coco(width));
  const Outcome outcome = predict({"a.jpg", "b.jpg", "--boxes", "boxes.json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no_box: 1"));
  EXPECT_THAT(outcome.out, HasSubstr("1 reconstruction(s)"));
  file("other.json", coco(width - 1));
  EXPECT_THAT(predict({"a.jpg", "b.jpg", "--boxes", "other.json"}).err,
              AllOf(HasSubstr("no_box: 1"), HasSubstr("size_differs: 1")));
}

TEST_F(PredictCommand, AnImageWithAnEmptyListOfBoxesIsLeftOut) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) photo(name);
  file("boxes.json", R"({"a.jpg": [40, 100, 250, 250], "b.jpg": [], "c.jpg": [[]]})");
  const Outcome outcome = predict({"a.jpg", "b.jpg", "c.jpg", "--boxes", "boxes.json", "--write", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("no_box: 2"), HasSubstr("b.jpg has no pair of hands"), HasSubstr("c.jpg has no")));
  EXPECT_THAT(outcome.out, HasSubstr("1 reconstruction(s) in out, 2 left out"));
  EXPECT_THAT(files_of("out"), ::testing::ElementsAre("a.json"));
}

TEST_F(PredictCommand, ReportsSuspiciousInputs) {
  photo("a.jpg");
  const Outcome far = predict({"a.jpg", "--box", "40,100,250,250", "--focal", "25000"});
  EXPECT_EQ(far.exit_code, 0) << far.err;
  EXPECT_THAT(far.err, HasSubstr("depth_implausible: 1 of 1, first a"));
  EXPECT_THAT(result("a")["warnings"].dump(), HasSubstr("depth_implausible"));
  EXPECT_EQ(result("a")["camera_source"], "focal");
  EXPECT_THAT(predict({"a.jpg", "--box", "150,200,0.4,0.4"}).err, AllOf(HasSubstr("box_small"), HasSubstr("crop_enlarged")));
  const Outcome near = predict({"a.jpg", "--box", "40,100,250,250", "--focal", "1", "--out", "near"});
  EXPECT_EQ(near.exit_code, 1);
  EXPECT_THAT(near.errors().at(0), HasSubstr("no image could be reconstructed (a.jpg): behind_camera: a: "));
  EXPECT_THAT(near.err, Not(HasSubstr("left out"))) << "a fault is named once";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "near")) << "the folder was empty";
  EXPECT_EQ(predict({"a.jpg"}).exit_code, 0);
  EXPECT_EQ(result("a")["box_source"], "whole_image");
}

TEST_F(PredictCommand, AnAbsentHandIsReportedBelowTheThreshold) {
  photo("a.jpg");
  EXPECT_EQ(predict(Words{"a.jpg", "--presence", "0"} + kBox).exit_code, 0);
  for (const char* side : {"right", "left"}) EXPECT_EQ(result("a")[side]["present"], true);
  const double right = result("a")["right"]["presence"], left = result("a")["left"]["presence"];
  const Outcome strict = predict(Words{"a.jpg", "--presence", "1"} + kBox);
  EXPECT_EQ(strict.exit_code, 0);
  EXPECT_EQ(result("a")["right"]["present"], right >= 1);
  EXPECT_EQ(result("a")["left"]["present"], left >= 1);
  if (right < 1) EXPECT_THAT(strict.err, HasSubstr("right_hand_absent: 1 of 1"));
  EXPECT_EQ(predict({"a.jpg", "--presence", "2"}).exit_code, 2);
}

TEST_F(PredictCommand, AnAbsentHandIsInNoMeshFileAndTheCommandSaysSo) {
  photo("a.jpg");
  const Words write = Words{"a.jpg", "--write", "json,obj,glb"} + kBox;
  ASSERT_EQ(predict(write + Words{"--presence", "0"}).exit_code, 0);
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("a.json", "a.glb", "a_right.obj", "a_left.obj"));
  const Outcome outcome = predict(write + Words{"--presence", "1"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(files_of("out"), ::testing::ElementsAre("a.json"));
  EXPECT_THAT(outcome.err, HasSubstr("no_mesh: 1 of 1, first a: neither hand is present"));
  EXPECT_THAT(result("a")["warnings"].dump(), Not(HasSubstr("no_mesh")));
}

TEST_F(PredictCommand, OutputsAreNotWrittenAmongThePhotographs) {
  photo("photos/a.jpg");
  for (const Words& inputs : {Words{"photos"}, Words{"photos/a.jpg"}, Words{"./photos/../photos"}}) {
    const Outcome outcome = predict(inputs + Words{"--out", "photos"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("the output folder holds the input images"));
  }
  EXPECT_THAT(files_of("photos"), SizeIs(1));
}

TEST_F(PredictCommand, NoOutputReplacesAFileThatIsRead) {
  photo("photos/a.jpg");
  const std::string image = bytes_of(folder_ / "photos/a.jpg"), boxes = R"({"a.jpg": [40, 100, 250, 250]})";
  file("boxes.json", boxes);
  for (const char* read : {"photos/a.jpg", "./photos/../photos/a.jpg", "boxes.json"}) {
    const Outcome outcome = predict({"photos", "--boxes", "boxes.json", "--features", read});
    EXPECT_EQ(outcome.exit_code, 1) << read;
    EXPECT_THAT(outcome.errors().at(0), AllOf(HasSubstr("would replace a file that is read"), HasSubstr("--features")));
  }
  EXPECT_TRUE(bytes_of(folder_ / "photos/a.jpg") == image);
  EXPECT_EQ(bytes_of(folder_ / "boxes.json"), boxes);
  for (const char* name : {"out/a.json", "out/a_2.json"}) {
    file(name, boxes);
    const Outcome outcome = predict({"photos", "--boxes", name});
    EXPECT_EQ(outcome.exit_code, 1) << name;
    EXPECT_THAT(outcome.errors().at(0), AllOf(HasSubstr("an output of a would replace"), HasSubstr(name)));
    EXPECT_EQ(bytes_of(folder_ / name), boxes);
  }
  file("out/boxes.json", boxes);
  EXPECT_EQ(predict({"photos", "--boxes", "out/boxes.json"}).exit_code, 0);
}

TEST_F(PredictCommand, NamesNeedNotBeText) {
  photo("photos/caf\xE9.jpg");
  photo("photos/b.jpg");
  file("photos/br\xF6ken.jpg", "no image");
  const Outcome outcome = predict(Words{"photos", "--features", "features.h5"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_EQ(result("caf%E9")["source"], "photos/caf%E9.jpg");
  EXPECT_TRUE(has("b"));
  EXPECT_THAT(outcome.err, HasSubstr("br%F6ken.jpg"));
  EXPECT_EQ(TensorFileReader(folder_ / "features.h5", "interprior.features", 1).read_strings("sample"), (Words{"b", "caf%E9"}));
}

TEST_F(PredictCommand, CtrlCFinishesTheImageInProgress) {
  constexpr size_t kImages = 300;
  photo("photos/000.jpg");
  for (size_t i = 1; i < kImages; ++i)
    std::filesystem::create_hard_link(folder_ / "photos/000.jpg", folder_ / ("photos/" + std::to_string(1000 + i) + ".jpg"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = "out" + std::to_string(signal), features = out + ".h5";
    Program program(words(Words{"photos", "--out", out, "--features", features} + kBox), folder_.path());
    ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / out / "1002.json"); }));
    program.send(signal);
    const Outcome outcome = program.finish();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    size_t whole = 0;
    for (const std::string& name : files_of(out)) whole += name.ends_with(".json");
    EXPECT_GE(whole, 3u);
    EXPECT_LT(whole, kImages);
    EXPECT_EQ(files_of(out).size(), 2 * whole);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted: " + std::to_string(whole) + " of 300 inputs done"));
    EXPECT_THAT(outcome.out, HasSubstr(std::to_string(whole) + " reconstruction(s) in " + out));
    EXPECT_EQ(TensorFileReader(folder_ / features, "interprior.features", 1).read_strings("sample").size(), whole);
  }
}

TEST_F(PredictCommand, AFullDiskStopsAtOnce) {
  for (const char* name : {"a", "b", "c"}) photo(std::string("photos/") + name + ".jpg");
  for (const rlim_t limit : {rlim_t{1000}, rlim_t{70000}}) {
    const Outcome outcome = predict(Words{"photos", "--write", "json,overlay,obj,ply,glb", "--presence", "0"} + kBox, [limit] {
      const rlimit small{limit, limit};
      setrlimit(RLIMIT_FSIZE, &small);
    });
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    ASSERT_THAT(outcome.errors(), SizeIs(1));
    EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("cannot write the file (out/a"), HasSubstr("File too large")));
    EXPECT_THAT(outcome.err, AllOf(Not(HasSubstr("/b")), Not(HasSubstr(".interprior-")), Not(HasSubstr("left out"))));
    EXPECT_THAT(files_of("out"), SizeIs(0));
  }
}

TEST_F(PredictCommand, ClosedStandardStreamsAreNotTakenByFilesAndPipes) {
  photo("a.jpg");
  const auto close_all = [] {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(stream);
  };
  EXPECT_EQ(predict(Words{"a.jpg"} + kBox, close_all).exit_code, 0);
  EXPECT_TRUE(has("a"));
}

TEST_F(PredictCommand, AnImageTooLargeToCropDoesNotStopTheOthers) {
  ASSERT_TRUE(cv::imwrite((folder_ / "wide.png").string(), cv::Mat(20, 40000, CV_8UC3, cv::Scalar(90, 120, 150))));
  photo("z.jpg");
  const Outcome outcome = predict({"wide.png", "z.jpg", "--batch", "2"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("image_too_large: 1"));
  EXPECT_TRUE(has("z"));
  EXPECT_FALSE(has("wide"));
}

TEST_F(PredictCommand, PatternsStandardInputAndCamerasAreInputs) {
  photo("in/a1.jpg");
  photo("in/a2.jpg");
  const auto from_image = [&] {
    const int image = open(fixture_.image().c_str(), O_RDONLY);
    dup2(image, 0);
  };
  const Outcome outcome = predict(Words{"in/a*.jpg", "-", "--write", "json", "--profile"} + kBox, from_image);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("a1.json", "a2.json", "stdin.json"));
  EXPECT_EQ(result("stdin")["source"], "-");
  EXPECT_EQ(result("stdin")["right"]["pose"], result("a1")["right"]["pose"]);
  for (const char* stage : {"reading", "crop", "extraction", "meshes", "hypotheses", "writing"})
    EXPECT_THAT(outcome.err, HasSubstr(stage));

  // A link to nothing is an unreadable image, also where its name looks like a pattern.
  std::filesystem::create_symlink("/nonexistent", folder_ / "in/a*b.jpg");
  const Outcome link = predict(Words{"in/a*b.jpg", "in/a1.jpg", "--out", "linked"} + kBox);
  EXPECT_EQ(link.exit_code, 1);
  EXPECT_THAT(link.err, HasSubstr("unreadable"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "linked/a1.json"));

  const Outcome empty = predict({"-"}, [] { dup2(open("/dev/null", O_RDONLY), 0); });
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_THAT(empty.errors().at(0), HasSubstr("standard input is empty"));
  mkfifo((folder_ / "pipe").c_str(), 0600);
  const Outcome pipe = predict({"pipe", "--one-shape"});
  EXPECT_THAT(pipe.errors().at(0), HasSubstr("cannot be read twice"));
  const Outcome camera = predict({"camera:97"});
  EXPECT_EQ(camera.exit_code, 1);
  EXPECT_THAT(camera.err, HasSubstr("the camera cannot be opened"));
}

TEST_F(PredictCommand, TheSizeOfABatchChangesNothingButRounding) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) photo(name);
  file("boxes.json", R"({"a": [40, 100, 250, 250], "b": [[60, 90, 200, 220], [30, 120, 220, 260]], "c": [50, 80, 240, 240]})");
  ASSERT_EQ(predict({"a.jpg", "b.jpg", "c.jpg", "--boxes", "boxes.json", "--batch", "1", "--out", "one"}).exit_code, 0);
  ASSERT_EQ(predict({"a.jpg", "b.jpg", "c.jpg", "--boxes", "boxes.json", "--batch", "3"}).exit_code, 0);
  for (const char* name : {"a", "b_1", "b_2", "c"}) {
    const json one = json::parse(bytes_of(folder_ / ("one/" + std::string(name) + ".json"))), more = result(name);
    for (size_t joint = 0; joint < 21; ++joint)
      for (size_t axis = 0; axis < 3; ++axis)
        EXPECT_NEAR(one["left"]["joints"][joint][axis].get<double>(), more["left"]["joints"][joint][axis].get<double>(), 1e-4);
  }
}

TEST_F(PredictCommand, HypothesesAreWrittenAndShownOnThePage) {
  photo("a.jpg");
  photo("b.jpg");
  const Words write = {"a.jpg", "b.jpg", "--write", "json,overlay,glb,hypotheses", "--presence", "0"};
  const Outcome outcome = predict(write + Words{"--hypotheses", "6"} + kBox);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(result("a")["hypotheses"].size(), 6u);
  EXPECT_THAT(files_of("out/hypotheses"), ::testing::UnorderedElementsAre("a.glb", "b.glb"));
  ASSERT_EQ(Program({"report", "out"}, folder_.path()).finish().exit_code, 0);
  const std::string page = bytes_of(folder_ / "out/report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("from the side; in 3D also 4 of its hypotheses"), HasSubstr("\"title\":\"hypotheses\"")));

  ASSERT_EQ(predict(Words{"a.jpg", "--write", "json,glb", "--hypotheses", "6", "--out", "plain"} + kBox).exit_code, 0);
  EXPECT_FALSE(json::parse(bytes_of(folder_ / "plain/a.json")).contains("hypotheses"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "plain/hypotheses"));

  const Outcome none = predict(write + Words{"--hypotheses", "1", "--out", "none"} + kBox);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, AllOf(HasSubstr("no hypotheses to write"), HasSubstr("--hypotheses of at least 2")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

TEST_F(PredictCommand, FeaturesAreAnOutputOfTheFolderUnlessAFileIsNamed) {
  photo("a.jpg");
  ASSERT_EQ(predict(Words{"a.jpg", "--write", "json,features"} + kBox).exit_code, 0);
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("a.json", "features.h5"));
  EXPECT_EQ(TensorFileReader(folder_ / "out/features.h5", "interprior.features", 1).read_strings("sample"), Words{"a"});
  ASSERT_EQ(predict(Words{"a.jpg", "--write", "features", "--features", "F.h5", "--out", "other"} + kBox).exit_code, 0);
  EXPECT_THAT(files_of("other"), SizeIs(0));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "F.h5"));
}

TEST_F(PredictCommand, UnknownKindsOfOutputAreRefusedBeforeAnyWork) {
  photo("photo.jpg");
  const Outcome outcome = predict(Words{"photo.jpg", "--write", "json,fbx"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors().at(0),
              AllOf(HasSubstr("'fbx'"), HasSubstr("json, overlay, mp4, obj, ply, glb, hypotheses, of `predict` also features")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

}  // namespace
}  // namespace interprior
