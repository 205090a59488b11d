#pragma once
#include <string>
#include <vector>

#include "interprior/data/images/image_dataset.h"
#include "interprior/metric/protocol.h"

namespace interprior {

// A test set and the protocols that are measured on it.
struct TestSet {
  bool both_hands = true;             // only images with the meshes of both hands
  BoxSource box = BoxSource::oracle;  // of the crops, unless the caller chooses another
  std::vector<Protocol> protocols;
  std::vector<size_t> place;  // index of each among all requested protocols

  std::string name() const { return both_hands ? "both_hands" : "all"; }
};

// The test sets of the protocols, in the order of their first protocol. Throws Error when no protocol is named.
std::vector<TestSet> test_sets(const std::vector<Protocol>& protocols);

// Which images of a data set belong to a test set; a set of both hands has no near-black images, as in the benchmark.
// annotations: text file of annotation ids, one per line: only their images; "": all.
UsableRule usable_rule(const TestSet& set, const std::string& annotations);

}  // namespace interprior
