#pragma once
#include <memory>
#include <set>

#include "interprior/base/config/config.h"
#include "interprior/data/interhand/image_tables.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// Chosen rows of one or several data sets; each record is put together when it is asked for.
class ImageRows {
 public:
  size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  ImageRecord operator[](size_t i) const { return tables_[places_[i].table]->record(places_[i].row); }
  ImageRecord at(size_t i) const;  // throws Error beyond the last one
  ImageRecord front() const { return (*this)[0]; }
  std::string sample(size_t i) const { return tables_[places_[i].table]->sample(places_[i].row); }

  // For loops over records, each a value of its own.
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
  void truncate(size_t size);  // to the first ones
  ImageRows only(size_t i) const;

 private:
  struct Place {
    uint32_t table, row;
  };
  std::vector<std::shared_ptr<const ImageTables>> tables_;
  std::vector<Place> places_;
};

// A data root or index as read: records that can be used, and why the others cannot.
struct ImageIndex {
  std::string kind;  // "interhand" or "images"
  std::vector<std::string> splits;
  int64_t images = 0, annotations = 0;
  std::map<std::string, int64_t> by_type;       // interacting, right, left
  std::map<std::string, int64_t> skipped;       // reason (snake_case) -> count
  std::map<std::string, std::string> examples;  // by reason: the first one, a sample or what is wrong with its annotation
  std::shared_ptr<const ImageTables> tables;    // that the rows are of
  ImageRows usable;
  ImageRows unusable;  // records without MANO etc. that could be read otherwise (kept only on request)
};

template <>
struct EnumNames<Annotator> {
  static std::vector<std::pair<Annotator, std::string>> table() {
    return {{Annotator::unknown, "any"}, {Annotator::human, "human"}, {Annotator::machine, "machine"}};
  }
};

// Which of the pictures that could be used are wanted.
struct ImageFilter {
  std::vector<std::string> captures, sequences, cameras;
  Annotator annotator = Annotator::unknown;
  std::string annotations;
  double least_grey = 0, most_fit_error = 0;
  bool single_hands = false, without_mano = false;
  void describe(Fields& fields) {
    fields("captures", captures, "only these captures; empty: all");
    fields("sequences", sequences, "only sequences of these names; empty: all");
    fields("cameras", cameras, "only these cameras; empty: all");
    fields("annotator", annotator, "human or machine: only what they annotated, where the data set says so (older layout)");
    fields("annotations", annotations, "text file of annotation ids, one a line: only these; empty: all");
    fields("least_grey", least_grey,
           "leave out pictures whose mean over pixels and channels is lower; the benchmark's value is 10. Not yet scanned ones "
           "are opened",
           {0, 255});
    fields("most_fit_error", most_fit_error,
           "leave out frames in which MANO's joints lie further from the annotated ones on average, mm; 0: none", {0, 1e6});
    fields("single_hands", single_hands, "also pictures of one hand: they teach H and M");
    fields("without_mano", without_mano, "also pictures whose MANO parameters are not known: they teach H");
  }
};

// Which records count as usable; by default the two-hand benchmark's.
struct UsableRule {
  UsableRule() = default;
  explicit UsableRule(const ImageFilter& wanted)
      : interacting_only(!wanted.single_hands), need_mano(!wanted.without_mano), filter(wanted) {}
  bool interacting_only = true;
  bool need_mano = true;  // both hands of an interacting picture
  bool keep_unusable = false;
  const HandModel* hand = nullptr;  // for filter.most_fit_error
  ImageFilter filter;
};

// Whether a sample that is left out for this reason should have counted: what a data set does not annotate (mano_missing), what a
// test set does not hold (not_both_hands) and what a filter excludes is no fault.
bool is_fault(const std::string& reason);

// The rows of a split ("train", "val", "test" or "all") that count, and for the others why. The first reason of this list:
// malformed, image_missing, image_id_doubled, annotation_id_doubled (what is no row of the tables), not_finite (a joint or MANO
// parameter), mano_malformed, mano_missing (no hand of the picture has it), hand_type_invalid, not_interacting, mano_one_hand,
// camera_missing, joints_missing (neither joints nor MANO), box_invalid, box_outside (it misses the picture), excluded_by_filter,
// mano_misfit (filter.most_fit_error), image_missing (no such file), image_damaged, image_dark. What the files lack comes before
// what the rule leaves out. Throws Error on an unknown split, or when the filter's file cannot be read.
ImageIndex index_of(std::shared_ptr<const ImageTables> tables, const std::string& split, const UsableRule& rule = {});

// Which hands a picture of this type shows.
inline PerHand<bool> hands_of_type(const std::string& hand_type) { return {hand_type != "left", hand_type != "right"}; }

}  // namespace interprior
