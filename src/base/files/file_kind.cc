#include "interprior/base/files/file_kind.h"

#include <fstream>
#include <string_view>

#include "interprior/base/error.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

constexpr size_t kLooked = 512;  // bytes read from the start of the file

std::string beginning_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kLooked, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

// The signatures of HDF5 and PNG contain \r\n and \n, which a conversion of line ends changes.
bool has_converted_line_ends(std::string_view bytes) {
  for (const std::string_view name : {"\x89HDF", "\x89PNG"})
    if (bytes.starts_with(name) && !bytes.substr(4).starts_with("\r\n\x1a\n")) return true;
  // Pickles of text protocols contain line ends.
  return bytes.starts_with("(dp0\r\n") || bytes.starts_with("(dp1\r\n") || bytes.starts_with("\x80\x02}q\x01(U\x01\r\n");
}

}  // namespace

FileKind file_kind(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const fs::path inside = path / "checkpoints" / "last.safetensors";
    if (fs::exists(inside, ignored)) return {"the folder of a run", "pass " + inside.string()};
    return {"a folder", "pass a file in it"};
  }
  if (!fs::is_regular_file(path, ignored)) return {};
  const std::string bytes = beginning_of(path);
  const std::string_view text = bytes;
  if (text.empty()) return fs::is_empty(path, ignored) ? FileKind{"an empty file", "fetch or write it again"} : FileKind{};
  if (text.starts_with("version https://git-lfs.github.com/spec"))
    return {"a Git-LFS pointer, not the file itself", "fetch it with `git lfs pull`"};
  if (has_converted_line_ends(text))
    return {"a binary file whose line ends were converted",
            "fetch it again as binary: unzip without -a, Git with `-text`, FTP in binary mode"};
  const size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first != std::string_view::npos && (text.substr(first).starts_with("<!") || text.substr(first).starts_with("<html") ||
                                          text.substr(first).starts_with("<?xml")))
    return {"a web page", "probably a login page; log in and download the file again with a browser"};
  if (text.starts_with("PK\x03\x04")) {
    const bool script = text.find("/code/") != std::string_view::npos || text.find("constants.pkl") != std::string_view::npos;
    if (script)
      return {"a TorchScript archive", "use it with model.extraction.trunk=torchscript model.extraction.trunk_file=FILE"};
    if (text.find("data.pkl") != std::string_view::npos)
      return {"a PyTorch file (.pth)", "convert it by: python data_scripts/torchvision_weights.py IN.pth OUT.safetensors"};
    return {"a zip archive", "unpack it"};
  }
  if (text.starts_with("\x1f\x8b")) return {"a gzip archive", "unpack it"};
  if (text.starts_with("\x89HDF\r\n\x1a\n")) return {"an HDF5 file", "pass a file of the expected kind"};
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5)
    return {"a pickle, as written by Python or by torch.save before PyTorch 1.6",
            "convert network weights by: python data_scripts/torchvision_weights.py IN.pth OUT.safetensors"};
  if (text.size() > 9 && text[8] == '{' && text[7] == '\0' && text[6] == '\0')
    return {"a safetensors file", "pass a file of the expected kind"};
  return {};
}

void require_no_other_kind(const fs::path& path, const std::string& wanted, const std::string& convert) {
  const FileKind kind = file_kind(path);
  if (kind.what.empty() || kind.what == wanted) return;
  throw Error("this is " + kind.what + ", " + wanted + " is needed", path.string(), convert.empty() ? kind.advice : convert);
}

}  // namespace interprior
