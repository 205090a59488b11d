#include "interhand_annotations.h"

#include <c10/util/StringUtil.h>

#include <Eigen/LU>
#include <algorithm>

namespace interprior {
namespace {

using Element = simdjson::dom::element;

constexpr int64_t kMaxSide = 100000;  // px

bool is_rotation(const Matrix3& r) {
  return (r * r.transpose() - Matrix3::Identity()).cwiseAbs().maxCoeff() <= 1e-3 && r.determinant() > 0;
}

}  // namespace

std::optional<InterHandImage> interhand_image(const Element& element, JsonFault& fault) {
  InterHandImage image;
  JsonFields fields(element);
  const bool read = fields.integer("id", image.id) && fields.integer("width", image.width) &&
                    fields.integer("height", image.height) && fields.view("file_name", image.file_name) &&
                    fields.view("seq_name", image.sequence) && fields.text("capture", image.capture) &&
                    fields.text("camera", image.camera) && fields.text("frame_idx", image.frame);
  const auto is_side = [](int64_t side) { return side > 0 && side <= kMaxSide; };
  if (read && !(is_side(image.width) && is_side(image.height)))
    fields.refuse(c10::str("the size of the image is ", image.width, " x ", image.height, " px"));
  fault = fields.fault();
  if (!fault.what.empty()) return std::nullopt;
  return image;
}

std::optional<InterHandAnnotation> interhand_annotation(const Element& element, JsonFault& fault) {
  InterHandAnnotation annotation;
  JsonFields fields(element), id(element);
  std::string_view hand_type;
  id.integer("id", annotation.id);
  const bool read = fields.integer("image_id", annotation.image_id) && fields.view("hand_type", hand_type) &&
                    fields.flags("joint_valid", annotation.joint_valid) && fields.numbers("bbox", annotation.box);
  const auto type = std::find(kHandTypeNames.begin(), kHandTypeNames.end(), hand_type);
  if (read && type == kHandTypeNames.end()) fields.refuse(c10::str("`hand_type` is '", hand_type, "'"));
  if (Element ignored; read && element["hand_type_valid"].get(ignored) == simdjson::SUCCESS)
    fields.flag("hand_type_valid", annotation.hand_type_valid);
  fault = fields.fault();
  if (!fault.what.empty()) return std::nullopt;
  annotation.hand_type = static_cast<HandType>(type - kHandTypeNames.begin());
  return annotation;
}

std::optional<InterHandJoints> interhand_joints(const Element& frame, JsonFault& fault) {
  InterHandJoints joints;
  JsonFields fields(frame);
  joints.valid.fill(true);
  // InterHand2.6M's first release has only the list under each frame, without validity flags.
  Element world = frame, valid;
  if (frame.is_array() || fields.element("world_coord", world)) fields.rows("world_coord", world, joints.world);
  if (frame.is_object() && frame["joint_valid"].get(valid) == simdjson::SUCCESS) fields.flags("joint_valid", joints.valid);
  fault = fields.fault();
  if (!fault.what.empty() && !fault.not_finite) return std::nullopt;
  fault.not_finite = false;
  for (size_t i = 0; i < joints.world.size(); ++i) {
    if (std::isfinite(joints.world[i][0])) continue;
    fault.not_finite = fault.not_finite || joints.valid[i];  // invalid joints may hold any value
    joints.valid[i] = false;
    joints.world[i] = {};
  }
  if (!fault.not_finite) fault = {};
  return joints;
}

std::optional<ManoAnnotation> interhand_mano(const Element& frame, Side side, JsonFault& fault) {
  fault = {};
  Element hand;
  if (frame.is_null() || (frame.is_object() && frame[side_name(side)].get(hand) != simdjson::SUCCESS)) return std::nullopt;
  if (frame.is_object() && hand.is_null()) return std::nullopt;
  ManoAnnotation mano;
  const Element& given = frame.is_object() ? hand : frame;  // a frame that is not an object fails below
  JsonFields fields(given);
  if (!(fields.numbers("pose", mano.pose) && fields.numbers("shape", mano.shape) && fields.numbers("trans", mano.translation))) {
    fault = fields.fault();
    if (Element other; given.is_object() && given["transl"].get(other) == simdjson::SUCCESS)
      fault.what += "; smplx calls it `transl`";
    return std::nullopt;
  }
  return mano;
}

uint64_t read_interhand_cameras(const std::filesystem::path& path, const std::function<void(CameraEntry)>& visit,
                                const std::function<void(const std::string&, const JsonFault&)>& lose) {
  JsonStream file(path);
  file.members([&](const std::string& capture) {
    if (!file.at_object()) return;
    const Element rig = file.value();
    simdjson::dom::object positions;
    if (rig["campos"].get(positions) != simdjson::SUCCESS) return;
    const auto part = [&](const char* name) {
      Element of_all;
      return rig[name].get(of_all) == simdjson::SUCCESS ? of_all : rig;
    };
    const Element rotations = part("camrot"), focals = part("focal"), principals = part("princpt"), places = part("campos");
    for (const auto [name, ignored] : positions) {
      const std::string key(name);
      Vector3 place;  // mm, world
      std::array<double, 2> focal{}, principal{};
      CameraEntry camera;
      JsonFault fault;
      const auto read = [&](const char* what, const Element& from, const auto& get) {
        JsonFields fields(from);
        if (fault.what.empty() && !get(fields)) fault = {c10::str(what, ": ", fields.fault().what), fields.fault().not_finite};
      };
      const auto numbers = [&](auto& out) { return [&](JsonFields& fields) { return fields.numbers(key.c_str(), out); }; };
      read("campos", places, numbers(place));
      read("camrot", rotations, [&](JsonFields& fields) {
        return fields.matrix(key.c_str(), camera.camera_from_world.rotation) &&
               (is_rotation(camera.camera_from_world.rotation) || fields.refuse("the matrix is not a rotation"));
      });
      read("focal", focals, [&](JsonFields& fields) {
        return fields.numbers(key.c_str(), focal) && ((focal[0] > 0 && focal[1] > 0) || fields.refuse("it is not positive"));
      });
      read("princpt", principals, numbers(principal));
      if (!fault.what.empty()) {
        lose(c10::str("capture ", capture, ", camera ", key), fault);
        continue;
      }
      camera.capture = capture;
      camera.name = name;
      camera.fx = focal[0];
      camera.fy = focal[1];
      camera.cx = principal[0];
      camera.cy = principal[1];
      camera.camera_from_world.translation = camera.camera_from_world.rotation * place / -1000;
      visit(std::move(camera));
    }
  });
  file.finish();
  return file.hash();
}

uint64_t read_interhand_frames(const std::filesystem::path& path,
                               const std::function<void(const std::string&, const std::string&, const Element&)>& visit) {
  JsonStream file(path);
  file.members([&](const std::string& capture) {
    if (!file.at_object()) return;  // null: no data for this capture
    file.members([&](const std::string& frame) { visit(capture, frame, file.value()); });
  });
  file.finish();
  return file.hash();
}

}  // namespace interprior
