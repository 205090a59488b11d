#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {
namespace {

CLI::App* add_step(CLI::App& command, const char* name, const char* description, std::string& out) {
  CLI::App* step = command.add_subcommand(name, description);
  step->add_option("--out", out, "the file to write")->required()->type_name("FILE");
  return step;
}

void add_hand(CLI::App& command) {
  const auto flags = std::make_shared<PrepareHandFlags>();
  CLI::App* hand = add_step(command, "hand", "hand.h5: the procedural hand model, or from the MANO files", flags->out);
  CLI::Option_group* source = hand->add_option_group("source");
  source->add_flag("--procedural", flags->procedural, "the procedural hand model: needs no licence, has MANO's schema");
  CLI::Option* mano = source->add_option("--mano", flags->mano, "folder with MANO_RIGHT.pkl and MANO_LEFT.pkl")->type_name("DIR");
  source->require_option(1);
  hand->add_option("--tips", flags->tips, "vertices of the finger tips, thumb to pinky; default: MANO's 745,317,444,556,673")
      ->delimiter(',')
      ->expected(1, 5)
      ->needs(mano)
      ->type_name("VERTICES");
  hand->callback([flags] { commands().prepare_hand(*flags); });
}

void add_interhand(CLI::App& command) {
  const auto flags = std::make_shared<PrepareInterHandFlags>();
  CLI::App* interhand = add_step(command, "interhand", "images.h5, the index of a raw InterHand2.6M root", flags->out);
  interhand->add_option("ROOT", flags->root, "the data set as downloaded")->required();
  interhand->add_option("--split", flags->split, "train, val, test or all")->capture_default_str()->type_name("NAME");
  interhand->add_flag("--scan-images", flags->scan,
                      "also open every image, to count damaged ones and to filter near-black ones; resumes if interrupted");
  interhand->add_option("--pack", flags->pack, "also copy the images into a few large files in this folder")->type_name("DIR");
  interhand->add_option("--threads", flags->threads, "threads; 0: one per core. The result does not depend on it")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  interhand->add_option("--hand", flags->hand, "hand.h5 of the annotations: compares MANO with the annotated joints")
      ->type_name("FILE");
  add_accept_flag(*interhand, flags->accept);
  interhand->callback([flags] { commands().prepare_interhand(*flags); });
}

void add_two_hand(CLI::App& command) {
  const auto flags = std::make_shared<PrepareTwoHandFlags>();
  CLI::App* step = add_step(command, "two-hand", "patterns.h5, merged from several sources or rebuilt from them", flags->out);
  step->add_option("SOURCE", flags->sources,
                   "patterns.h5 files, InterHand2.6M roots or images.h5 with MANO annotations and, to rebuild, poses.h5 files")
      ->required();
  step->add_option("--hand", flags->hand, "hand.h5, needed for images' annotations and to rebuild")->type_name("FILE");
  add_accept_flag(*step, flags->accept);
  CLI::Option* rebuilt = step->add_option("--rebuild", flags->rebuild,
                                          "make N new pairs from the sources' single hands, with the relative placement of the "
                                          "sources' pairs; resumes if interrupted")
                             ->type_name("N");
  step->add_option("--seed", flags->seed, "random seed of a rebuilt set")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->needs(rebuilt);
  step->add_option("--threads", flags->threads, "threads; 0: one per core. The result does not depend on it")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(0, 1024))
      ->needs(rebuilt);
  add_device_flag(*step, flags->device)->needs(rebuilt);
  step->callback([flags] { commands_on(flags->rebuild ? flags->device : "cpu").prepare_two_hand(*flags); });
}

void add_weights(CLI::App& command) {
  const auto flags = std::make_shared<PrepareWeightsFlags>();
  CLI::App* weights = add_step(command, "weights", "a checked copy of torchvision's backbone weights", flags->out);
  weights->add_option("FILE", flags->input, "torchvision state dict as safetensors")->required();
  weights->add_option("--trunk", flags->trunk, "resnet18, resnet34 or resnet50")->capture_default_str()->type_name("NAME");
  weights->callback([flags] { commands().prepare_weights(*flags); });
}

}  // namespace

void add_prepare(CLI::App& app) {
  CLI::App* command = app.add_subcommand("prepare", "Convert hand models, data sets and weights to interprior's files");
  command->require_subcommand(1);
  add_hand(*command);
  add_interhand(*command);
  add_two_hand(*command);
  add_weights(*command);
}

}  // namespace interprior
