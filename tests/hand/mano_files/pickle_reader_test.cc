#include "hand/mano_files/pickle_reader.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "pickle_parts.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The value as Python would print it, two levels deep at most.
std::string printed(const PickleValue& value, int depth = 0) {
  const auto items = [&](const char* open, const char* close) {
    std::string out = open;
    for (const PickleValue* item : value.items) out += (out == open ? "" : " ") + (depth < 2 ? printed(*item, depth + 1) : "...");
    return out + close;
  };
  switch (value.kind) {
    case PickleKind::none:
      return "None";
    case PickleKind::boolean:
      return value.integer ? "True" : "False";
    case PickleKind::integer:
      return std::to_string(value.integer);
    case PickleKind::real:
      return c10::str(value.real);
    case PickleKind::bytes:
      return "b'" + std::string(value.text) + "'";
    case PickleKind::text:
      return "'" + std::string(value.text) + "'";
    case PickleKind::tuple:
      return items("(", ")");
    case PickleKind::list:
      return items("[", "]");
    case PickleKind::dict:
      return items("{", "}");
    case PickleKind::set:
      return items("<", ">");
    case PickleKind::global:
      return "global";
    case PickleKind::object:
      return items("object(", ")") + (value.state == nullptr ? "" : printed(*value.state, depth + 1));
  }
  return "";
}

std::string read(const std::string& bytes) { return printed(Pickle(bytes, "x.pkl").root()); }

TEST(PickleReader, ReadsEveryProtocol) {
  // {'a': (1, -2, True, None), u'b': [0.5, 300, 2**32-1], 'c': 'x\n\x00'}, written by hand.
  const std::string expected = "{b'a' (1 -2 True None) 'b' [0.5 300 4294967295] b'c' b'x\n\0'}"s;
  const std::string protocol_0 =
      "(dp1\nS'a'\np2\n(I1\nI-2\nI01\nNtp3\nsVb\np4\n(lp5\nF0.5\naI300\naL4294967295L\nasS'c'\nS\"x\\n\\x00\"\ns.";
  const std::string protocol_1 = "}q\x01(U\x01"s + "a(K\x01J\xfe\xff\xff\xff"s +
                                 "I01\nNtq\x03X\x01\0\0\0b]q\x04(G\x3f\xe0\0\0\0\0\0\0"s + "M\x2c\x01L4294967295L\neU\x01"s +
                                 "cT\x03\0\0\0x\n\0u."s;
  const std::string protocol_2 = "\x80\x02}q\x01(U\x01"s + "a(K\x01J\xfe\xff\xff\xff\x88Ntq\x03X\x01\0\0\0b]q\x04("s +
                                 "G\x3f\xe0\0\0\0\0\0\0M\x2c\x01\x8a\x05\xff\xff\xff\xff\0eU\x01"s + "cU\x03x\n\0u."s;
  const std::string protocol_3 = "\x80\x03}q\0(C\x01"s + "a(K\x01J\xfe\xff\xff\xff\x88NtX\x01\0\0\0b](G\x3f\xe0\0\0\0\0\0\0"s +
                                 "M\x2c\x01\x8b\x05\0\0\0\xff\xff\xff\xff\0eC\x01"s + "cB\x03\0\0\0x\n\0u."s;
  const std::string body = "}\x94(C\x01"s + "a\x94(K\x01J\xfe\xff\xff\xff\x88Nt\x94\x8c\x01"s +
                           "b\x94]\x94(G\x3f\xe0\0\0\0\0\0\0"s + "M\x2c\x01\x8a\x05\xff\xff\xff\xff\0eC\x01"s +
                           "c\x8e\x03\0\0\0\0\0\0\0x\n\0u."s;
  const std::string frame = "\x95" + pickle_parts::little_endian(body.size(), 8) + body;
  for (const std::string& bytes : {protocol_0, protocol_1, protocol_2, protocol_3, "\x80\x04" + frame, "\x80\x05" + frame})
    EXPECT_EQ(read(bytes), expected);
}

