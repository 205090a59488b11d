#include "input_check.h"

#include <c10/util/StringUtil.h>

#include <filesystem>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/images/image_index_file.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

void require_split_name(const std::string& split, const std::string& key) {
  require(split == "train" || split == "val" || split == "test" || split == "all", c10::str("there is no split `", split, "`"),
          key, "choose one of: train, val, test, all");
}

}  // namespace

void require_there(const std::string& path, const char* key) {
  std::error_code ignored;
  require(path.empty() || fs::exists(path, ignored), "there is no such file or folder", c10::str(key, ": ", path),
          "check the path");
}

void require_given(const std::string& path, const char* key) {
  require(!path.empty(), c10::str("`", key, "` is not set"), "",
          c10::str("set it in the config, or with --set all:", key, "=FILE"));
  require_there(path, key);
}

void check_init(const std::string& path) {
  require_there(path, "init");
  if (!path.empty()) Safetensors file(path);
}

void check_patterns(const PatternSource& source, const std::string& path, const char* key) {
  require_there(path, key);
  require_split(path, source.split);
  if (!source.modality.empty()) require_modalities(source.modality, read_modalities(path), path);
}

void check_pattern_sources(const PatternSource& train, const PatternSource& validation) {
  require_given(train.path, "data.train.path");
  check_patterns(train, train.path, "data.train.path");
  check_patterns(validation, validation.path.empty() ? train.path : validation.path, "data.validation.path");
}

void check_images(const ImageSource& source, const char* key) {
  require_given(source.path, key);
  require_split_name(source.split, key);
  require(fs::is_directory(source.path) || tensor_file_format(source.path) == kImagesFormat,
          "this is neither a folder nor an images.h5", c10::str(key, ": ", source.path),
          "give an InterHand2.6M root or an images.h5");
  require_there(source.filter.annotations, "filter.annotations");
}

}  // namespace interprior
