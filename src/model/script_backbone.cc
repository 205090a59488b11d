#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/utils.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/model/backbone.h"

namespace interprior {
namespace {

constexpr int64_t kProbe = 64;  // px, side of the probe image

class ScriptBackbone : public Backbone {
 public:
  ScriptBackbone(torch::jit::Module script, const std::filesystem::path& file) : script_(std::move(script)), file_(file) {
    for (const auto& item : script_.named_parameters()) {
      const auto [owner, leaf] = place_of(item.name);
      owner->register_parameter(leaf, item.value);
    }
    for (const auto& item : script_.named_buffers()) {
      const auto [owner, leaf] = place_of(item.name);
      owner->register_buffer(leaf, item.value);
    }
    const torch::NoGradGuard no_grad;
    script_.eval();  // the probe must not change running statistics
    const auto stages = forward(torch::zeros({1, 3, kProbe, kProbe}));
    for (size_t i = 0; i < stages.size(); ++i) {
      const int64_t side = kProbe / (int64_t{4} << i);
      require(stages[i].dim() == 4 && stages[i].size(2) == side && stages[i].size(3) == side,
              c10::str("stage ", i + 1, " of the backbone is ", shape_text(stages[i]), " for an image of ", kProbe, " px"),
              file_.string(), "its stages must have strides 4, 8, 16 and 32");
      channels_[i] = stages[i].size(1);
    }
    script_.train();
  }

  std::array<torch::Tensor, 4> forward(const torch::Tensor& image) override {
    const torch::jit::IValue output = script_.forward({image});
    std::vector<torch::Tensor> stages;
    if (output.isTensorList()) {
      stages = output.toTensorVector();
    } else if (output.isTuple()) {
      for (const auto& element : output.toTupleRef().elements())
        if (element.isTensor()) stages.push_back(element.toTensor());
    }
    require(stages.size() == 4, c10::str("the backbone returns ", stages.size(), " tensors"), file_.string(),
            "it must return its four stages, strides 4 to 32, as a tuple or list");
    return {stages[0], stages[1], stages[2], stages[3]};
  }
  const std::array<int64_t, 4>& channels() const override { return channels_; }
  void train(bool on) override {
    Backbone::train(on);
    script_.train(on);
  }

 private:
  using Place = std::pair<torch::nn::Module*, std::string>;

  // The module that owns a dotted name (created with its parents if missing), and the name's last part.
  Place place_of(const std::string& name) {
    torch::nn::Module* owner = this;
    size_t begin = 0;
    for (size_t dot; (dot = name.find('.', begin)) != std::string::npos; begin = dot + 1) {
      const std::string part = name.substr(begin, dot - begin);
      const auto children = owner->named_children();
      owner = children.contains(part) ? children[part].get()
                                      : owner->register_module(part, std::make_shared<torch::nn::Module>(part)).get();
    }
    return {owner, name.substr(begin)};
  }

  torch::jit::Module script_;
  std::filesystem::path file_;
  std::array<int64_t, 4> channels_{};
};

}  // namespace

std::shared_ptr<Backbone> open_script_backbone(const std::filesystem::path& file) {
  require(std::filesystem::is_regular_file(file), "the backbone's TorchScript file does not exist", file.string(),
          "set model.extraction.trunk_file to a file that torch.jit.script(...).save wrote");
  try {
    return std::make_shared<ScriptBackbone>(torch::jit::load(file.string()), file);
  } catch (const c10::Error& problem) {
    throw Error("the backbone cannot be used: " + std::string(problem.what_without_backtrace()).substr(0, 300), file.string(),
                "it must be a TorchScript module that takes a (B,3,S,S) tensor and returns its four stages");
  }
}

}  // namespace interprior
