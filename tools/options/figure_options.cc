#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {
namespace {

void add_input_flags(CLI::App& command, FigureFlags& flags) {
  command.add_option("PREDICTIONS", flags.predictions, "hands.h5 files, one per method")->required();
  command.add_option("--hand", flags.hand, "hand.h5 that the meshes were made with")->required()->type_name("FILE");
  command.add_option("--out", flags.out, "the figure to write: .png or .pdf")->required()->type_name("FILE");
  command.add_option("--truth", flags.truth, "a hands.h5 of the ground truth: the first column")->type_name("FILE");
  command.add_option("--names", flags.names, "headings of the methods, separated by commas; default: the files' names")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  CLI::Option* const data =
      command.add_option("--data", flags.data, "data root or images.h5 of the samples: adds a column of images")
          ->type_name("PATH");
  command.add_option("--images", flags.images, "folder of the samples' images: adds a column of images")
      ->type_name("FOLDER")
      ->excludes(data);
  add_accept_flag(command, flags.accept);
}

void add_sample_flags(CLI::App& command, FigureFlags& flags) {
  command.add_option("--ids", flags.ids, "ids of the samples, separated by commas: the rows")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command.add_option("--worst", flags.worst, "the K samples with the largest MPJPE of the first method")
      ->type_name("K")
      ->check(CLI::Range(int64_t{1}, int64_t{10000}));
  CLI::Option* const random = command.add_option("--random", flags.random, "K random samples")
                                  ->type_name("K")
                                  ->check(CLI::Range(int64_t{1}, int64_t{10000}));
  command.add_option("--seed", flags.seed, "random seed of --random")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->needs(random);
}

void add_drawing_flags(CLI::App& command, FigureFlags& flags) {
  command.add_option("--views", flags.views, "camera, side, top, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->type_name("LIST")
      ->check(CLI::IsMember({"camera", "side", "top"}));
  CLI::Option* const errors =
      command.add_flag("--errors", flags.errors, "colour vertices by their distance to the ground truth, with a colour bar");
  command.add_option("--error-max", flags.error_max, "right end of the colour bar, mm; larger errors have its last colour")
      ->capture_default_str()
      ->type_name("MM")
      ->check(CLI::Range(0.001, 10000.0))
      ->needs(errors);
  command.add_option("--protocol", flags.protocol, "of --errors and --worst: intaghand, wrist, interwild or internet")
      ->capture_default_str()
      ->type_name("NAME")
      ->check(CLI::IsMember({"intaghand", "wrist", "interwild", "internet"}));
  command.add_flag("--overlay", flags.overlay, "draw the hands of the camera view over the image instead of adding a column");
}

void add_page_flags(CLI::App& command, FigureFlags& flags) {
  CLI::Option* const cell = command.add_option("--cell", flags.cell, "side of a cell, px")
                                ->capture_default_str()
                                ->type_name("PX")
                                ->check(CLI::Range(int64_t{16}, int64_t{2048}));
  command.add_option("--width", flags.width, "instead of --cell: the largest cells with which the figure has at most this width")
      ->type_name("PX")
      ->check(CLI::Range(int64_t{16}, int64_t{32767}))
      ->excludes(cell);
  command.add_option("--page-width", flags.page_width, "width of a PDF's page in points of 1/72 inch; default: 0.75 per px")
      ->type_name("PT")
      ->check(CLI::Range(18.0, 14400.0));
  command.add_option("--text", flags.text, "size of the text in points of 1/72 inch; default: a fifteenth of a cell")
      ->type_name("PT")
      ->check(CLI::Range(1.0, 200.0));
  command.add_flag("--transparent", flags.transparent, "leave out the white ground");
  command.add_flag("--without-ids", flags.without_ids, "leave out the ids above the rows");
}

// Throws CLI::ValidationError unless the samples are chosen in one way and every option has what it needs.
void check_flags(const FigureFlags& flags) {
  const auto refuse = [](const std::string& why) { throw CLI::ValidationError("figure", why); };
  if (!flags.ids.empty() + (flags.worst > 0) + (flags.random > 0) != 1)
    refuse("choose the samples by one of --ids, --worst K and --random K");
  if (flags.truth.empty() && (flags.errors || flags.worst > 0))
    refuse(std::string(flags.errors ? "--errors" : "--worst") + " needs the ground truth: add --truth T.h5");
  if (!flags.names.empty() && flags.names.size() != flags.predictions.size())
    refuse("--names has " + std::to_string(flags.names.size()) + " names for " + std::to_string(flags.predictions.size()) +
           " files: give one per file, in the same order");
  if (flags.overlay && flags.data.empty() && flags.images.empty())
    refuse("--overlay needs the images: add --data PATH or --images FOLDER");
}

}  // namespace

void add_figure(CLI::App& app) {
  const auto flags = std::make_shared<FigureFlags>();
  CLI::App* command =
      app.add_subcommand("figure", "Draw a figure for a paper: samples x methods from hands.h5 files, as PNG or PDF");
  add_input_flags(*command, *flags);
  add_sample_flags(*command, *flags);
  add_drawing_flags(*command, *flags);
  add_page_flags(*command, *flags);
  command->callback([flags] {
    check_flags(*flags);
    commands_on("cpu").figure(*flags);
  });
}

}  // namespace interprior
