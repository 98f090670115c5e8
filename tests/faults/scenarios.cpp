#include "faults/scenarios.hpp"

#include <algorithm>
#include <cstdint>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/writer.hpp"
#include "commands/files.hpp"

namespace ckpt::faults {

namespace {

constexpr std::string_view rule_text =
    "first -> front.{a,b} | split(0)\n"
    "second -> second.turned | t | cast(f16)\n";

/// {"first": Tensor, "second": Tensor} of float32, 256 x 128 each: large enough for the copy inside
/// the kernel, and for more than one block of what is computed.
std::string large_pickle() {
  std::string text("\x80\x02}(");
  for (const auto& [name, storage] : {std::pair{"first", '0'}, std::pair{"second", '1'}}) {
    const std::string_view size("\x00\x80\x00\x00", 4);
    text += concat('X', static_cast<char>(std::string_view(name).size()),
                   std::string_view("\0\0\0", 3), name, "ctorch._utils\n_rebuild_tensor_v2\n((",
                   std::string_view("X\7\0\0\0storage", 12), "ctorch\nFloatStorage\n",
                   std::string_view("X\1\0\0\0", 5), storage, std::string_view("X\3\0\0\0cpu", 8),
                   'J', size, "tQ", std::string_view("K\0M\0\1K\x80\x86K\x80K\1\x86", 13),
                   "\x89"
                   "ccollections\nOrderedDict\n)RtR");
  }
  return text + "u.";
}

std::string large_payload(unsigned char seed) {
  std::string bytes(std::size_t{256} * 128 * 4, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>((i * 31 + seed) >> (i % 4 == 3 ? 7 : 2) & 0x3f);
  return bytes;
}

std::string make_large_checkpoint() {
  const files::Folder folder;
  AtomicFile out(folder / "large.pt", Overwrite::no);
  zip::Writer writer(out, {.top_folder = "large"});
  writer.add("data.pkl", as_bytes(large_pickle()));
  writer.add("byteorder", as_bytes(std::string_view("little")));
  writer.add("data/0", as_bytes(large_payload(1)));
  writer.add("data/1", as_bytes(large_payload(2)));
  writer.add("version", as_bytes(std::string_view("3\n")));
  writer.finish();
  out.commit();
  return files::read(folder / "large.pt");
}

std::string cut(const std::string& bytes) { return bytes.substr(0, bytes.size() * 3 / 5); }

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> list{
      {"filter", {"filter", "large.pt", "-o", "out.pt", "--drop", "second"}, {"large.pt"}},
      {.name = "filter --force",
       .words = {"filter", "training.pt", "-f", "-o", "out.pt", "--sections", "model"},
       .inputs = {"training.pt"},
       .old_output = "out.pt"},
      {.name = "filter --force, no O_TMPFILE",
       .words = {"filter", "large.pt", "-f", "-o", "out.pt", "--drop", "second"},
       .inputs = {"large.pt"},
       .old_output = "out.pt",
       .nameless = NamelessFiles::no},
      {"filter --plain", {"filter", "namespace.pt", "-o", "out.pt", "--plain"}, {"namespace.pt"}},
      {"filter --in-place",
       {"filter", "training.pt", "--in-place", "--sections", "model"},
       {"training.pt"}},
      {"remap", {"remap", "wrapped.pt", "-o", "out.pt", "--strip-wrappers"}, {"wrapped.pt"}},
      {"remap --rules",
       {"remap", "large.pt", "-o", "out.pt", "--rules", "names.remap"},
       {"large.pt", "names.remap"}},
      {"remap --in-place",
       {"remap", "wrapped.pt", "--in-place", "--strip-wrappers"},
       {"wrapped.pt"}},
      {.name = "remap --in-place, no O_TMPFILE",
       .words = {"remap", "large.pt", "--in-place", "--add-prefix", "net."},
       .inputs = {"large.pt"},
       .nameless = NamelessFiles::no},
      {"copy",
       {"copy", "wrapped.pt", "batchnorm.pt", "--strip-wrappers", "-o", "out.pt"},
       {"wrapped.pt", "batchnorm.pt"}},
      {"set", {"set", "training.pt", "-o", "out.pt", "epoch=9"}, {"training.pt"}},
      {"set --in-place", {"set", "training.pt", "--in-place", "epoch=9"}, {"training.pt"}},
      {"optim names", {"optim", "names", "training.pt", "-o", "out.pt"}, {"training.pt"}},
      {"optim drop", {"optim", "drop", "training.pt", "-o", "out.pt"}, {"training.pt"}},
      {"optim reset --in-place", {"optim", "reset", "training.pt", "--in-place"}, {"training.pt"}},
      {"optim merge",
       {"optim", "merge", "a.=training.pt", "b.=training.pt", "-o", "out.pt"},
       {"training.pt"}},
      {"optim merge --average",
       {"optim", "merge", "--average", "training.pt", "training.pt", "-o", "out.pt"},
       {"training.pt"}},
      {"compact", {"compact", "views.pt", "-o", "out.pt"}, {"views.pt"}},
      {.name = "check --salvage",
       .words = {"check", "cut.pt", "--salvage", "out.pt", "--fill-from", "training.pt"},
       .inputs = {"cut.pt", "training.pt"}},
      {.name = "check --junit",
       .words = {"check", "plain.pt", "--junit", "out.xml"},
       .inputs = {"plain.pt"},
       .report = "out.xml"},
      {"show -o", {"show", "large.pt", "first", "-o", "out.npy"}, {"large.pt"}},
      {.name = "show -o --force, no O_TMPFILE",
       .words = {"show", "large.pt", "first", "-f", "-o", "out.npy"},
       .inputs = {"large.pt"},
       .old_output = "out.npy",
       .nameless = NamelessFiles::no},
      {.name = "diff --schema --update",
       .words = {"diff", "plain.pt", "--schema", "out.json", "--update"},
       .inputs = {"plain.pt"},
       .old_output = "out.json"},
      {"match --rules",
       {"match", "wrapped.pt", "batchnorm.pt", "--rules", "out.remap"},
       {"wrapped.pt", "batchnorm.pt"}},
      {.name = "recover",
       .words = {"recover", "training.pt"},
       .inputs = {"training.pt"},
       .killed_before = {"set", "training.pt", "--in-place", "epoch=9"}},
      {.name = "ls after a kill",
       .words = {"ls", "training.pt"},
       .inputs = {"training.pt"},
       .killed_before = {"set", "training.pt", "--in-place", "epoch=9"}},
      {"info", {"info", "training.pt"}, {"training.pt"}},
      {"ls --long", {"ls", "large.pt", "--long"}, {"large.pt"}},
      {.name = "diff",
       .words = {"diff", "wrapped.pt", "batchnorm.pt", "--strip-wrappers", "-j", "2"},
       .inputs = {"wrapped.pt", "batchnorm.pt"},
       .exit_code = 1},
      {"hash -j 2", {"hash", "--per-tensor", "-j", "2", "large.pt"}, {"large.pt"}},
      {"check --crc",
       {"check", "--crc", "--finite", "-j", "2", "large.pt", "plain.pt"},
       {"large.pt", "plain.pt"}},
  };
  return list;
}

Files input_files(const Scenario& scenario, const std::filesystem::path& testdata) {
  const std::filesystem::path folder = testdata / "torch-2.13";
  Files inputs;
  for (const std::string& name : scenario.inputs) {
    if (name == "large.pt")
      inputs[name] = make_large_checkpoint();
    else if (name == "names.remap")
      inputs[name] = rule_text;
    else if (name == "cut.pt")
      inputs[name] = cut(files::read(folder / "training.pt"));
    else
      inputs[name] = files::read(folder / name);
  }
  if (!scenario.old_output.empty()) inputs[scenario.old_output] = files::read(folder / "plain.pt");
  return inputs;
}

}  // namespace ckpt::faults
