#pragma once
#include <optional>

#include "hdf5_object.h"
#include "hdf5_type.h"

namespace interprior {

struct Hdf5Attribute {
  Hdf5Type type;
  Hdf5Space space;
  std::string values;  // raw bytes of the file
};

// The attribute of this name; nullopt if there is none. Throws Error on damage.
std::optional<Hdf5Attribute> find_hdf5_attribute(const Hdf5Bytes& file, const Hdf5Object& object, const std::string& name);
// The value of an attribute that holds a single string or integer; nullopt for any other.
std::optional<std::string> hdf5_text(const Hdf5Bytes& file, const Hdf5Attribute& attribute);
std::optional<int64_t> hdf5_integer(const Hdf5Attribute& attribute);

}  // namespace interprior
