#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "interprior/data/dataset.h"

namespace interprior {

// Concatenation of datasets, in order.
template <class Batch>
class JoinedDataset : public Dataset<Batch> {
 public:
  // At least one part; all of them fill batches of the same layout.
  explicit JoinedDataset(std::vector<std::unique_ptr<const Dataset<Batch>>> parts) : parts_(std::move(parts)) {}

  int64_t size() const override {
    int64_t rows = 0;
    for (const auto& part : parts_) rows += part->size();
    return rows;
  }
  Batch allocate(int64_t rows) const override { return parts_.front()->allocate(rows); }
  void fill(int64_t index, Seed seed, Batch& slot, int64_t row) const override {
    size_t part = 0;
    while (part + 1 < parts_.size() && index >= parts_[part]->size()) index -= parts_[part++]->size();
    parts_[part]->fill(index, seed, slot, row);
  }
  std::string name(int64_t index) const override {
    size_t part = 0;
    while (part + 1 < parts_.size() && index >= parts_[part]->size()) index -= parts_[part++]->size();
    return parts_[part]->name(index);
  }

 private:
  std::vector<std::unique_ptr<const Dataset<Batch>>> parts_;
};

}  // namespace interprior
