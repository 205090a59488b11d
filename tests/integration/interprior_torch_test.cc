#include <gmock/gmock.h>
#include <torch/utils.h>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/model/checkpoint.h"
#include "python.h"
#include "support/tensor_near.h"

// data_scripts/interprior_torch.py: checkpoints of the program train in PyTorch and return to the program. twin_test.cc compares
// outputs.
namespace interprior {
namespace {

using ::testing::HasSubstr;

class InterpriorTorch : public PythonScripts {
 protected:
  void SetUp() override { need("h5py, safetensors.torch, torch, yaml"); }
  void copy(const std::filesystem::path& file, const std::string& name) const {
    std::filesystem::copy_file(file, folder_ / name);
  }
  void copy_trained() const {
    copy(fixture().sampler(), "sampler.safetensors");
    copy(fixture().prior(), "prior.safetensors");
    copy(fixture().hand(), "hand.h5");
  }
};

std::map<std::string, torch::Tensor> weights_of(const torch::nn::Module& network) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : network.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : network.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

void expect_same_weights(const torch::nn::Module& a, const torch::nn::Module& b) {
  const auto of_a = weights_of(a), of_b = weights_of(b);
  ASSERT_EQ(of_a.size(), of_b.size());
  for (const auto& [name, tensor] : of_a) EXPECT_TRUE(torch::equal(tensor, of_b.at(name))) << name;
}

template <class Config>
void write_config(const std::filesystem::path& folder, const std::string& name) {
  Config config;
  std::ofstream(folder / (name + ".yaml")) << dump_config(config);
  std::ofstream choices(folder / (name + ".choices"));
  for (const KeyDescription& key : explain_fields(fields_of(config)))
    if (key.type.starts_with("one of ")) choices << key.key << " " << key.type.substr(7) << "\n";
}

TEST_F(InterpriorTorch, DefaultsAndChoicesAreThoseOfTheProgram) {
  write_config<SamplerConfig>(folder_.path(), "sampler");
  write_config<InteractionPriorConfig>(folder_.path(), "prior");
  EXPECT_EQ(lines(R"(import yaml
import torch_config
assert yaml.safe_load(open("sampler.yaml")) == torch_config.SAMPLER_DEFAULTS
assert yaml.safe_load(open("prior.yaml")) == torch_config.PRIOR_DEFAULTS
found = dict(line.split() for name in ("sampler", "prior") for line in open(name + ".choices"))
assert {key: sorted(names.split("|")) for key, names in found.items()} == {key: sorted(names) for key, names in torch_config.CHOICES.items()}
)"),
            0)
      << errors();
}

TEST_F(InterpriorTorch, CheckpointsOfEveryFormatAreReadAndWrittenAgain) {
  const std::filesystem::path golden = source_ / "tests/golden";
  std::string code = "import interprior_torch\n";
  const auto pass = [&](const std::string& name) {
    copy(golden / name, name);
    code += "interprior_torch.save(interprior_torch.load('" + name + "'), 'again_" + name + "', like='" + name + "')\n";
  };
  for (const std::string format : {"1", "2", "3", "4"}) pass("prior_format_" + format + ".safetensors");
  pass("sampler_format_1.safetensors");
  ASSERT_EQ(lines(code), 0) << errors();
  for (const std::string format : {"1", "2", "3", "4"}) {
    SCOPED_TRACE("format " + format);
    const std::string name = "prior_format_" + format + ".safetensors";
    CheckpointInfo before, after;
    const InteractionPrior own = load_prior(folder_ / name, &before), again = load_prior(folder_ / ("again_" + name), &after);
    expect_same_weights(*own, *again);
    EXPECT_EQ(after.format, kCheckpointFormat);
    EXPECT_EQ(before.hand_hash, after.hand_hash);
    EXPECT_EQ(before.step, after.step);
    EXPECT_EQ(dump_config(own->config()), dump_config(again->config()));
  }
  const Sampler own = load_sampler(folder_ / "sampler_format_1.safetensors");
  const Sampler again = load_sampler(folder_ / "again_sampler_format_1.safetensors");
  expect_same_weights(*own, *again);
  EXPECT_EQ(dump_config(own->config()), dump_config(again->config()));
}

TEST_F(InterpriorTorch, TrainedWeightsReturnToTheProgram) {
  copy_trained();
  ASSERT_EQ(script("tests/reference/torch_training.py", {folder_.path().string()}), 0) << errors();

  CheckpointInfo info;
  Sampler tuned = load_sampler(folder_ / "tuned.safetensors", &info);
  EXPECT_TRUE(saw_split(info.splits, "train") && saw_split(info.splits, "val")) << info.splits;
  EXPECT_TRUE(info.metrics.empty()) << "metrics of the weights before";
  const TwoHands hands(read_hand_model(folder_ / "hand.h5"));
  const Safetensors outputs(folder_ / "outputs.safetensors");
  const torch::NoGradGuard no_grad;
  const PerHand<HandMesh> mesh = hands(tuned->forward(outputs.tensor("image"), hands).pose);
  EXPECT_THAT(mesh.right.joints_in_root, TensorNear(outputs.tensor("right"), 1e-5));
  EXPECT_THAT(mesh.left.joints_in_root, TensorNear(outputs.tensor("left"), 1e-5));
  // Both read the EMA weights.
  expect_same_weights(*load_prior(folder_ / "prior.safetensors"), *load_prior(folder_ / "prior_again.safetensors"));
}

TEST_F(InterpriorTorch, TheProgramPredictsEvaluatesAndTrainsOnFromTheResult) {
  copy_trained();
  ASSERT_EQ(lines(R"(import interprior_torch, torch
network = interprior_torch.load("sampler.safetensors")
with torch.no_grad():
    network.sampling.view.bias += 0.01
interprior_torch.save(network, "tuned.safetensors", like="sampler.safetensors")
)"),
            0)
      << errors();
  const std::string tuned = (folder_ / "tuned.safetensors").string(), hand = fixture().hand().string();
  const Outcome predicted = run_program({"predict", tuned, fixture().image().string(), "--hand", hand, "--device", "cpu", "--box",
                                         "40,100,250,250", "--out", "predicted"},
                                        folder_.path());
  EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_FALSE(std::filesystem::is_empty(folder_ / "predicted"));
  const Outcome evaluated = run_program(
      {"evaluate", tuned, "--data", fixture().images().string(), "--split", "test", "--hand", hand, "--device", "cpu", "--json"},
      folder_.path());
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_THAT(evaluated.out, HasSubstr("mpjpe_mm"));
  const Outcome trained = run_program(fixture().train_sampler(folder_ / "run", 2, {"init=" + tuned}), folder_.path());
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("0 kept, 0 of the file unused"));
}

TEST_F(InterpriorTorch, FaultyFilesAreOneSentence) {
  copy_trained();
  EXPECT_EQ(lines(R"py(import h5py, safetensors, shutil, torch, yaml
from safetensors.torch import load_file, save_file
import interprior_torch

def refused(part, call, *arguments, **more):
    try:
        call(*arguments, **more)
    except interprior_torch.InputError as error:
        assert part in str(error) and "\n" not in str(error), error
        return
    raise AssertionError(f"accepted: {part}")

def changed(name, tensors=None, **metadata):
    with safetensors.safe_open("sampler.safetensors", framework="pt") as file:
        kept = file.metadata()
    save_file(load_file("sampler.safetensors") if tensors is None else tensors, name, {**kept, **metadata})
    return name

def with_model(name, change):
    with safetensors.safe_open("sampler.safetensors", framework="pt") as file:
        config = yaml.safe_load(file.metadata()["sampler_model"])
    change(config)
    return changed(name, sampler_model=yaml.safe_dump(config))

load, save, hands = interprior_torch.load, interprior_torch.save, interprior_torch.read_hands
refused("there is no file", load, "none.safetensors")
open("text.safetensors", "w").write("no tensors\n")
refused("no safetensors file", load, "text.safetensors")
save_file({"x": torch.zeros(1)}, "other.safetensors")
refused("not a checkpoint of interprior", load, "other.safetensors")
refused("has format 6", load, changed("c.safetensors", format="6"))
refused("not a number", load, changed("c.safetensors", format="five"))
refused("of kind chair", load, changed("c.safetensors", kind="chair"))
refused("not YAML", load, changed("c.safetensors", sampler_model="[1, {"))
refused("no section of keys", load, changed("c.safetensors", sampler_model="3"))
refused("fusion.colour", load, with_model("c.safetensors", lambda c: c["fusion"].update(colour=1)))
refused("fusion.kind is 'cnn'", load, with_model("c.safetensors", lambda c: c["fusion"].update(kind="cnn")))
refused("out of range", load, with_model("c.safetensors", lambda c: c["fusion"].update(depth=10**9)))
refused("not a number", load, with_model("c.safetensors", lambda c: c["fusion"].update(width="wide")))
refused("5 heads", load, with_model("c.safetensors", lambda c: c["fusion"].update(heads=5)))
refused("TorchScript", load, with_model("c.safetensors", lambda c: c["extraction"].update(trunk="torchscript", trunk_file="b.pt")))
refused("shape mismatch", load, with_model("c.safetensors", lambda c: c["sampling"].update(width=16)))
tensors = load_file("sampler.safetensors")
refused("missing: extraction.tau.0.weight", load, changed("c.safetensors", {name: t for name, t in tensors.items() if not name.endswith("extraction.tau.0.weight")}))
refused("unexpected: extra", load, changed("c.safetensors", tensors | {"extra": torch.zeros(1)}))
whole = open("sampler.safetensors", "rb").read()
open("cut.safetensors", "wb").write(whole[:len(whole) // 2])
refused("is damaged", load, "cut.safetensors")

network = load("sampler.safetensors")
size = network.config["image_size"]
refused(f"expected (B, 3, {size}, {size})", network, torch.zeros(1, 3, 32, 32), hands("hand.h5"))
refused("expected uint8 or floating", network, torch.zeros(1, 3, size, size, dtype=torch.int64), hands("hand.h5"))
refused("move both to one device", network, torch.zeros(1, 3, size, size), hands("hand.h5", "meta"))
out = network(torch.zeros(1, 3, size, size), hands("hand.h5"))
refused("the noise has shape", network.sample, out, torch.zeros(4, 1, 5), hands("hand.h5"))
refused("of kind prior", save, network, "out.safetensors", like="prior.safetensors")
refused("another config", save, network, "out.safetensors", like=with_model("c.safetensors", lambda c: c.update(left_rotation="image")))
refused("network.module", save, torch.nn.DataParallel(network), "out.safetensors", like="sampler.safetensors")
refused("there is no folder", save, network, "none/out.safetensors", like="sampler.safetensors")
network.sampling.z.bias.data[0] = float("nan")
refused("not finite", save, network, "out.safetensors", like="sampler.safetensors")
import os
assert not os.path.exists("out.safetensors")

refused("no HDF5 file", hands, "text.safetensors")
refused("choose torch.float32", hands, "hand.h5", dtype=torch.float16)
def with_hand(change):
    shutil.copy("hand.h5", "changed.h5")
    with h5py.File("changed.h5", "r+") as file:
        change(file)
    return "changed.h5"
refused("no hand file of version 1", hands, with_hand(lambda file: file.attrs.__setitem__("version", 2)))
refused("right/weights is missing", hands, with_hand(lambda file: file["right"].__delitem__("weights")))
refused("does not sum to 1", hands, with_hand(lambda file: file["left/weights"].__setitem__(0, 0.5)))
refused("not finite", hands, with_hand(lambda file: file["left/v_template"].__setitem__(0, float("nan"))))
refused("not the hand file", hands, with_hand(lambda file: file.attrs.__setitem__("note", "other bytes")), like="sampler.safetensors")
)py"),
            0)
      << errors();
}

}  // namespace
}  // namespace interprior
