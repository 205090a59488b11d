#pragma once
#include <functional>
#include <memory>

#include "interprior/base/finding.h"
#include "interprior/hand/mano_model.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

// Any number of samples, in memory or in a sequence of files that is read in chunks.
class HandSets {
 public:
  explicit HandSets(HandSet set, std::string name = "");  // in memory; `name` is used in messages
  // hands.h5 files with the same datasets; `name` is used in messages, by default the first path. Throws Error.
  explicit HandSets(const std::vector<std::filesystem::path>& paths, std::string name = "");

  HandSets slice(int64_t begin, int64_t end) const;  // rows begin .. end-1

  int64_t size() const;
  const std::string& name() const { return name_; }
  bool has(torch::Tensor HandSet::*member) const;
  std::vector<std::string> ids(int64_t begin, int64_t end) const;
  // Throws Error on bad shapes and dtypes; values are not checked (see check_hand_sets).
  HandSet rows(int64_t begin, int64_t end) const;
  HandSet rows(const std::vector<int64_t>& index) const;  // in this order

 private:
  struct Files;
  HandSet held_;
  std::shared_ptr<Files> files_;
  int64_t begin_ = 0, end_ = 0;  // of all rows
  std::string name_;
};

// Maps each id of a set to its row, in a little over 16 bytes per id of any length.
class IdRows {
 public:
  explicit IdRows(const HandSets& sets);        // throws Error on the first duplicate id
  int64_t row_of(const std::string& id) const;  // -1 for an unknown id
  // Rows of `sets` that hold these ids, in their order. Throws Error naming the first that is missing.
  std::vector<int64_t> rows_of(const std::vector<std::string>& ids) const;

 private:
  const HandSets* sets_;
  std::vector<std::pair<uint64_t, int64_t>> rows_;  // by hash
};

// Checks a whole set before evaluation; each finding has counts and the first bad sample. Findings: values of valid hands that
// are not finite (values_not_finite) or implausible (values_implausible); hand_unit; joint_order; joints_exchanged (with the
// other hand's mesh); hands_mirrored (right and left swapped, or a mirrored image); hands_behind_camera. `progress` gets the
// number of samples checked. Throws Error on meshes of another hand file.
Findings examine_hand_sets(const HandSets& sets, const HandModel& hand, const std::function<void(int64_t done)>& progress = {});
// Throws Error for the first finding that is not accepted; values_not_finite and values_implausible are never accepted, as such
// values cannot be evaluated.
void check_hand_sets(const HandSets& sets, const HandModel& hand, const std::vector<std::string>& accepted = {},
                     const std::function<void(int64_t done)>& progress = {});

// Whether a file may hold non-finite values, as an insufficiently trained network may predict.
enum class FileValues { finite, any };

// Writes hands.h5 in chunks of rows.
class HandSetWriter {
 public:
  explicit HandSetWriter(const std::filesystem::path& path, const std::string& box_source = "",
                         FileValues values = FileValues::finite);
  ~HandSetWriter();
  void append(const HandSet& rows);  // all with the same tensors; throws Error
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