TEST(PickleReader, ReadsTheRarerOpcodes) {
  EXPECT_EQ(read("(I1\nI2\nl."), "[1 2]");
  EXPECT_EQ(read("(S'a'\nI2\nd."), "{b'a' 2}");
  EXPECT_EQ(read("K\x01K\x02"
                 "0K\x03\x86."),
            "(1 3)");
  EXPECT_EQ(read("K\x01(K\x02K\x03"
                 "1K\x04\x86."),
            "(1 4)");
  EXPECT_EQ(read("K\x01(0K\x02\x86."), "(1 2)");
  EXPECT_EQ(read("K\x07"
                 "2\x86."),
            "(7 7)");
  EXPECT_EQ(read("\x8f(K\x01K\x02\x90."), "<1 2>");
  EXPECT_EQ(read("(K\x01K\x02\x91."), "<1 2>");
  EXPECT_EQ(read("\x8a\0."s), "0");
  EXPECT_EQ(read("\x8a\x01\x80."s), "-128");
  EXPECT_EQ(read("L-5L\n."), "-5");
  EXPECT_EQ(read("K\x01p300\n0g300\nr\x05\0\0\0j\x05\0\0\0\x86."s), "(1 1)");
  EXPECT_EQ(read("S'\\\\ \\' \\t \\101 \\q'\n."), "b'\\ ' \t A \\q'");
  EXPECT_EQ(read("}(U\x01"
                 "aK\x01U\x01"
                 "aK\x02u."),
            "{b'a' 1 b'a' 2}");
  const Pickle doubled(
      "}(U\x01"
      "aK\x01U\x01"
      "aK\x02u.",
      "x.pkl");
  EXPECT_EQ(doubled.root().find("a")->integer, 2) << "the last of equal keys, as in Python";
  EXPECT_EQ(doubled.root().find("b"), nullptr);
}

TEST(PickleReader, MakesRecordsOfTheKnownNames) {
  using namespace pickle_parts;
  const Pickle array(pickle(numpy_array({2}, number_type("f8"), false, std::string(16, 'x'))), "x.pkl");
  EXPECT_TRUE(array.root().is(PickleName::ndarray));
  EXPECT_EQ(printed(array.root().state->items.at(1)[0]), "(2)");
  EXPECT_TRUE(array.root().state->items.at(2)->is(PickleName::dtype));
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{{"chumpy.ch", "Ch"},
                                                                                     {"chumpy.reordering", "Select"},
                                                                                     {"scipy.sparse.csc", "csc_matrix"},
                                                                                     {"scipy.sparse._csc", "csc_matrix"}}) {
    const std::string expected = "object(){b'x' 1}";
    EXPECT_EQ(read(pickle(object(module, name, {{"x", integer(1)}}))), expected) << name;
    EXPECT_EQ(read(global(module, name) + "(tR" + dict({{"x", integer(1)}}) + "b."), expected) << name;
    const std::string made =
        global("copy_reg", "_reconstructor") + "(" + global(module, name) + global("__builtin__", "object") + "NtR";
    const Pickle old(made + dict({{"x", integer(1)}}) + "b.", "x.pkl");
    EXPECT_EQ(old.root().name, Pickle(pickle(object(module, name, {})), "x.pkl").root().name) << name;
    EXPECT_EQ(old.root().state->find("x")->integer, 1) << name;
  }
}

struct Refusal {
  const char* name;
  std::string bytes, says;
};

TEST(PickleReader, ReadsBytesThatPython3WroteAsText) {
  // pickle.dumps(b"\x00A\xe9\xff", protocol=2) of Python 3.
  const std::string bytes(
      "\x80\x02"
      "c_codecs\nencode\n"
      "X\x06\0\0\0\0A\xc3\xa9\xc3\xbf"
      "X\x06\0\0\0latin1\x86R.",
      43);
  const Pickle pickle(bytes, "file");
  EXPECT_EQ(pickle.root().kind, PickleKind::bytes);
  EXPECT_EQ(pickle.root().text, std::string_view("\0A\xe9\xff", 4));
  std::string beyond = bytes;
  beyond.replace(beyond.find('\xc3'), 2, "\xc4\x80");
  EXPECT_THAT([&] { Pickle(beyond, "file"); }, ThrowsError(HasSubstr("beyond 255")));
}

