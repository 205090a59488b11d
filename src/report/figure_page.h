#pragma once
#include <string>

#include "interprior/report/figure_grid.h"

namespace interprior {

enum class FigureFormat { png, pdf };
FigureFormat figure_format(const std::filesystem::path& path);  // by the extension; throws Error on others

// Size of a pixel on a PDF's page, pt.
double points_per_pixel(const FigureLayout& layout, const FigurePage& page);

// Text in valid UTF-8: invalid bytes become U+FFFD.
std::string valid_utf8(const std::string& text);

// Values of the colour bar with a label, three to six of them: multiples of 1, 2 or 5 times a power of ten from 0, and `largest`,
// its end. A multiple closer to the end than half a step is left out.
std::vector<double> bar_ticks(double largest);

// "20"; at the bar's end, where larger values have its last colour, "30+".
std::string tick_label(double tick, const FigureColourBar& bar);

}  // namespace interprior
