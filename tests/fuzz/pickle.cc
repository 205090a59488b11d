// A pickle as MANO distributes it: the pickle machine and every array of a hand.
#include "hand/mano_files/pickle_array.h"
#include "hand/mano_files/pickle_reader.h"
#include "memory_file.h"

int fuzz_pickle(const uint8_t* data, size_t size) {
  return interprior::fuzzed([&] {
    const interprior::Pickle pickle(std::string(reinterpret_cast<const char*>(data), size), "memory");
    for (const char* key :
         {"v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f", "hands_mean", "kintree_table"}) {
      const interprior::PickleValue* value = pickle.root().find(key);
      if (value == nullptr) continue;
      interprior::fuzzed([&] { interprior::dense_array(*value, {"memory", key, pickle.size()}); });
    }
  });
}