TEST(PickleReader, RefusesPicklesThatWouldExecuteCode) {
  const std::string system = "the pickle imports os.system at byte ";
  const std::vector<Refusal> refusals = {
      {"GLOBAL and REDUCE", "cos\nsystem\n(S'true'\ntR.", system + "0"},
      {"behind values",
       "\x80\x02K\x01"
       "cos\nsystem\nU\x04true\x85R.",
       system + "4"},
      {"posix", "cposix\nsystem\n(S'true'\ntR.", "imports posix.system at byte 0"},
      {"STACK_GLOBAL", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", system + "14"},
      {"STACK_GLOBAL of a memo",
       "\x80\x04\x8c\x02os\x94"
       "0\x8c\x06system\x94"
       "0h\0h\x01\x93."s,
       system + "22"},
      {"INST", "(S'true'\nios\nsystem\n.", system + "9"},
      {"INST of a known name", "(ichumpy.ch\nCh\n.", "unexpected opcode 'i', which"},
      {"OBJ", "(cos\nsystem\nS'true'\no.", system + "1"},
      {"OBJ of a known name", "(cchumpy.ch\nCh\no.", "unexpected opcode 'o', which"},
      {"NEWOBJ",
       "\x80\x02"
       "cbuiltins\neval\n)\x81.",
       "imports builtins.eval at byte 2"},
      {"NEWOBJ_EX",
       "\x80\x04"
       "cchumpy.ch\nCh\n)}\x92.",
       "unexpected opcode 0x92"},
      {"NEWOBJ of no class", "\x80\x02K\x01)\x81.", "NEWOBJ creates no object"},
      {"NEWOBJ of an array", "cnumpy\nndarray\n)\x81.", "NEWOBJ creates no object"},
      {"EXT1", "\x80\x02\x82\x01.", "extension registry"},
      {"EXT2", "\x80\x02\x83\x01\x01.", "extension registry"},
      {"EXT4", "\x80\x02\x84\x01\x01\x01\x01.", "extension registry"},
      {"PERSID", "(Psomewhere\n.", "persistent id"},
      {"BINPERSID", "(K\x01Q.", "persistent id"},
      {"NEXT_BUFFER", "\x80\x05\x97.", "unexpected opcode 0x97"},
      {"a name of a known module", "cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile at byte 0"},
      {"a dotted name",
       "\x80\x04\x8c\x05numpy\x8c\x0e"
       "ndarray.tofile\x93.",
       "numpy.ndarray.tofile"},
      {"a name that a terminal would obey", "cos\x1b[2J\n\x07\n.", "os?[2J.? at byte 0"},
      {"a long name", "c" + std::string(10000, 'x') + "\ny\n.", "xxx....y at byte 0"},
      {"a call of a value", "K\x01)R.", "REDUCE calls something other than an imported name"},
      {"a call of an array's class", "cnumpy\nndarray\n)R.", "arguments that no pickler writes"},
      {"a call of object", "c__builtin__\nobject\n)R.", "arguments that no pickler writes"},
      {"a call with no tuple", "cnumpy\ndtype\nK\x01R.", "REDUCE has no argument tuple"},
      {"a type without its name", "cnumpy\ndtype\n)R.", "arguments that no pickler writes"},
      {"an array that is another class",
       "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(tU\x01"
       "btR.",
       "no pickler writes"},
      {"an object made of a function",
       "ccopy_reg\n_reconstructor\n(cnumpy.core.multiarray\n_reconstruct\nc__builtin__\nobject\nNtR.", "no pickler writes"},
      {"BUILD of a dict", "}}b.", "BUILD sets the state of a value without state"},
      {"BUILD of a name", "cchumpy.ch\nCh\n}b.", "BUILD sets the state of a value without state"},
      {"BUILD of a set", "c__builtin__\nset\n)R}b.", "BUILD sets the state of a value without state"},
      {"BUILD with a list", "cchumpy.ch\nCh\n)\x81]b.", "BUILD sets a state that no pickler writes"},
      {"BUILD twice", "cchumpy.ch\nCh\n)\x81}b}b.", "BUILD sets the state of an object twice"}};
  for (const Refusal& refusal : refusals)
    EXPECT_THAT([&] { read(refusal.bytes); }, ThrowsError(AllOf(HasSubstr(refusal.says), HasSubstr("x.pkl"), HasSubstr("byte "))))
        << refusal.name;
}

TEST(PickleReader, RefusesOtherFiles) {
  const std::vector<Refusal> refusals = {
      {"empty", "", "byte 0"},
      {"words", "version https://", "this is not a pickle (x.pkl, byte 0)"},
      {"STOP of nothing", ".", "empty stack"},
      {"a newer protocol", "\x80\x06N.", "protocol 6"},
      {"an unknown opcode", "N\xff.", "unexpected opcode 0xff"},
      {"no MARK for a tuple", "K\x01t.", "a MARK is missing"},
      {"no MARK for items",
       "]K\x01"
       "e.",
       "a MARK is missing"},
      {"no MARK to pop",
       "K\x01"
       "1.",
       "a MARK is missing"},
      {"pop of nothing", "0.", "empty stack"},
      {"TUPLE2 of one", "K\x01\x86.", "empty stack"},
      {"a value below the MARK", "K\x01(\x85.", "empty stack"},
      {"STOP at a MARK", "K\x01(.", "empty stack"},
      {"a key without value", "}(K\x01u.", "a key has no value"},
      {"items of a number",
       "K\x01(K\x02"
       "e.",
       "a value of another kind"},
      {"items of a tuple",
       ")K\x02"
       "a.",
       "a value of another kind"},
      {"entries of a list", "]K\x01K\x02s.", "a value of another kind"},
      {"an empty memo", "h\x05.", "the memo has no entry 5"},
      {"a negative place", "g-1\n.", "the memo has no entry -1"},
      {"PUT of nothing", "q\x01.", "empty stack"},
      {"a place of 2^31", "Nr\0\0\0\x80."s, "the memo index is out of range: 2147483648"},
      {"a negative PUT", "Np-3\n.", "the memo index is out of range: -3"},
      {"digits", "I1x\n.", "`1x` is not an integer"},
      {"an integer of nothing", "I\n.", "is not an integer"},
      {"an integer beyond 64 bits", "L99999999999999999999L\n.", "is not an integer"},
      {"a long of 9 bytes", "\x8a\x09xxxxxxxxx.", "an integer of 9 bytes"},
      {"a long of 2^31 bytes", "\x8b\0\0\0\x80."s, "an integer of 2147483648 bytes"},
      {"a float", "F1.5.2\n.", "`1.5.2` is not a number"},
      {"no quotes", "Sabc\n.", "has no quotes"},
      {"one quote", "S'\n.", "has no quotes"},
      {"other quotes", "S'a\"\n.", "has no quotes"},
      {"half an escape", "S'\\x4'\n.", "without two digits"},
      {"the end of an escape", "S'\\'\n.", "in the middle of an escape"},
      {"a name that is bytes",
       "\x80\x04U\x05numpyU\x05"
       "dtype\x93.",
       "a name is not a string"},
      {"no end of the line", "I12", "byte 3"},
      {"no STOP", "\x80\x02N", "byte 3"},
      {"256 of 4 bytes", "U\xffnope.", "255 bytes are expected but 5 are left"},
      {"2^31 bytes", "T\0\0\0\x80nope."s, "2147483648 bytes are expected but 5 are left"},
      {"2^32-1 letters", "X\xff\xff\xff\xffnope."s, "4294967295 bytes are expected"},
      {"2^62 bytes", "\x8e\0\0\0\0\0\0\0\x40nope."s, "4611686018427387904 bytes are expected"},
      {"2^64-1 letters", "\x8d\xff\xff\xff\xff\xff\xff\xff\xffnope."s, "18446744073709551615 bytes are expected"},
      {"a bytearray of 2^62", "\x96\0\0\0\0\0\0\0\x40nope."s, "4611686018427387904 bytes are expected"},
      {"a frame of 2^62", "\x80\x04\x95\0\0\0\0\0\0\0\x40N."s, "a frame of 4611686018427387904 bytes, but 2 are left"}};
  for (const Refusal& refusal : refusals)
    EXPECT_THAT([&] { read(refusal.bytes); }, ThrowsError(AllOf(HasSubstr(refusal.says), HasSubstr("x.pkl"), HasSubstr("byte "))))
        << refusal.name;
}

TEST(PickleReader, NestsAsDeepAsTheFileIsLong) {
  constexpr size_t kDeep = 1000000;
  EXPECT_EQ(read(repeated("(", kDeep) + repeated("t", kDeep) + "."), "(((...)))");
  EXPECT_EQ(read(repeated("]", kDeep) + repeated("a", kDeep - 1) + "."), "[[[...]]]");
  EXPECT_EQ(read("N" + repeated("\x85", kDeep) + "."), "(((...)))");
  EXPECT_EQ(read("N" + repeated("\x94", kDeep) + "."), "None");
  EXPECT_EQ(read("N" + repeated("q\x05", kDeep) + "h\x05\x86."), "(None None)");
  EXPECT_THAT([&] { read(repeated("]", 2 * kDeep) + "."); }, ThrowsError(HasSubstr("more than 1048576 values")));
  EXPECT_THAT([&] { read("N" + repeated("\x94", 2 * kDeep) + "."); }, ThrowsError(HasSubstr("out of range: 1048576")));
  EXPECT_THAT([&] { read(repeated("(", 4 * kDeep)); }, ThrowsError(HasSubstr("truncated")));
}

TEST(PickleReader, KeepsCyclesAndSharedValues) {
  const Pickle list("]q\1h\1a.", "x.pkl");
  EXPECT_EQ(list.root().items.at(0), &list.root());
  const Pickle dict("}q\1U\1xh\1s.", "x.pkl");
  EXPECT_EQ(dict.root().find("x"), &dict.root());
  const Pickle object("cchumpy.ch\nCh\n)\x81q\1}U\1xh\1sb.", "x.pkl");
  EXPECT_EQ(object.root().state->find("x"), &object.root());
  // Each tuple holds the previous one twice: 2^10000 leaves if expanded.
  EXPECT_EQ(read("N" + repeated("2\x86", 10000) + "."), "(((... ...) (... ...)) ((... ...) (... ...)))");
}

// Expects a successful read or an Error with a byte position.
void expect_read_or_refused(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("x.pkl"), HasSubstr("byte ")));
  }
}

