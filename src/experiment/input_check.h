#pragma once
#include <string>

#include "interprior/data/patterns.h"
#include "interprior/train/train_sampler.h"

// Checks of the files that a stage's config names. Nothing is trained and no image is opened; each throws Error.
namespace interprior {

void require_there(const std::string& path, const char* key);  // a path that is not set passes
void require_given(const std::string& path, const char* key);
// The initial weights can be opened, if there are any.
void check_init(const std::string& path);

void check_patterns(const PatternSource& source, const std::string& path, const char* key);
void check_pattern_sources(const PatternSource& train, const PatternSource& validation);
void check_images(const ImageSource& source, const char* key);

}  // namespace interprior
