#include <gmock/gmock.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/model/backbone_weights.h"
#include "interprior/model/extraction.h"
#include "python.h"
#include "support/tensor_near.h"

// torchvision's networks, converted by data_scripts/torchvision_weights.py to safetensors.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TorchvisionWeights : public PythonScripts {
 protected:
  int convert(const std::string& from) const { return script("data_scripts/torchvision_weights.py", {from, "out.safetensors"}); }
};

// The network with the weights of a file gives torchvision's outputs.
void expect_stages(BackboneKind kind, const std::filesystem::path& weights_file, const Safetensors& reference) {
  ExtractionConfig config;
  config.trunk = kind;
  const std::shared_ptr<Backbone> backbone = make_backbone(config);
  const BackboneWeights weights = read_backbone_weights(weights_file, *backbone);
  torch::NoGradGuard no_grad;
  auto parameters = backbone->named_parameters();
  auto buffers = backbone->named_buffers();
  EXPECT_EQ(weights.tensors.size(), parameters.size() + buffers.size()) << "every tensor is used";
  for (const auto& [key, tensor] : weights.tensors) (parameters.contains(key) ? parameters[key] : buffers[key]).copy_(tensor);
  backbone->eval();
  backbone->to(torch::kFloat64);  // in float32 rounding differs too much over fifty layers
  const auto stages = backbone->forward(reference.tensor("image"));
  for (size_t i = 0; i < 4; ++i) {
    const torch::Tensor expected = reference.tensor("stage" + std::to_string(i + 1));
    EXPECT_GT(expected.std().item<double>(), 0.1) << "the outputs are not constant";
    EXPECT_LT(expected.abs().max().item<double>(), 100) << "an absolute tolerance is appropriate";
    EXPECT_THAT(stages[i], TensorNear(expected, 1e-8)) << weights_file << " stage " << i + 1;
  }
}

TEST_F(TorchvisionWeights, GiveTorchvisionsFourStages) {
  ASSERT_NO_FATAL_FAILURE(need("torchvision, safetensors.torch, h5py"));
  if (IsSkipped()) return;
  ASSERT_EQ(script("tests/reference/torchvision_backbone.py", {folder_.path().string()}), 0) << errors();
  for (const auto& [kind, name] : EnumNames<BackboneKind>::table()) {
    if (kind == BackboneKind::torchscript) continue;
    ASSERT_EQ(convert(name + ".pth"), 0) << errors();
    expect_stages(kind, folder_ / "out.safetensors", Safetensors(folder_ / (name + ".stages.safetensors")));
    if (kind != BackboneKind::resnet18) continue;
    // The copy by `prepare weights` has the same tensors without the classifier.
    const Outcome checked =
        run_program({"prepare", "weights", "out.safetensors", "--trunk", name, "--out", "checked.safetensors"}, folder_.path());
    ASSERT_EQ(checked.exit_code, 0) << checked.err;
    EXPECT_THAT(checked.err, HasSubstr("fc.bias"));
    expect_stages(kind, folder_ / "checked.safetensors", Safetensors(folder_ / (name + ".stages.safetensors")));
  }
}

TEST_F(TorchvisionWeights, OnlyStateDictsOfTensorsAreAccepted) {
  ASSERT_NO_FATAL_FAILURE(need("torch, safetensors.torch, h5py"));
  if (IsSkipped()) return;
  // In one process: importing torch takes seconds.
  ASSERT_EQ(lines(R"(
import os, torch
from whole_file import InputError
from torchvision_weights import read_state_dict
class Attack:
    def __reduce__(self):
        return os.system, ("touch executed",)
torch.save({"a": Attack()}, "attack.pth")
torch.save({"a": Attack()}, "old_attack.pth", _use_new_zipfile_serialization=False)
names = {"conv1.weight": torch.ones(2), "layer1.0.conv1.weight": torch.zeros(3)}
def prefixed(head):
    return {head + name: tensor for name, tensor in names.items()}
for number, state in enumerate([names, {"state_dict": names, "epoch": 3}, {"model": prefixed("module.")}, prefixed("_orig_mod.module."),
                                {"epoch": 3, "model": {"state_dict": prefixed("backbone.") | {"head.weight": torch.ones(1)}}}]):
    torch.save(state, f"known{number}.pth")
    read = read_state_dict(f"known{number}.pth")
    assert set(read) == set(names) and all(torch.equal(read[name], names[name]) for name in names), (number, set(read))
torch.save(prefixed("backbone.") | prefixed("model."), "many.pth")
torch.jit.script(torch.nn.Linear(2, 2)).save("scripted.pt")
import safetensors.torch
safetensors.torch.save_file(names, "known.safetensors")
open("pointer.pth", "w").write("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
torch.save({"a": torch.arange(100000)}, "whole.pth")
open("crlf.pth", "wb").write(open("whole.pth", "rb").read().replace(b"\n", b"\r\n"))
torch.save([torch.ones(2)], "list.pth")
torch.save({}, "empty.pth")
torch.save({"a": torch.ones(10000)}, "whole.pth")
data = open("whole.pth", "rb").read()
open("cut.pth", "wb").write(data[:len(data) // 2])
open("text.pth", "w").write("no weights")
open("nothing.pth", "w").close()
shared = torch.ones(4)
torch.save({"a": torch.nn.Parameter(shared), "b": shared.view(2, 2), "c": torch.ones(3, 2).t()}, "shared.pth")
read_state_dict("whole.pth")
for file, words in [("attack.pth", "holds more than tensors"), ("old_attack.pth", "holds more than tensors"),
                    ("many.pth", "several networks"), ("pointer.pth", "Git-LFS pointer"), ("scripted.pt", "is TorchScript"),
                    ("crlf.pth", "line ends were converted"), ("known.safetensors", "is safetensors already"), ("list.pth", "not a state dict, but list"),
                    ("empty.pth", "an empty state dict"), ("cut.pth", "cut.pth"), ("text.pth", "text.pth"),
                    ("nothing.pth", "nothing.pth"), ("absent.pth", "there is no file")]:
    try:
        read_state_dict(file)
    except InputError as error:
        assert words in str(error) and "\n" not in str(error), (file, str(error))
    else:
        raise AssertionError(file + " was taken")
)"),
            0)
      << errors();
  EXPECT_EQ(convert("known3.pth"), 0) << errors();
  EXPECT_THAT(output(), HasSubstr("prefix '_orig_mod.module.' is removed from 2 names"));
  EXPECT_THAT(Safetensors(folder_ / "out.safetensors").tensor("layer1.0.conv1.weight"), TensorNear(torch::zeros({3}), 0));
  std::filesystem::remove(folder_ / "out.safetensors");
  EXPECT_EQ(convert("attack.pth"), 1);
  EXPECT_THAT(errors(), AllOf(StartsWith("error: "), HasSubstr("attack.pth")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "executed"));
  EXPECT_EQ(convert("shared.pth"), 0) << errors();
  EXPECT_THAT(Safetensors(folder_ / "out.safetensors").tensor("c"), TensorNear(torch::ones({2, 3}), 0));
}

}  // namespace
}  // namespace interprior