TEST(PickleReader, NamesTheByteForEveryTruncation) {
  using namespace pickle_parts;
  const torch::Tensor small = torch::arange(6, torch::kFloat64).view({2, 3});
  const std::string bytes = pickle(dict({{"a", array(small)},
                                         {"b", sparse(small)},
                                         {"c", selected(chumpy(array(small)), torch::arange(6), tuple({integer(6)}))}})) +
                            "(dp1\nS'a'\np2\nF0.5\nsVb\nL12L\ns.";
  const size_t first_end = pickle("").size() + bytes.find("(dp1") - 3;
  for (size_t length = 0; length < first_end; ++length)
    EXPECT_THAT([&] { read(bytes.substr(0, length)); }, ThrowsError(AllOf(HasSubstr("x.pkl"), HasSubstr("byte ")))) << length;
}

TEST(PickleReader, ReadsOrRefusesAnyBytes) {
  Random random(Seed{2026});
  const std::string opcodes =
      "(.012FIJKLMNPQRSTUVXabcd}eghijl]opqrst)"
      "uGBC\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94"
      "\x95\x96\x97\x98\n\n\n\1\2\3'"s;
  const std::vector<std::string> pieces = {
      "cnumpy\ndtype\n", "cchumpy.ch\nCh\n", "c__builtin__\nset\n", "U\2f8", ")\x81", "}b", "h\1", "q\1"};
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = i % 2 ? "\x80\2}" : "(";
    const int64_t length = random.integer(40);
    for (int64_t k = 0; k < length; ++k)
      bytes += random.chance(0.2)
                   ? pieces[static_cast<size_t>(random.integer(static_cast<int64_t>(pieces.size())))]
                   : std::string(1, opcodes[static_cast<size_t>(random.integer(static_cast<int64_t>(opcodes.size())))]);
    expect_read_or_refused(bytes + ".");
  }
}

}  // namespace
}  // namespace interprior
