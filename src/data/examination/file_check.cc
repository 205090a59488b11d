#include "file_check.h"

#include <c10/util/StringUtil.h>

#include <map>
#include <set>

#include "interprior/data/patterns.h"

namespace interprior {
namespace {

// Per capture: the number of images, and of images with camera, joints and MANO.
struct OfCapture {
  int64_t images = 0, cameras = 0, joints = 0, mano = 0;
};

bool read_from(const ImageTables& tables, const std::string& split, const std::string& what) {
  for (const SourceFile& source : tables.sources)
    if (source.path.filename().string().rfind("InterHand2.6M_" + split + "_" + what, 0) == 0) return true;
  return false;
}

}  // namespace

void report_missing_files(const ImageTables& tables, const std::array<bool, 3>& asked, Findings& findings) {
  if (tables.sources.empty()) return;  // an index written from Python
  std::map<std::pair<uint8_t, std::string>, OfCapture> captures;
  for (const ImageEntry& image : tables.images) {
    if (!asked[image.split]) continue;
    const CameraEntry& camera = tables.cameras[image.camera];
    const FrameEntry& frame = tables.frames[image.frame];
    OfCapture& own = captures[{image.split, camera.capture}];
    ++own.images;
    own.cameras += camera.fx > 0;
    own.joints += frame.joint_valid[0][0] || frame.joint_valid[1][0] || frame.joint_valid[0][9] || frame.joint_valid[1][9];
    own.mano += frame.mano.right.has_value() || frame.mano.left.has_value();
  }
  const struct {
    const char *file, *what;
    int64_t OfCapture::*known;
  } kinds[] = {{"camera", "no camera", &OfCapture::cameras},
               {"joint_3d", "no joints", &OfCapture::joints},
               {"MANO", "no MANO parameters", &OfCapture::mano}};
  for (uint8_t split = 0; split < 3; ++split) {
    const std::string name = kSplitNames[split];
    bool any = false;
    for (const auto& [key, own] : captures) any = any || key.first == split;
    if (!any) continue;
    for (const auto& kind : kinds) {
      if (!read_from(tables, name, kind.file)) {
        findings.push_back({"file_missing",
                            c10::str("there is no InterHand2.6M_", name, "_",
                                     kind.file == std::string("MANO") ? "MANO_NeuralAnnot" : kind.file, ".json"),
                            "", c10::str("put it into annotations/", name, ", or the split has no ", kind.what + 3), false});
        continue;
      }
      std::string missing;
      int64_t count = 0, images = 0;
      for (const auto& [key, own] : captures) {
        if (key.first != split || own.*kind.known > 0) continue;
        missing += (missing.empty() ? "" : ", ") + key.second;
        images += own.images;
        ++count;
      }
      if (count > 0)
        findings.push_back(
            {"capture_missing", c10::str(name, ": ", kind.what, " for any of the ", images, " images of capture ", missing), "",
             c10::str("fetch annotations/", name, "/InterHand2.6M_", name, "_", kind.file, "*.json again, whole"), false});
    }
  }
}

}  // namespace interprior
