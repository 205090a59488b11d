#pragma once
#include <string_view>

#include "pickle_bytes.h"
#include "pickle_value.h"

namespace interprior {

// The allowed name of module and attribute. Throws Error, with the name and its byte, on every other.
PickleName pickle_name(std::string_view module, std::string_view attribute, const PickleBytes& bytes);

// The record of a call of an allowed name (REDUCE). Throws Error on arguments that no pickler writes.
PickleValue called(const PickleValue& callee, const PickleValue& arguments, const PickleBytes& bytes);

// The record of a new object of an allowed class (NEWOBJ). Throws Error on other classes.
PickleValue new_object(const PickleValue& type, const PickleValue& arguments, const PickleBytes& bytes);

// Sets the state of an object (BUILD), once. Throws Error if the value is not an object with state.
void give_state(PickleValue& object, const PickleValue& state, const PickleBytes& bytes);

}  // namespace interprior
