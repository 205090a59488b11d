#pragma once
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "source_tree.h"

// Module layering: modules (rooms) as CMakeLists.txt declares them, and the includes that it allows.
namespace interprior {

struct Rooms {
  std::vector<std::string> order;                               // from left to right
  std::map<std::string, std::vector<std::string>> uses, links;  // as written

  // The room itself and all rooms that it uses, transitively.
  std::set<std::string> reach(const std::string& room) const {
    std::set<std::string> reached = {room};
    for (const std::string& used : uses.at(room))
      for (const std::string& further : reach(used)) reached.insert(further);
    return reached;
  }
};

// Parsed from lines room(NAME USES a b LINKS c d).
inline Rooms rooms_of(const std::string& cmake) {
  static const std::regex line(R"((?:^|\n)room\((\w+)([^)]*)\))");
  Rooms rooms;
  for (std::sregex_iterator it(cmake.begin(), cmake.end(), line), end; it != end; ++it) {
    const std::string name = (*it)[1];
    rooms.order.push_back(name);
    rooms.uses[name] = rooms.links[name] = {};
    std::istringstream words((*it)[2]);
    std::string word;
    for (std::vector<std::string>* list = nullptr; words >> word;) {
      if (word == "USES")
        list = &rooms.uses[name];
      else if (word == "LINKS")
        list = &rooms.links[name];
      else if (list)
        list->push_back(word);
    }
  }
  return rooms;
}

// Third parties are part of the graph: where in the tree each may be included (a pattern of the including file's path).
struct ThirdParty {
  std::string include, allowed;
};
inline const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> list = {
      {"(yaml-cpp/.*|hdf5\\.h|H5.*|zlib\\.h)", "(src|include/interprior)/base/.*"},
      // The report inlines images into its page, and a run logs images to TensorBoard, so both need cv::Mat.
      {"opencv2/.*",
       "(src|include/interprior)/(render|data|synthesis|infer|evaluation|report)/.*|src/train/validation_images\\.cc|tools/.*"},
      {"embree[34]/rtcore\\.h", "src/metric/embree\\.h"},
      {"cairo/.*", "src/report/figure_(page|text)\\.(cc|h)"},
      {"(simdjson|turbojpeg)\\.h", "src/data/.*"},
      {"Eigen/.*", "(src|include)/.*"},
      {"spdlog/.*", "src/base/log\\.cc"},
      {"nlohmann/.*", "(src|tools)/.*"},
      {"torch/csrc/distributed/.*", "src/distributed/communicator\\.cc"},
      {"CLI/.*", "tools/.*"},
      {"(torch|ATen|c10)/.*", "(src|include)/.*|tools/[^/]*"},  // not their folders: the program starts without
      {"(unistd|fcntl|signal|poll|dlfcn|errno|glob|malloc|pthread|sys/.*)(\\.h)?", ".*"},
      {"(netdb|net/if)\\.h", "src/distributed/.*"},
      {"[a-z_]+", ".*"},  // the standard library: <vector>
      {"immintrin\\.h", "src/.*\\.cc"},
  };
  return list;
}

// Whether a header lies beside the file, or is made by CMake from a NAME.in there; a NAME.inc is written by the build.
inline bool is_beside(const std::string& path, const std::string& name) {
  if (name.ends_with(".inc")) return true;
  const std::filesystem::path file = (kSource / path).parent_path() / name;
  return std::filesystem::exists(file) || std::filesystem::exists(file.string() + ".in");
}

// Every include of a file at `path` (include/interprior/R/x.h, src/R/x.cc, tools/x.cc) that the declared edges or the rules on
// third parties forbid, as "path:line: what".
inline std::vector<std::string> forbidden_includes(const Rooms& rooms, const std::string& path, const std::string& source) {
  static const std::regex room_of_file("(?:include/interprior|src)/(\\w+)/.*"), public_header("interprior/(\\w+)/.*");
  static const std::regex include("\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  std::smatch match;
  const std::string room = std::regex_match(path, match, room_of_file) ? match[1].str() : "";
  const bool is_tool = path.rfind("tools/", 0) == 0;
  if (!is_tool && rooms.uses.find(room) == rooms.uses.end()) return {path + ": lies in no room that CMakeLists.txt declares"};

  std::vector<std::string> faults;
  int number = 0;
  for (const std::string& line : lines_of(source)) {
    ++number;
    if (!std::regex_match(line, match, include)) continue;
    const std::string name = match[2];
    const auto fault = [&](const std::string& what) { faults.push_back(path + ":" + std::to_string(number) + ": " + what); };
    if (match[1] == "\"") {
      std::smatch header;
      if (std::regex_match(name, header, public_header)) {
        if (!is_tool && !rooms.reach(room).count(header[1])) fault(room + " does not use " + header[1].str() + " (" + name + ")");
      } else if (name.find("..") != std::string::npos || path.rfind("include/", 0) == 0) {
        fault("\"" + name + "\" is no public header");
      } else if (!is_beside(path, name) && !(is_tool && std::filesystem::exists(kSource / "tools" / name)) &&
                 (name.rfind(room + "/", 0) != 0 || !std::filesystem::exists(kSource / "src" / name))) {
        fault("\"" + name + "\" is no internal header of the room");
      }
      continue;
    }
    bool known = false, allowed = false;
    for (const ThirdParty& party : third_parties()) {
      if (!std::regex_match(name, std::regex(party.include))) continue;
      known = true;
      allowed = std::regex_match(path, std::regex(party.allowed));
      break;
    }
    if (!known)
      fault("<" + name + "> is a third party that tests/architecture/layers.h does not know");
    else if (!allowed)
      fault("<" + name + "> does not belong here");
  }
  return faults;
}

}  // namespace interprior
