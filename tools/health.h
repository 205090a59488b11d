#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "interprior/data/examination/examination.h"

namespace interprior {

// Throws Error with the list when images were left out because of a fault that is not accepted. Called at the end of a command,
// when all output is written.
void require_nothing_left_out(const ImageIndex& index, const std::vector<std::string>& accept, const std::string& where);

// Adds `findings` and, if MANO was compared with joints, `mano_fit_mm`.
void add_health(nlohmann::ordered_json& json, const Health& health);
// The findings of such an object as text; "nothing suspicious" if there are none.
std::string health_text(const nlohmann::ordered_json& json);

}  // namespace interprior
