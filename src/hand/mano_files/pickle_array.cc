#include "pickle_array.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "numpy_array.h"

namespace interprior {
namespace {

// Chumpy wraps an array once or twice; more indicates a cycle.
constexpr int kMaxWrappings = 8;

torch::Tensor unwrapped(const PickleValue& value, const PickleArrayPlace& place, int wrappings);

const PickleValue& entry(const PickleValue& object, const char* key, const PickleArrayPlace& place) {
  const PickleValue* value = object.state == nullptr ? nullptr : object.state->find(key);
  if (value == nullptr) fail_at(c10::str("an object has no `", key, "`"), object, place);
  return *value;
}

std::vector<int64_t> integers(const PickleValue& value, const PickleArrayPlace& place) {
  if (value.kind == PickleKind::integer) return {value.integer};
  std::vector<int64_t> list;
  if (value.kind == PickleKind::tuple || value.kind == PickleKind::list) {
    for (const PickleValue* item : value.items) {
      const torch::Tensor number =
          item->kind == PickleKind::integer ? torch::tensor(item->integer, torch::kInt64) : numpy_array(*item, place);
      if (number.numel() != 1 || number.is_floating_point()) fail_at("an integer is expected", *item, place);
      list.push_back(number.item<int64_t>());
    }
    return list;
  }
  const torch::Tensor numbers = numpy_array(value, place);
  if (numbers.is_floating_point()) fail_at("integers are expected", value, place);
  return {numbers.data_ptr<int64_t>(), numbers.data_ptr<int64_t>() + numbers.numel()};
}

torch::Tensor selected(const PickleValue& value, const PickleArrayPlace& place, int wrappings) {
  const torch::Tensor source = unwrapped(entry(value, "a", place), place, wrappings + 1).flatten();
  const PickleValue& indices = entry(value, "idxs", place);
  const std::vector<int64_t> select_where = integers(indices, place);
  for (const int64_t index : select_where)
    if (index < 0 || index >= source.numel())
      fail_at(c10::str("an index of Select is ", index, ", outside 0..", source.numel() - 1), indices, place);
  const torch::Tensor out = source.index_select(0, torch::tensor(select_where, torch::kInt64));
  const PickleValue* wanted = value.state->find("preferred_shape");
  if (wanted == nullptr || wanted->kind == PickleKind::none) return out;
  const std::vector<int64_t> shape = array_shape(integers(*wanted, place), *wanted, place);
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  if (count != out.numel())
    fail_at(c10::str("Select has ", out.numel(), " numbers, which do not match shape ", c10::IntArrayRef(shape)), *wanted, place);
  return out.view(shape);
}

// Dense matrix of a csc_matrix: column c has the entries indptr[c] .. indptr[c+1]-1 of indices (rows) and data.
torch::Tensor filled(const PickleValue& value, const PickleArrayPlace& place) {
  const PickleValue* shape_value = value.state == nullptr ? nullptr : value.state->find("_shape");
  if (shape_value == nullptr) shape_value = &entry(value, "shape", place);
  const std::vector<int64_t> shape = array_shape(integers(*shape_value, place), *shape_value, place);
  const std::vector<int64_t> starts = integers(entry(value, "indptr", place), place);
  const std::vector<int64_t> rows = integers(entry(value, "indices", place), place);
  const torch::Tensor data = numpy_array(entry(value, "data", place), place).to(torch::kFloat64).flatten();
  const auto entries = static_cast<int64_t>(rows.size());
  if (shape.size() != 2 || static_cast<int64_t>(starts.size()) != shape[1] + 1 || data.numel() != entries ||
      starts.front() != 0 || starts.back() > entries)
    fail_at("the parts of a sparse matrix have inconsistent sizes", value, place);
  torch::Tensor out = torch::zeros(shape, torch::kFloat64);
  auto matrix = out.accessor<double, 2>();
  const double* number = data.data_ptr<double>();
  for (int64_t column = 0; column < shape[1]; ++column) {
    const int64_t begin = starts[static_cast<size_t>(column)], end = starts[static_cast<size_t>(column) + 1];
    if (begin < 0 || end < begin || end > entries)
      fail_at(c10::str("column ", column, " of a sparse matrix has invalid offsets"), value, place);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = rows[static_cast<size_t>(i)];
      if (row < 0 || row >= shape[0]) fail_at(c10::str("row ", row, " of a sparse matrix with ", shape[0]), value, place);
      matrix[row][column] += number[i];
    }
  }
  return out;
}

torch::Tensor unwrapped(const PickleValue& value, const PickleArrayPlace& place, int wrappings) {
  if (wrappings > kMaxWrappings) fail_at("an array is wrapped in itself", value, place);
  if (value.is(PickleName::chumpy_ch)) return unwrapped(entry(value, "x", place), place, wrappings + 1);
  if (value.is(PickleName::chumpy_select)) return selected(value, place, wrappings);
  if (value.is(PickleName::csc_matrix)) return filled(value, place);
  return numpy_array(value, place);
}

}  // namespace

torch::Tensor dense_array(const PickleValue& value, const PickleArrayPlace& place) { return unwrapped(value, place, 0); }

}  // namespace interprior
