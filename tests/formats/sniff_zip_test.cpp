// Flavours of zip. The record names of each are those that torch 2.13 and numpy wrote, and those of
// formats/pytorch.md 1.7 for older versions.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sniff_samples.hpp"

namespace {

using ckpt::formats::FileKind;
using ckpt::formats::Sniffed;
using ckpt::test::sniff_bytes;

std::string zip_of(const std::vector<std::string>& names) {
  std::vector<ckpt::test::SampleEntry> entries;
  for (const std::string& name : names) entries.push_back({.name = name, .payload = "x"});
  return ckpt::test::make_zip(entries);
}

Sniffed sniff_zip_of(const std::vector<std::string>& names) { return sniff_bytes(zip_of(names)); }

}  // namespace

TEST_CASE("what torch.save writes is a torch zip, whichever record comes first") {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"m/data.pkl", "m/data/0", "m/version"},
        {"m/version", "m/data.pkl", "m/data/94897569342944"},
        {"archive/data/0", "archive/data.pkl", "archive/version"},
        {"m/", "m/data.pkl", "m/version"}}) {
    const Sniffed sniffed = sniff_zip_of(names);
    CHECK(sniffed.kind == FileKind::torch_zip);
    CHECK(sniffed.description == "a zip of torch.save");
    CHECK(sniffed.hint == "");
  }
}

TEST_CASE("a record outside the folder leaves the message to the reader") {
  CHECK(sniff_zip_of({"__MACOSX/._m", "m/data.pkl", "m/version"}).kind == FileKind::torch_zip);
  CHECK(sniff_zip_of({"data.pkl", "version"}).kind == FileKind::torch_zip);
}

TEST_CASE("constants.pkl makes a TorchScript archive, with tensors or without") {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"s/data/0", "s/data/1", "s/data.pkl", "s/code/__torch__.py",
                                 "s/constants.pkl", "s/version", "s/byteorder",
                                 "s/.data/serialization_id"},
        {"s/data.pkl", "s/code/__torch__.py", "s/constants.pkl", "s/version"},
        {"s/extra/labels.txt", "s/data.pkl", "s/constants.pkl", "s/version"}}) {
    const Sniffed sniffed = sniff_zip_of(names);
    CHECK(sniffed.kind == FileKind::torch_script);
    CHECK(sniffed.description == "a TorchScript archive (torch.jit.save)");
    CHECK(sniffed.hint == "in Python: torch.save(torch.jit.load(FILE).state_dict(), OUT)");
  }
}

TEST_CASE("a tensor that spells constants.pkl makes no TorchScript archive") {
  const std::string zip = ckpt::test::make_zip(
      {{.name = "m/data.pkl", .payload = "x"}, {.name = "m/data/0", .payload = "constants.pkl"}});
  CHECK(sniff_bytes(zip).kind == FileKind::torch_zip);
}

TEST_CASE("TorchScript of 1.0 has a model.json") {
  const Sniffed sniffed =
      sniff_zip_of({"m/version", "m/tensors/0", "m/attributes.pkl", "m/model.json"});
  CHECK(sniffed.kind == FileKind::torch_script);
  CHECK(sniffed.description == "a TorchScript archive of torch 1.0 or 1.1");
}

TEST_CASE("an archive of torch.package is named") {
  const Sniffed sniffed =
      sniff_zip_of({"p/.data/0.storage", "p/model/model.pkl", "p/.data/extern_modules",
                    "p/.data/python_version", "p/.data/version"});
  CHECK(sniffed.kind == FileKind::torch_package);
  CHECK(sniffed.description == "an archive of torch.package");
  CHECK(sniffed.hint ==
        "in Python: load its model with torch.package.PackageImporter and torch.save its "
        "state_dict()");
}

