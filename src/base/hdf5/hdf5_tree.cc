#include "hdf5_tree.h"

#include <set>
#include <vector>

namespace interprior {
namespace {

constexpr size_t kHead = 24;  // signature, kind, level, number of children, both neighbours
constexpr int kAnyLevel = -1;

struct Node {
  uint64_t address;
  int level;
};

}  // namespace

void walk_hdf5_tree(const Hdf5Bytes& file, uint64_t root, unsigned kind, size_t key_size,
                    const std::function<void(Hdf5Cursor key, uint64_t child)>& visit) {
  std::set<uint64_t> seen;
  std::vector<Node> waiting = {{root, kAnyLevel}};
  uint64_t total = 0;
  while (!waiting.empty()) {
    const Node node = waiting.back();
    waiting.pop_back();
    if (!seen.insert(node.address).second) file.damaged("a tree names the same node twice", node.address);
    const std::string head = file.read(node.address, kHead);
    Hdf5Cursor cursor(file, head, node.address);
    cursor.expect("TREE");
    const unsigned found = cursor.byte();
    const int level = cursor.byte();
    const uint64_t children = cursor.number(2);
    if (found != kind || (node.level != kAnyLevel && level != node.level))
      cursor.damaged("a tree's node of another kind or level");
    const uint64_t begin = node.address + kHead, size = children * (key_size + 8);
    if ((total += kHead + size) > file.size()) cursor.damaged("a tree longer than the file");  // nodes do not overlap
    const std::string body = file.read(begin, size);
    Hdf5Cursor entries(file, body, begin);
    std::vector<Node> below;
    for (uint64_t i = 0; i < children; ++i) {
      const uint64_t key_address = entries.address();
      const Hdf5Cursor key(file, entries.take(key_size), key_address);
      const uint64_t child = entries.number(8);
      if (level == 0)
        visit(key, child);
      else
        below.push_back({child, level - 1});
    }
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
}

}  // namespace interprior
