// Kinds with a signature, and what is neither a zip nor a pickle. Compressed samples were made by
// the tools of that name.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "sniff_samples.hpp"

namespace {

using ckpt::formats::FileKind;
using ckpt::formats::Sniffed;
using ckpt::test::from_hex;
using ckpt::test::number_bytes;
using ckpt::test::sniff_bytes;

struct Sample {
  std::string bytes;
  FileKind kind = FileKind::unknown;
  std::string description;
  std::string hint = {};
};

void check(const Sample& sample) {
  const Sniffed sniffed = sniff_bytes(sample.bytes);
  CAPTURE(sample.description);
  CHECK(sniffed.kind == sample.kind);
  CHECK(sniffed.description == sample.description);
  CHECK(sniffed.hint == sample.hint);
}

std::string safetensors(std::string_view header, std::string_view tensors = "") {
  return number_bytes(header.size(), 8) + std::string(header) + std::string(tensors);
}

/// One member of a tar archive, its header and its padded payload.
std::string tar_member(const std::string& name, const std::string& payload) {
  std::string header = name + std::string(124 - name.size(), '\0');
  std::string octal;
  for (std::size_t number = payload.size(), i = 0; i < 11; ++i, number /= 8)
    octal.insert(0, 1, static_cast<char>('0' + number % 8));
  header += octal + '\0' + std::string(12, '\0') + std::string(8, ' ') + '0';
  header.resize(512, '\0');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  for (std::size_t i = 6; i-- > 0; sum /= 8) header[148 + i] = static_cast<char>('0' + sum % 8);
  header[154] = '\0';
  std::string padded = payload;
  padded.resize((payload.size() + 511) / 512 * 512, '\0');
  return header + padded;
}

}  // namespace

TEST_CASE("an empty file is said to be empty") {
  check({"", FileKind::empty, "empty", "fetch it again, or save it again"});
}

TEST_CASE("zeros are counted when all were seen, and else only reported where they were seen") {
  const std::string hint = "its space was reserved, but it was never filled: fetch it again";
  check({std::string(1234, '\0'), FileKind::zeros, "1,234 bytes of zeros", hint});
  check({std::string(1234567, '\0'), FileKind::zeros,
         "1,234,567 bytes, zeros at the start and at the end", hint});
  check({std::string(10000, '\0') + "x", FileKind::unknown,
         "of no known kind; it starts with bytes 0x0000000000000000"});
}

TEST_CASE("compressed files are named by what unpacks them") {
  for (const Sample& sample : {
           Sample{from_hex("1f8b08000000000000034bce484dce2ec8cfcc2b0100bef7000f0a000000"),
                  FileKind::gzip, "compressed with gzip", "gunzip it first"},
           Sample{from_hex("7801cb482ccacd492d2e06000ef40360"), FileKind::zlib,
                  "compressed with zlib", "unpack it first (pigz -dz)"},
           Sample{from_hex("28b52ffd0458510000636865636b706f696e748fdae831"), FileKind::zstd,
                  "compressed with zstd", "unzstd it first"},
           Sample{from_hex("fd377a585a000004e6d6b4460200210116000000742fe5a3"), FileKind::xz,
                  "compressed with xz", "unxz it first"},
           Sample{from_hex("5d00008000ffffffffffffffff00344c8e"), FileKind::xz,
                  "compressed with lzma", "unlzma it first"},
           Sample{from_hex("425a6839314159265359206e967000000001800a69c4002000"), FileKind::bzip2,
                  "compressed with bzip2", "bunzip2 it first"},
           Sample{from_hex("04224d186440a70a000080636865636b706f696e74"), FileKind::lz4,
                  "compressed with lz4", "unlz4 it first"},
           Sample{from_hex("377abcaf271c0004"), FileKind::seven_zip, "a 7-Zip archive",
                  "unpack it first (7z x)"},
           Sample{from_hex("526172211a070100"), FileKind::rar, "a RAR archive",
                  "unpack it first (unrar x)"},
       })
    check(sample);
}

TEST_CASE("formats of other programs are named") {
  const std::string deployed =
      "it was made from a checkpoint to run on devices; ckpt reads the checkpoint";
  for (const Sample& sample : {
           Sample{from_hex("18000000") + "PTMF" + from_hex("0000"), FileKind::mobile_flatbuffer,
                  "a TorchScript FlatBuffer for mobile (.ptl)", deployed},
           Sample{from_hex("30000000") + "ET12eh00", FileKind::executorch,
                  "an ExecuTorch program (.pte)", deployed},
           Sample{"PYTORCH1" + std::string(8, '\0'), FileKind::preview_1_0,
                  "in the format of a PyTorch 1.0 preview, which no released version reads"},
           Sample{"GGUF" + from_hex("03000000"), FileKind::gguf,
                  "a GGUF file, which ckpt does not read yet"},
           Sample{"\x89HDF\r\n\x1a\n" + std::string(8, '\0'), FileKind::hdf5,
                  "an HDF5 file (Keras, h5py), not a torch checkpoint"},
           Sample{from_hex("934e554d5059 0100 7600") + "{'descr'", FileKind::numpy,
                  "a numpy array (.npy), not a torch checkpoint"},
           Sample{from_hex("7f454c46020101"), FileKind::elf,
                  "a program or library (ELF), not a checkpoint"},
           Sample{from_hex("0807 1207") + "pytorch" + from_hex("1a05") + "2.1.0", FileKind::onnx,
                  "an ONNX model, not a torch checkpoint"},
       })
    check(sample);
}

TEST_CASE("an ONNX model has the name of its producer in letters") {
  CHECK(sniff_bytes(from_hex("0807 1202 6f6e 1a00")).kind == FileKind::onnx);
  CHECK(sniff_bytes(from_hex("0807 1202 6f00 1a00")).kind == FileKind::unknown);
  CHECK(sniff_bytes(from_hex("0807 1202 6f6e 0000")).kind == FileKind::unknown);
}

