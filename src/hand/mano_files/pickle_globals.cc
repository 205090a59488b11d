#include "pickle_globals.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"

namespace interprior {
namespace {

struct KnownName {
  std::string_view module, attribute;
  PickleName name;
};

// The first seven are all that MANO's own files import. Below: their names in later versions of Python and the libraries, and
// equally harmless names that other picklers need for the same values.
constexpr KnownName kKnown[] = {
    {"numpy.core.multiarray", "_reconstruct", PickleName::make_array},
    {"numpy", "ndarray", PickleName::ndarray},
    {"numpy", "dtype", PickleName::dtype},
    {"__builtin__", "set", PickleName::set},
    {"chumpy.ch", "Ch", PickleName::chumpy_ch},
    {"chumpy.reordering", "Select", PickleName::chumpy_select},
    {"scipy.sparse.csc", "csc_matrix", PickleName::csc_matrix},
    {"numpy._core.multiarray", "_reconstruct", PickleName::make_array},
    {"builtins", "set", PickleName::set},
    {"scipy.sparse._csc", "csc_matrix", PickleName::csc_matrix},
    {"numpy.core.multiarray", "scalar", PickleName::make_scalar},
    {"numpy._core.multiarray", "scalar", PickleName::make_scalar},
    {"numpy.core.numeric", "_frombuffer", PickleName::from_buffer},
    {"numpy._core.numeric", "_frombuffer", PickleName::from_buffer},
    {"_codecs", "encode", PickleName::encode},
    {"copy_reg", "_reconstructor", PickleName::make_object},
    {"copyreg", "_reconstructor", PickleName::make_object},
    {"__builtin__", "object", PickleName::base_object},
    {"builtins", "object", PickleName::base_object},
};

bool keeps_a_dict(PickleName name) {
  return name == PickleName::chumpy_ch || name == PickleName::chumpy_select || name == PickleName::csc_matrix;
}

bool is_global(const PickleValue& value, PickleName name) { return value.kind == PickleKind::global && value.name == name; }

PickleValue object_of(PickleName name, const PickleValue& arguments, const PickleBytes& bytes) {
  PickleValue object;
  object.kind = PickleKind::object;
  object.name = name;
  object.byte = bytes.opcode();
  object.items = arguments.items;
  return object;
}

}  // namespace

PickleName pickle_name(std::string_view module, std::string_view attribute, const PickleBytes& bytes) {
  for (const KnownName& known : kKnown)
    if (known.module == module && known.attribute == attribute) return known.name;
  throw Error(c10::str("the pickle imports ", printable(module), ".", printable(attribute), " at byte ", bytes.opcode(),
                       ", which MANO's files do not; no code was executed"),
              bytes.file(), "use the original file from MANO's site");
}

PickleValue called(const PickleValue& callee, const PickleValue& arguments, const PickleBytes& bytes) {
  if (callee.kind != PickleKind::global) bytes.fail("REDUCE calls something other than an imported name");
  if (arguments.kind != PickleKind::tuple || arguments.items.size() > 4) bytes.fail("REDUCE has no argument tuple");
  const auto& items = arguments.items;
  const auto count = items.size();
  PickleName made = callee.name;
  bool fits = false;
  switch (callee.name) {
    case PickleName::make_array:
      fits = count == 3 && is_global(*items[0], PickleName::ndarray);
      made = PickleName::ndarray;
      break;
    case PickleName::make_scalar:
      fits = count == 2 && items[0]->is(PickleName::dtype) && items[1]->is_words();
      break;
    case PickleName::from_buffer:
      fits = count == 4 && items[0]->kind == PickleKind::bytes && items[1]->is(PickleName::dtype) && items[3]->is_words();
      break;
    case PickleName::encode:
      fits = count == 2 && items[0]->kind == PickleKind::text && items[1]->is_words() && items[1]->text == "latin1";
      break;
    case PickleName::make_object:
      fits = count == 3 && items[0]->kind == PickleKind::global && keeps_a_dict(items[0]->name) &&
             is_global(*items[1], PickleName::base_object) && items[2]->kind == PickleKind::none;
      made = fits ? items[0]->name : made;
      break;
    case PickleName::dtype:
      fits = count >= 1 && items[0]->is_words();
      break;
    case PickleName::set:
      fits = count <= 1;
      break;
    case PickleName::chumpy_ch:
    case PickleName::chumpy_select:
    case PickleName::csc_matrix:
      fits = count == 0;
      break;
    case PickleName::ndarray:
    case PickleName::base_object:
      break;
  }
  if (!fits) bytes.fail("REDUCE has arguments that no pickler writes");
  return object_of(made, arguments, bytes);
}

PickleValue new_object(const PickleValue& type, const PickleValue& arguments, const PickleBytes& bytes) {
  if (type.kind != PickleKind::global || !keeps_a_dict(type.name)) bytes.fail("NEWOBJ creates no object of MANO's files");
  if (arguments.kind != PickleKind::tuple || !arguments.items.empty()) bytes.fail("NEWOBJ has arguments that no pickler writes");
  return object_of(type.name, arguments, bytes);
}

void give_state(PickleValue& object, const PickleValue& state, const PickleBytes& bytes) {
  const bool by_dict = object.kind == PickleKind::object && keeps_a_dict(object.name);
  const bool by_tuple = object.is(PickleName::ndarray) || object.is(PickleName::dtype);
  if (!by_dict && !by_tuple) bytes.fail("BUILD sets the state of a value without state");
  if (object.state != nullptr) bytes.fail("BUILD sets the state of an object twice");
  if (state.kind != (by_dict ? PickleKind::dict : PickleKind::tuple)) bytes.fail("BUILD sets a state that no pickler writes");
  object.state = &state;
}

}  // namespace interprior
