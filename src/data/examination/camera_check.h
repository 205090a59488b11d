#pragma once
#include <map>
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Checks whether each camera projects the annotated joints into the annotated boxes.
class CameraCheck {
 public:
  explicit CameraCheck(const ImageTables& tables) : tables_(tables), cameras_(tables.cameras.size()) {}

  void add(size_t row);
  // Names: camera_unit, camera_misprojects, joints_outside_boxes, boxes_beyond_image.
  void report(Findings& findings) const;

 private:
  struct OfCamera {
    int64_t looked = 0, outside = 0;
    uint32_t example = 0;  // row
  };
  bool inside(size_t row, double camera_scale, bool& known) const;
  std::string name_of(size_t camera) const;

  const ImageTables& tables_;
  std::vector<OfCamera> cameras_;
  std::vector<uint32_t> rows_;  // rows checked
  int64_t looked_ = 0, outside_ = 0, boxes_ = 0, beyond_ = 0;
  uint32_t first_beyond_ = 0;
};

}  // namespace interprior
