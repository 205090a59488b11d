#include "interprior/interaction/variety.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"

namespace interprior {

void VarietyConfig::check() const {
  VarietyConfig copy = *this;
  Fields fields;
  copy.describe(fields);
  for (const Field& field : fields.list) {
    const double strength = *std::get<double*>(field.value);
    if (!(strength >= 0 && strength <= 1))
      throw Error(c10::str("the variety of images is given as ", strength), field.name, "give a strength from 0 to 1");
  }
}

VarietyConfig variety_of(double strength) {
  VarietyConfig variety;
  Fields fields;
  variety.describe(fields);
  for (const Field& field : fields.list) *std::get<double*>(field.value) = strength;
  variety.check();
  return variety;
}

}  // namespace interprior