TEST_CASE("a program of torch.export is named, in its new and its old layout") {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"e/data/weights/weight_0", "e/models/model.json",
                                 "e/data/sample_inputs/model.pt", "e/archive_format",
                                 "e/.data/version"},
        {"serialized_exported_program.json", "serialized_state_dict.pt", "version"}}) {
    const Sniffed sniffed = sniff_zip_of(names);
    CHECK(sniffed.kind == FileKind::torch_export);
    CHECK(sniffed.description == "a program of torch.export (.pt2)");
    CHECK(sniffed.hint == "in Python: torch.save(torch.export.load(FILE).state_dict, OUT)");
  }
}

TEST_CASE("a zip of nothing but .npy files is an npz") {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"arr_0.npy", "arr_1.npy"}, {"layer/w.npy"}}) {
    const Sniffed sniffed = sniff_zip_of(names);
    CHECK(sniffed.kind == FileKind::npz);
    CHECK(sniffed.description == "an archive of numpy arrays (.npz), not a torch checkpoint");
  }
}

TEST_CASE("any other zip says what it lacks") {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"readme.txt", "arr_0.npy"}, {"a/b/data.pkl"}, {"weights.pt"}}) {
    const Sniffed sniffed = sniff_zip_of(names);
    CHECK(sniffed.kind == FileKind::other_zip);
    CHECK(sniffed.description == "a zip archive without data.pkl");
    CHECK(sniffed.hint == "if there is a checkpoint in it, unzip it first");
  }
  CHECK(sniff_bytes(ckpt::test::make_zip({})).description == "an empty zip archive");
}

TEST_CASE("a zip cut at any length is a truncated zip") {
  const std::string zip = zip_of({"m/data.pkl", "m/data/0", "m/version"});
  for (std::size_t size_bytes = 4; size_bytes < zip.size(); ++size_bytes) {
    CAPTURE(size_bytes);
    const Sniffed sniffed = sniff_bytes(zip.substr(0, size_bytes));
    CHECK(sniffed.kind == FileKind::broken_zip);
    const bool has_name = size_bytes >= 40;
    CHECK(sniffed.description == "a truncated zip: the directory at its end is missing; " +
                                     std::to_string(size_bytes) + " bytes are there" +
                                     (has_name ? ", starting with record 'm/data.pkl'" : ""));
    CHECK(sniffed.hint == "fetch or copy it again, and compare the sizes");
  }
}

TEST_CASE("a large truncated zip has its bytes counted in groups") {
  const std::string zip =
      ckpt::test::make_zip({{.name = "m/data.pkl", .payload = "x"},
                            {.name = "m/data/0", .payload = std::string(1234567, 'x')}});
  CHECK(sniff_bytes(zip.substr(0, 1048576)).description ==
        "a truncated zip: the directory at its end is missing; 1,048,576 bytes are there, "
        "starting with record 'm/data.pkl'");
}

TEST_CASE("a zip followed by a comment or by other bytes is whole") {
  const std::string zip = zip_of({"m/data.pkl", "m/version"});
  CHECK(sniff_bytes(zip + std::string(65535, 'j')).kind == FileKind::torch_zip);
}

TEST_CASE("a directory that contradicts itself is quoted") {
  const std::string zip = zip_of({"m/version", "m/version"});
  const Sniffed sniffed = sniff_bytes(zip);
  CHECK(sniffed.kind == FileKind::broken_zip);
  CHECK(sniffed.description ==
        "a broken zip: zip directory: entry 'm/version' occurs more than once");
}

TEST_CASE("a zip of a kind that is not supported is not called broken") {
  const std::string zip = ckpt::test::make_zip({{.name = "secret", .payload = "x", .flags = 1}});
  const Sniffed sniffed = sniff_bytes(zip);
  CHECK(sniffed.kind == FileKind::broken_zip);
  CHECK(sniffed.description ==
        "a zip that ckpt cannot read: zip directory: entry 'secret': is encrypted");
}

TEST_CASE("damage in the directory of a torch zip is left to its reader") {
  std::string zip = zip_of({"m/data.pkl", "m/version"});
  zip[zip.find("PK\1\2")] = 'X';
  CHECK(sniff_bytes(zip).kind == FileKind::torch_zip);
}
