#include "rendezvous.h"

#include <c10/util/StringUtil.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "interprior/base/error.h"

namespace interprior {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr const char* kCall = "roll/call";

std::string card_key(int64_t rank) { return c10::str("roll/card/", rank); }
std::string answer_key(const std::string& round, int64_t rank) { return c10::str(round, "/here/", rank); }
std::string result_key(const std::string& round) { return round + "/roll"; }

std::string random_token() {
  std::random_device device;
  return c10::str(std::hex, device(), device(), device(), device());
}

std::string text_of(const ProcessInfo& card, const std::string& token) {
  return Json{{"host", card.host},       {"process", card.process}, {"device", card.device}, {"identity", card.identity},
              {"reached", card.reached}, {"failure", card.failure}, {"token", token}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

ProcessInfo card_of(const Json& json) {
  ProcessInfo card;
  card.host = json.at("host");
  card.process = json.at("process");
  card.device = json.at("device");
  card.identity = json.at("identity");
  card.reached = json.at("reached");
  card.failure = json.at("failure");
  return card;
}

std::string name_of(int64_t rank, const ProcessInfo& card) {
  return c10::str("process ", rank, " (", card.host, ", pid ", card.process, ")");
}

class Timer {
 public:
  explicit Timer(const RendezvousTimes& times) : times_(times) {}
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  void pause() const { std::this_thread::sleep_for(std::chrono::duration<double>(times_.pause)); }

 private:
  const RendezvousTimes& times_;
  Clock::time_point begin_ = Clock::now();
};

// Rank 0's side: publishes the tokens of the process descriptions it has read, until each process confirms its token.
class Caller {
 public:
  Caller(KeyValueStore& store, int64_t ranks, const ProcessInfo& own)
      : store_(store), cards_(static_cast<size_t>(ranks)), tokens_(cards_.size()), here_(cards_.size()) {
    cards_[0] = own;
    here_[0] = true;
  }

  void look() {
    bool changed = false;
    for (size_t rank = 1; rank < cards_.size(); ++rank)
      if (!here_[rank]) changed |= read_card(rank);
    if (changed) store_.write(kCall, Json{{"round", round}, {"tokens", tokens_}}.dump());
    for (size_t rank = 1; rank < cards_.size(); ++rank)
      if (!here_[rank] && !tokens_[rank].empty())
        here_[rank] = store_.read(answer_key(round, static_cast<int64_t>(rank))) == tokens_[rank];
  }
  bool all_are_here() const { return std::find(here_.begin(), here_.end(), false) == here_.end(); }

  // Why the confirmed processes cannot work together; empty if they can.
  std::string refusal() const {
    std::map<std::string, int64_t> taken;
    for (size_t i = 0; i < cards_.size(); ++i) {
      const auto rank = static_cast<int64_t>(i);
      if (!here_[i]) continue;
      if (!cards_[i].failure.empty()) return c10::str(name_of(rank, cards_[i]), " cannot take part: ", cards_[i].failure);
      if (cards_[i].identity.empty()) continue;
      const auto [other, free] = taken.emplace(cards_[i].identity, rank);
      if (!free)
        return c10::str("processes ", other->second, " and ", rank, " (", cards_[i].host, ") use the same device, ",
                        cards_[i].device, ": give each process its own (srun --gpus-per-task 1), or start fewer on a machine");
    }
    return "";
  }
  std::string missing() const {
    std::string text;
    int64_t count = 0;
    for (size_t rank = 0; rank < here_.size(); ++rank)
      if (!here_[rank] && ++count <= 8) text += c10::str(text.empty() ? "" : ", ", rank);
    return c10::str(count, " of ", here_.size(), " processes are missing (", text, count > 8 ? ", ..." : "", ")");
  }
  Rendezvous rendezvous(const std::string& refusal) const {
    Rendezvous rendezvous{round, refusal, "", ""};
    for (size_t rank = 0; rank < cards_.size(); ++rank) {
      if (rendezvous.address.empty()) rendezvous.address = cards_[rank].reached;
      rendezvous.list += c10::str(rank > 0 ? ", " : "", rank, " on ", cards_[rank].host, " ", cards_[rank].device);
    }
    return rendezvous;
  }

  const std::string round = random_token();

 private:
  bool read_card(size_t rank) {
    const std::optional<std::string> text = store_.read(card_key(static_cast<int64_t>(rank)));
    if (!text) return false;
    const Json json = Json::parse(*text);
    const std::string token = json.at("token");
    if (token == tokens_[rank]) return false;
    tokens_[rank] = token;
    cards_[rank] = card_of(json);
    return true;
  }

  KeyValueStore& store_;
  std::vector<ProcessInfo> cards_;
  std::vector<std::string> tokens_;
  std::vector<bool> here_;
};

Rendezvous call(KeyValueStore& store, int64_t ranks, const ProcessInfo& card, const RendezvousTimes& times) {
  Caller caller(store, ranks, card);
  const Timer timer(times);
  std::string refusal;
  while (true) {
    caller.look();
    refusal = caller.refusal();
    if (caller.all_are_here() || !refusal.empty()) break;
    if (timer.seconds() > times.patience) {
      refusal = c10::str(caller.missing(), " within ", static_cast<int64_t>(times.patience), " s");
      break;
    }
    timer.pause();
  }
  const Rendezvous rendezvous = caller.rendezvous(refusal);
  store.write(result_key(caller.round),
              Json{{"refusal", rendezvous.refusal}, {"address", rendezvous.address}, {"list", rendezvous.list}}.dump(
                  -1, ' ', false, Json::error_handler_t::replace));
  // Processes that arrive late read the refusal too.
  for (const Timer last(times); !refusal.empty() && last.seconds() < times.last_words_for; last.pause()) caller.look();
  return rendezvous;
}

Rendezvous answer(KeyValueStore& store, int64_t rank, const ProcessInfo& card, const RendezvousTimes& times) {
  const std::string token = random_token();
  store.write(card_key(rank), text_of(card, token));
  std::string round;
  for (const Timer timer(times); timer.seconds() < times.patience + times.last_words_for; timer.pause()) {
    if (const std::optional<std::string> text = store.read(kCall)) {
      const Json called = Json::parse(*text);
      const std::string now = called.at("round");
      const std::vector<std::string> tokens = called.at("tokens");
      if (now != round && static_cast<size_t>(rank) < tokens.size() && tokens[static_cast<size_t>(rank)] == token) {
        round = now;
        store.write(answer_key(round, rank), token);
      }
    }
    if (round.empty()) continue;
    if (const std::optional<std::string> text = store.read(result_key(round))) {
      const Json result = Json::parse(*text);
      return {round, result.at("refusal"), result.at("address"), result.at("list")};
    }
  }
  throw Error(c10::str("process 0 has not answered within ", static_cast<int64_t>(times.patience), " s"));
}

}  // namespace

Rendezvous rendezvous_of(KeyValueStore& store, int64_t rank, int64_t ranks, const ProcessInfo& card,
                         const RendezvousTimes& times) {
  return rank == 0 ? call(store, ranks, card, times) : answer(store, rank, card, times);
}

}  // namespace interprior
