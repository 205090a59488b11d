#pragma once
#include <string_view>

#include "pickle_bytes.h"
#include "pickle_value.h"

namespace interprior {

// The known name behind module and attribute. Throws Error, with the name and its byte, on every other.
PickleName pickle_name(std::string_view module, std::string_view attribute, const PickleBytes& bytes);

// The record that stands for calling a known name (REDUCE). Throws Error on arguments that no pickler writes.
PickleValue called(const PickleValue& callee, const PickleValue& arguments, const PickleBytes& bytes);

// The record of a new object of a class that a MANO file has objects of (NEWOBJ). Throws Error on others.
PickleValue new_object(const PickleValue& type, const PickleValue& arguments, const PickleBytes& bytes);

// Gives an object its state (BUILD), once. Throws Error on what is no object or keeps no state.
void give_state(PickleValue& object, const PickleValue& state, const PickleBytes& bytes);

}  // namespace interprior
