#include "interprior/geometry/distance.h"

#include <algorithm>

namespace interprior {

Vector3 nearest_on_triangle(const Vector3& p, const Vector3& a, const Vector3& b, const Vector3& c) {
  const Vector3 ab = b - a, ac = c - a, ap = p - a;
  const double d1 = ab.dot(ap), d2 = ac.dot(ap);
  if (d1 <= 0 && d2 <= 0) return a;
  const Vector3 bp = p - b;
  const double d3 = ab.dot(bp), d4 = ac.dot(bp);
  if (d3 >= 0 && d4 <= d3) return b;
  const double vc = d1 * d4 - d3 * d2;
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return a + d1 / (d1 - d3) * ab;
  const Vector3 cp = p - c;
  const double d5 = ab.dot(cp), d6 = ac.dot(cp);
  if (d6 >= 0 && d5 <= d6) return c;
  const double vb = d5 * d2 - d1 * d6;
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return a + d2 / (d2 - d6) * ac;
  const double va = d3 * d6 - d5 * d4;
  if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) return b + (d4 - d3) / (d4 - d3 + d5 - d6) * (c - b);
  const double whole = va + vb + vc;
  if (!(whole > 0)) return a;  // no area
  return a + vb / whole * ab + vc / whole * ac;
}

Vector3 between_segments(const Vector3& a0, const Vector3& a1, const Vector3& b0, const Vector3& b1) {
  const Vector3 u = a1 - a0, v = b1 - b0, w = a0 - b0;
  const double uu = std::max(u.squaredNorm(), 1e-14), vv = std::max(v.squaredNorm(), 1e-14);
  const double uv = u.dot(v), uw = u.dot(w), vw = v.dot(w), cross = uu * vv - uv * uv;
  double s = cross > 1e-6 * uu * vv ? std::clamp((uv * vw - uw * vv) / cross, 0.0, 1.0) : 0.0;
  const double t = std::clamp((uv * s + vw) / vv, 0.0, 1.0);
  s = std::clamp((uv * t - uw) / uu, 0.0, 1.0);
  return w + s * u - t * v;
}

}  // namespace interprior
