#include <charconv>
#include <string>

#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/mesh.h"

namespace interprior {
namespace {

// Shortest text that reads back as the same number, independent of the locale.
template <class Number>
void append(std::string& text, Number number) {
  char digits[32];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, number);
  text.append(digits, end.ptr);
}

}  // namespace

void write_obj(const std::filesystem::path& path, const Mesh& mesh) {
  check_mesh(mesh, path.string());
  std::string text = "# metres, camera axes: x right, y down, z forward\n";
  for (const std::array<float, 3>& vertex : mesh.vertices) {
    text += 'v';
    for (const float coordinate : vertex) {
      text += ' ';
      append(text, coordinate);
    }
    text += '\n';
  }
  for (const std::array<int32_t, 3>& face : mesh.faces) {
    text += 'f';
    for (const int32_t corner : face) {
      text += ' ';
      append(text, corner + 1);  // OBJ indices start at 1
    }
    text += '\n';
  }
  write_file(path, text);
}

}  // namespace interprior
