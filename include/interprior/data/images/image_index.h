#pragma once
#include <memory>
#include <set>

#include "interprior/base/config/config.h"
#include "interprior/data/interhand/image_tables.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// Selected rows of one or several data sets. Records are assembled on access.
class ImageRows {
 public:
  size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  ImageRecord operator[](size_t i) const { return tables_[places_[i].table]->record(places_[i].row); }
  ImageRecord at(size_t i) const;  // throws Error if out of range
  ImageRecord front() const { return (*this)[0]; }
  std::string sample(size_t i) const { return tables_[places_[i].table]->sample(places_[i].row); }

  // Iterates over records by value.
  class Iterator {
   public:
    Iterator(const ImageRows& rows, size_t i) : rows_(rows), i_(i) {}
    ImageRecord operator*() const { return rows_[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return i_ != other.i_; }

   private:
    const ImageRows& rows_;
    size_t i_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  void add(const std::shared_ptr<const ImageTables>& tables, size_t row);
  void add(const ImageRows& rows, size_t i);
  void truncate(size_t size);  // keeps the first `size` rows
  ImageRows only(size_t i) const;

 private:
  struct Place {
    uint32_t table, row;
  };
  std::vector<std::shared_ptr<const ImageTables>> tables_;
  std::vector<Place> places_;
};

// A data root or index after reading: the usable records, and the reasons why others were skipped.
struct ImageIndex {
  std::string kind;  // "interhand" or "images"
  std::vector<std::string> splits;
  int64_t images = 0, annotations = 0;
  std::map<std::string, int64_t> by_type;       // interacting, right, left
  std::map<std::string, int64_t> skipped;       // reason (snake_case) -> count
  std::map<std::string, std::string> examples;  // by reason: the first sample, or a description of its fault
  std::shared_ptr<const ImageTables> tables;    // tables of the rows
  ImageRows usable;
  ImageRows unusable;  // skipped rows of the tables (only with UsableRule::keep_unusable)
};

template <>
struct EnumNames<Annotator> {
  static std::vector<std::pair<Annotator, std::string>> table() {
    return {{Annotator::unknown, "any"}, {Annotator::human, "human"}, {Annotator::machine, "machine"}};
  }
};

// Selection among the usable images.
struct ImageFilter {
  std::vector<std::string> captures, sequences, cameras;
  Annotator annotator = Annotator::unknown;
  std::string annotations;
  double min_mean_intensity = 0, max_mano_fit_error = 0;
  bool single_hands = false, without_mano = false;
  void describe(Fields& fields) {
    fields("captures", captures, "only these captures; empty: all");
    fields("sequences", sequences, "only sequences of these names; empty: all");
    fields("cameras", cameras, "only these cameras; empty: all");
    fields("annotator", annotator, "only images annotated by human or machine, where the data set records it (older layout)");
    fields("annotations", annotations, "text file of annotation ids, one per line: only these; empty: all");
    fields("min_mean_intensity", min_mean_intensity,
           "leave out images whose mean over pixels and channels is lower; the benchmark's value is 10. Images not yet scanned "
           "are decoded",
           {0, 255});
    fields("max_mano_fit_error", max_mano_fit_error,
           "leave out frames whose mean distance between MANO's joints and the annotated ones is larger, mm; 0: none", {0, 1e6});
    fields("single_hands", single_hands, "also use images of one hand, to train H and M");
    fields("without_mano", without_mano, "also use images without MANO parameters, to train H");
    fields.renamed("least_grey", "min_mean_intensity");
    fields.renamed("most_fit_error", "max_mano_fit_error");
  }
};

// Which records count as usable. Default: the two-hand benchmark's rule.
struct UsableRule {
  UsableRule() = default;
  explicit UsableRule(const ImageFilter& wanted)
      : interacting_only(!wanted.single_hands), need_mano(!wanted.without_mano), filter(wanted) {}
  bool interacting_only = true;
  bool need_mano = true;  // both hands of an interacting image
  bool keep_unusable = false;
  const HandModel* hand = nullptr;  // for filter.max_mano_fit_error
  ImageFilter filter;
};

// Whether skipping a sample for this reason is a fault of the data. Missing annotations (mano_missing), samples outside a test
// set's protocol (not_both_hands) and samples excluded by a filter are not faults.
bool is_fault(const std::string& reason);

// The usable rows of a split ("train", "val", "test" or "all"), and for each skipped row the first reason that applies:
// malformed, image_missing, image_id_doubled, annotation_id_doubled (not in the tables), not_finite (a joint or MANO
// parameter), mano_malformed, mano_missing (no hand of the image has MANO), hand_type_invalid, not_interacting, mano_one_hand,
// camera_missing, joints_missing (neither joints nor MANO), box_invalid, box_outside (box and image are disjoint),
// excluded_by_filter, mano_misfit (filter.max_mano_fit_error), image_missing (no such file), image_damaged, image_dark.
// Throws Error on an unknown split, or if the filter's file cannot be read.
ImageIndex index_of(std::shared_ptr<const ImageTables> tables, const std::string& split, const UsableRule& rule = {});

// Which hands an image of this type shows.
inline PerHand<bool> hands_of_type(const std::string& hand_type) { return {hand_type != "left", hand_type != "right"}; }

}  // namespace interprior
