#include "chirality_votes.h"

#include <c10/util/StringUtil.h>

#include <Eigen/LU>
#include <Eigen/SVD>

#include "interprior/base/error.h"

namespace interprior {

void ChiralityVotes::add(Side side, const Points& hand, const Points& rest) {
  constexpr double kFlat = 0.02;  // smallest by largest singular value, below which nothing can be told
  const Points a = rest.colwise() - Eigen::Vector3d(rest.rowwise().mean()),
               b = hand.colwise() - Eigen::Vector3d(hand.rowwise().mean());
  const Eigen::Matrix3d covariance = b * a.transpose();
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(covariance);
  if (svd.singularValues()(2) > kFlat * svd.singularValues()(0)) votes_[side].add(covariance.determinant() < 0);
}

void ChiralityVotes::require_own_sides(const std::string& where) const {
  const Votes &right = votes_.right, &left = votes_.left;
  require(!(right.most() && (left.most() || left.looked < Votes::kFewest)) && !(left.most() && right.looked < Votes::kFewest),
          c10::str("hands look swapped: ", right.against + left.against, " of ", right.looked + left.looked,
                   " are mirror images of the hand file's"),
          where, "index 0 is the right hand, 1 the left; and images mirrored at test time must be mirrored back");
  for (const Side side : kSides)
    require(!votes_[side].most(),
            c10::str(votes_[side].against, " of ", votes_[side].looked, " ", side_name(side),
                     " hands are mirror images of the hand file's"),
            where, "index 0 is the right hand, 1 the left");
}

}  // namespace interprior