TEST_CASE("a safetensors file has a JSON header that fits into it") {
  const std::string description = "a safetensors file, which ckpt does not read yet";
  check({safetensors("{}"), FileKind::safetensors, description});
  check({safetensors("{\"a\":{}}", "1234"), FileKind::safetensors, description});
  CHECK(sniff_bytes(number_bytes(3, 8) + "{}").kind == FileKind::unknown);
  CHECK(sniff_bytes(number_bytes(std::uint64_t{1} << 63, 8) + "{}").kind == FileKind::unknown);
}

TEST_CASE("a safetensors header whose length looks like another signature is not mistaken") {
  // 80 02: a pickle of protocol 2; 1f 8b: gzip.
  for (const std::size_t header_bytes : {0x0280U, 0x0380U, 0x0480U, 0x0580U, 0x8b1fU}) {
    CAPTURE(header_bytes);
    const std::string header = "{}" + std::string(header_bytes - 2, ' ');
    CHECK(sniff_bytes(safetensors(header)).kind == FileKind::safetensors);
  }
}

TEST_CASE("a Git LFS pointer tells the size of the file it stands for") {
  const std::string start = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\n";
  check({start + "size 492018231\n", FileKind::git_lfs_pointer,
         "a Git LFS pointer; the file itself has 492,018,231 bytes", "git lfs pull"});
  check({start + "size 12\r\n", FileKind::git_lfs_pointer,
         "a Git LFS pointer; the file itself has 12 bytes", "git lfs pull"});
  for (const char* end : {"", "size\n", "size -1\n", "size 99999999999999999999999\n"})
    check({start + end, FileKind::git_lfs_pointer,
           "a Git LFS pointer; the file itself is elsewhere", "git lfs pull"});
}

TEST_CASE("web pages and documents are not checkpoints") {
  const std::string hint = "look at what it says; the address may need a login or another form";
  for (const char* page :
       {"<!DOCTYPE html><html>", "\n\t <!doctype HTML>", "<HTML lang=en>", "\xef\xbb\xbf<html>",
        "<?xml version=\"1.0\"?>\n<html xmlns=\"\">", "<!-- x -->\n<html>"})
    check({page, FileKind::html, "an HTML page, not a checkpoint: the download went wrong", hint});
  for (const char* document :
       {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "<Error><Code>NoSuchKey"})
    check({document, FileKind::xml_or_json,
           "an XML document, not a checkpoint: the download may have gone wrong", hint});
  for (const char* json : {"{\"error\": 404}", " [1, 2]", "{\n  \"weight_map\": {}\n}", "{}"})
    check({json, FileKind::xml_or_json, "a JSON text, not a checkpoint"});
}

TEST_CASE("a tar with the three members of the first torch.save is told from any other") {
  const std::string storages = tar_member("storages", std::string(700, 's'));
  const std::string sys_info = tar_member("sys_info", "i");
  const std::string tensors = tar_member("tensors", "t");
  const std::string pickle = tar_member("pickle", "p");
  const std::string end(1024, '\0');
  check({sys_info + pickle + storages + tensors + end, FileKind::torch_tar,
         "a tar of torch.save 0.1, which ckpt does not read yet",
         "if you trust it: torch.save(torch.load(FILE, weights_only=False), OUT)"});
  check({sys_info + pickle + storages + end, FileKind::tar, "a tar archive",
         "unpack it first (tar xf)"});
}

TEST_CASE("a tar whose member sizes lie is still a tar") {
  std::string huge = tar_member("storages", "");
  for (const std::size_t i : {124U, 128U, 129U, 130U, 131U, 132U, 133U, 134U, 135U}) {
    const unsigned now = static_cast<unsigned char>(huge[i]);
    huge[i] = '\xff';
    // The checksum changes by as much.
    unsigned sum = static_cast<unsigned>(std::stoul(huge.substr(148, 6), nullptr, 8)) + 0xff - now;
    for (std::size_t digit = 6; digit-- > 0; sum /= 8)
      huge[148 + digit] = static_cast<char>('0' + sum % 8);
  }
  CHECK(sniff_bytes(huge + tar_member("tensors", "")).kind == FileKind::tar);
}

TEST_CASE("what is of no known kind shows its first bytes, or its first words") {
  check({from_hex("89504e470d0a1a0a0000"), FileKind::unknown,
         "of no known kind; it starts with bytes 0x89504e470d0a1a0a"});
  check({from_hex("00ff"), FileKind::unknown, "of no known kind; it starts with bytes 0x00ff"});
  check({"404: Not Found\n", FileKind::unknown,
         "of no known kind; it starts with the text '404: Not Found'"});
  check({"[net]\nbatch=64\n", FileKind::unknown,
         "of no known kind; it starts with the text '[net]'"});
}

TEST_CASE("any start of any of these is sniffed without an error") {
  const std::string script = ckpt::test::make_zip(
      {{.name = "m/data.pkl", .payload = "x"}, {.name = "m/constants.pkl", .payload = "y"}});
  for (const std::string& whole : {script, tar_member("storages", "s"), safetensors("{\"a\":{}}"),
                                   from_hex("0807 1207") + "pytorch" + from_hex("1a05"),
                                   from_hex("8004950d000000000000008a0a6cfc9c46f9206aa850192e"),
                                   std::string("(dp0\nS'a'\np1\nI1\ns.")})
    for (std::size_t size_bytes = 0; size_bytes <= whole.size(); ++size_bytes)
      CHECK_NOTHROW(sniff_bytes(whole.substr(0, size_bytes)));
}
