#include "chirality_votes.h"

#include <c10/util/StringUtil.h>

#include <Eigen/LU>
#include <Eigen/SVD>

namespace interprior {

void ChiralityVotes::add(Side side, const Points& hand, const Points& rest) {
  constexpr double kFlat = 0.02;  // smallest / largest singular value, below which chirality is undetermined
  const Points a = rest.colwise() - Vector3(rest.rowwise().mean()), b = hand.colwise() - Vector3(hand.rowwise().mean());
  const Matrix3 covariance = b * a.transpose();
  const Eigen::JacobiSVD<Matrix3> svd(covariance);
  if (svd.singularValues()(2) > kFlat * svd.singularValues()(0)) votes_[side].add(covariance.determinant() < 0);
}

void ChiralityVotes::report(Findings& findings) const {
  const Votes &right = votes_.right, &left = votes_.left;
  const auto add = [&](const std::string& what, const std::string& advice) {
    findings.push_back({"hands_mirrored", what + " mirror images of the hand file's", "", advice, true});
  };
  if ((right.most() && (left.most() || left.looked < Votes::kFewest)) || (left.most() && right.looked < Votes::kFewest))
    return add(c10::str("hands look swapped: ", right.against + left.against, " of ", right.looked + left.looked, " are"),
               "index 0 is the right hand, 1 the left; and images mirrored at test time must be mirrored back");
  for (const Side side : kSides)
    if (votes_[side].most())
      return add(c10::str(votes_[side].against, " of ", votes_[side].looked, " ", side_name(side), " hands are"),
                 "index 0 is the right hand, 1 the left");
}

}  // namespace interprior
