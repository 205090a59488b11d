#include "interhand_writer.h"

#include <c10/util/StringUtil.h>

#include <charconv>
#include <functional>
#include <map>

#include "interprior/base/files/atomic_file.h"

namespace interprior {
namespace {

// JSON writer with the shortest numbers that read back exactly.
class JsonText {
 public:
  JsonText& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  JsonText& key(std::string_view name) {
    text_ += '"';
    text_ += name;
    text_ += "\": ";
    return *this;
  }
  JsonText& string(std::string_view value) {
    text_ += '"';
    text_ += value;
    text_ += '"';
    return *this;
  }
  JsonText& number(double value) { return digits(value); }
  JsonText& number(int64_t value) { return digits(value); }
  template <class Numbers>
  JsonText& list(const Numbers& numbers, double scale = 1) {
    separated(numbers, [&](double value) { number(scale * value); });
    return *this;
  }
  // [a, b, c] of anything.
  template <class Items, class Write>
  JsonText& separated(const Items& items, const Write& write, std::string_view brackets = "[]") {
    text_ += brackets[0];
    bool first = true;
    for (const auto& item : items) {
      if (!first) text_ += ", ";
      first = false;
      write(item);
    }
    text_ += brackets[1];
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  template <class T>
  JsonText& digits(T value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    text_.append(buffer, end);
    return *this;
  }

  std::string text_;
};

constexpr const char* kAllValid =
    "[[1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], "
    "[1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1], [1]]";

std::string data_json(const std::vector<AnnotatedImage>& images) {
  JsonText json;
  json.raw("{").key("images").separated(images, [&](const AnnotatedImage& image) {
    json.raw("{").key("id").number(image.id).raw(", ").key("file_name").string(image.file_name()).raw(", ");
    json.key("width").number(image.width).raw(", ").key("height").number(image.height).raw(", ");
    json.key("capture").number(image.capture).raw(", ").key("subject").number(image.subject).raw(", ");
    json.key("seq_name").string(image.sequence).raw(", ").key("camera").string(image.camera).raw(", ");
    json.key("frame_idx").number(image.frame).raw("}");
  });
  json.raw(", ").key("annotations").separated(images, [&](const AnnotatedImage& image) {
    json.raw("{").key("id").number(image.id).raw(", ").key("image_id").number(image.id).raw(", ").key("bbox");
    json.list(std::array<double, 4>{image.box.x, image.box.y, image.box.width, image.box.height}).raw(", ");
    json.key("joint_valid")
        .raw(kAllValid)
        .raw(", ")
        .key("hand_type")
        .string("interacting")
        .raw(", ")
        .key("hand_type_valid")
        .raw("1}");
  });
  return json.raw("}").text();
}

std::string camera_json(const std::vector<Capture>& captures) {
  JsonText json;
  json.separated(
      captures,
      [&](const Capture& capture) {
        const auto each = [&](const char* name, const std::function<void(const RigCamera&)>& write) {
          json.key(name).separated(
              capture.cameras,
              [&](const RigCamera& camera) {
                json.key(camera.name);
                write(camera);
              },
              "{}");
        };
        json.key(std::to_string(capture.number)).raw("{");
        each("campos", [&](const RigCamera& camera) { json.list(camera.camera_from_world.inverse().translation, 1000); });
        json.raw(", ");
        each("camrot", [&](const RigCamera& camera) {
          json.separated(std::array<int, 3>{0, 1, 2},
                         [&](int row) { json.list(Vector3(camera.camera_from_world.rotation.row(row))); });
        });
        json.raw(", ");
        each("focal", [&](const RigCamera& camera) { json.list(std::array<double, 2>{camera.pinhole.fx, camera.pinhole.fy}); });
        json.raw(", ");
        each("princpt", [&](const RigCamera& camera) { json.list(std::array<double, 2>{camera.pinhole.cx, camera.pinhole.cy}); });
        json.raw("}");
      },
      "{}");
  return json.text();
}

// {capture: {frame: value}}.
std::string frames_json(const std::vector<AnnotatedImage>& images,
                        const std::function<void(JsonText&, const AnnotatedImage&)>& write) {
  std::map<int64_t, std::map<int64_t, const AnnotatedImage*>> captures;
  for (const AnnotatedImage& image : images) captures[image.capture][image.frame] = &image;
  JsonText json;
  json.separated(
      captures,
      [&](const auto& capture) {
        json.key(std::to_string(capture.first))
            .separated(
                capture.second,
                [&](const auto& frame) {
                  json.key(std::to_string(frame.first));
                  write(json, *frame.second);
                },
                "{}");
      },
      "{}");
  return json.text();
}

void write_joints(JsonText& json, const AnnotatedImage& image) {
  json.raw("{").key("world_coord").separated(image.joints_in_world, [&](const Vector3& joint) { json.list(joint, 1000); });
  json.raw(", ").key("joint_valid").raw(kAllValid).raw(", ").key("hand_type").string("interacting");
  json.raw(", ").key("hand_type_valid").raw("1}");
}

void write_mano(JsonText& json, const AnnotatedImage& image) {
  json.separated(
      kSides,
      [&](Side side) {
        const ManoAnnotation& mano = image.mano[side];
        json.key(side_name(side)).raw("{").key("pose").list(mano.pose).raw(", ").key("shape").list(mano.shape);
        json.raw(", ").key("trans").list(mano.translation).raw("}");
      },
      "{}");
}

}  // namespace

std::string AnnotatedImage::file_name() const {
  return c10::str("Capture", capture, "/", sequence, "/cam", camera, "/image", frame, ".jpg");
}

void write_interhand_annotations(const std::filesystem::path& root, const std::string& split,
                                 const std::vector<Capture>& captures, const std::vector<AnnotatedImage>& images) {
  const auto file = [&](const char* what) {
    return root / "annotations" / split / ("InterHand2.6M_" + split + "_" + what + ".json");
  };
  write_file(file("data"), data_json(images));
  write_file(file("camera"), camera_json(captures));
  write_file(file("joint_3d"), frames_json(images, write_joints));
  write_file(file("MANO_NeuralAnnot"), frames_json(images, write_mano));
}

}  // namespace interprior
