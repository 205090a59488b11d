#include <gmock/gmock.h>

#include "fixture.h"
#include "python.h"

// data_scripts/export_onnx.py. The script itself compares the written file with PyTorch; the packages are optional.
namespace interprior {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExportOnnx : public PythonScripts {
 protected:
  void SetUp() override { need("h5py, safetensors.torch, torch, yaml"); }
  bool has_packages() const { return run({"-c", "import onnx, onnxruntime, onnxscript"}) == 0; }
  int export_to(const std::string& out, const Words& more = {}) const {
    return script("data_scripts/export_onnx.py", Words{fixture().sampler().string(), fixture().hand().string(), out} + more);
  }
};

TEST_F(ExportOnnx, AnOldOperatorSetIsRefusedWithTheLeast) {
  EXPECT_EQ(export_to("out.onnx", {"--opset", "11"}), 1);
  EXPECT_EQ(errors(), "error: --opset 11 is too old: the least is 18\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.onnx"));
}

TEST_F(ExportOnnx, MissingPackagesAreNamedWithTheCommandThatInstallsThem) {
  if (has_packages()) GTEST_SKIP() << "the packages of data_scripts/requirements-onnx.txt are installed";
  EXPECT_EQ(export_to("out.onnx"), 1);
  EXPECT_THAT(errors(), StartsWith("error: Python packages are missing in "));
  EXPECT_THAT(errors(), HasSubstr("requirements-onnx.txt"));
}

TEST_F(ExportOnnx, APythonWithoutAnyPackageIsToldAllOfThemAtOnce) {
  EXPECT_EQ(run({"-S", (source_ / "data_scripts/export_onnx.py").string(), "a.safetensors", "hand.h5", "out.onnx"}), 1);
  EXPECT_THAT(errors(), HasSubstr("torch, numpy, h5py, safetensors, yaml, onnx, onnxruntime, onnxscript are missing"));
}

TEST_F(ExportOnnx, TheFileGivesPyTorchsHandsForAnyBatch) {
  if (!has_packages()) GTEST_SKIP() << "the packages of data_scripts/requirements-onnx.txt are not installed";
  ASSERT_EQ(export_to("out.onnx", {"--hypotheses", "--features"}), 0) << errors();
  EXPECT_THAT(output(), HasSubstr("mm in joints and vertices"));
  ASSERT_EQ(lines(R"(import onnxruntime
session = onnxruntime.InferenceSession("out.onnx", providers=["CPUExecutionProvider"])
image = np.zeros((5, 3, 64, 64), np.uint8)
noise = np.zeros((3, 5, session.get_inputs()[1].shape[2]), np.float32)
names = [output.name for output in session.get_outputs()]
assert names == ["F", "H", "M", "tau", "camera", "pose", "shape", "translation", "joints", "vertices", "hypotheses_joints", "hypotheses_vertices"]
found = dict(zip(names, session.run(None, {"image": image, "noise": noise})))
assert found["joints"].shape == (5, 2, 21, 3) and found["pose"].shape == (5, 2, 48)
assert np.abs(found["hypotheses_joints"] - found["joints"]).max() < 1e-6, "without noise every hypothesis is the mean"
)"),
            0)
      << errors();
}

TEST_F(ExportOnnx, ACheckpointOfAnotherKindIsRefused) {
  if (!has_packages()) GTEST_SKIP() << "the packages of data_scripts/requirements-onnx.txt are not installed";
  EXPECT_EQ(script("data_scripts/export_onnx.py", {fixture().prior().string(), fixture().hand().string(), "out.onnx"}), 1);
  EXPECT_THAT(errors(), HasSubstr("is of kind prior; a sampler is required"));
}

}  // namespace
}  // namespace interprior
