#include "ckpt/zip/audit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/writer.hpp"
#include "zip/zip_samples.hpp"

using ckpt::concat;
using ckpt::zip::Audit;
using ckpt::zip::audit;

namespace {

struct Payload {
  std::string name;
  std::string bytes;
};

const std::vector<Payload> payloads{
    {"data.pkl", "a pickle"}, {"data/0", "12345678"}, {"version", "3\n"}};

/// Laid out as PyTorch does it, with payloads at multiples of 64:
///
///   0 header  64 "a pickle"  72 descriptor  88 header  192 "12345678"  200 descriptor  216
///   directory
std::string torch_style() {
  const ckpt::test::TemporaryFolder folder(ckpt::test::folder_in_memory());
  const auto path = folder.path() / "x.pt";
  ckpt::AtomicFile out(path, ckpt::Overwrite::no);
  ckpt::zip::Writer writer(out, {.top_folder = "x"});
  for (const Payload& payload : payloads)
    writer.add(payload.name, ckpt::as_bytes(std::string_view(payload.bytes)));
  writer.finish();
  out.commit();
  return ckpt::test::read_file(path);
}

Audit audit_of(const std::string& bytes) { return audit(ckpt::test::open_zip(bytes), {}); }

/// "x/data/0 192: the payload is damaged...", each on a line.
std::string damages_of(const std::string& bytes) {
  std::string text;
  for (const auto& damage : audit_of(bytes).damages)
    text += concat(damage.record, ' ', damage.offset, damage.is_payload ? " payload: " : ": ",
                   damage.what, '\n');
  return text;
}

std::string changed(std::string bytes, std::size_t offset) {
  bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 1);
  return bytes;
}

}  // namespace

TEST_CASE("a whole archive has no damage and no idle byte") {
  const Audit whole = audit_of(torch_style());
  CHECK(whole.has_torch_layout);
  CHECK(whole.damages.empty());
  CHECK(whole.unverifiable.empty());
  CHECK(whole.idle_bytes == 0);
}

TEST_CASE("a changed payload is named with both CRCs") {
  const std::string bytes = torch_style();
  REQUIRE(bytes.substr(192, 8) == "12345678");
  const std::string damaged = changed(bytes, 199);
  CHECK(damages_of(damaged) ==
        concat("x/data/0 192 payload: the payload is damaged: expected CRC-32 ",
               ckpt::hex_text(ckpt::test::zlib_crc32("12345678")), ", got ",
               ckpt::hex_text(ckpt::test::zlib_crc32("12345679")), "\n"));
}

TEST_CASE("a changed byte between payloads is named with its place and what must stand there") {
  const std::string bytes = torch_style();
  CHECK(damages_of(changed(bytes, 100)) ==
        "x/data/0 100: the local header is damaged: expected 0x0, got 0x1\n");  // its date
  CHECK(damages_of(changed(bytes, 150)) ==
        "x/data/0 150: the local header is damaged: expected 0x5a, got 0x5b\n");  // padding: 'Z'
  CHECK(damages_of(changed(bytes, 200)) ==
        "x/data/0 200: the descriptor is damaged: expected 0x50, got 0x51\n");  // 'P'
  const std::size_t date = bytes.find("PK\1\2") + 12;
  CHECK(damages_of(changed(bytes, date)) ==
        concat(" ", date, ": the directory is damaged: expected 0x0, got 0x1\n"));
}

TEST_CASE("every byte of an archive matters") {
  const std::string bytes = torch_style();
  for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
    CAPTURE(offset);
    std::size_t damages = 0;
    const std::string error =
        ckpt::samples::error_of([&] { damages = audit_of(changed(bytes, offset)).damages.size(); });
    CHECK((damages > 0 || error != "no error"));
  }
}

TEST_CASE("records that nobody names any more are idle, not damage") {
  const ckpt::test::TemporaryFolder folder(ckpt::test::folder_in_memory());
  const auto path = folder.path() / "x.pt";
  ckpt::AtomicFile out(path, ckpt::Overwrite::no);
  ckpt::zip::Writer forgotten(out,
                              {.top_folder = "x"});  // never finished, as after an edit in place
  forgotten.add("data.pkl", ckpt::as_bytes(std::string_view("an old pickle")));
  const std::uint64_t idle_bytes = out.position();
  ckpt::zip::Writer writer(out, {.top_folder = "x"});
  writer.add("data.pkl", ckpt::as_bytes(std::string_view("a new one")));
  writer.finish();
  out.commit();
  const Audit audited = audit_of(ckpt::test::read_file(path));
  CHECK(audited.has_torch_layout);
  CHECK(audited.damages.empty());
  CHECK(audited.idle_bytes == idle_bytes);
}

TEST_CASE("a payload without CRC cannot be verified unless its CRC is zero") {
  const std::string bytes = ckpt::test::make_zip(
      {{.name = "a", .payload = "x", .crc32 = 0}, {.name = "b", .payload = ""}});
  const Audit audited = audit_of(bytes);
  CHECK(std::ranges::none_of(audited.damages, &ckpt::zip::Damage::is_payload));
  CHECK(audited.unverifiable == std::vector<std::string>{"a"});
}

TEST_CASE("archives of other programs: payloads by CRC, gaps counted") {
  ckpt::test::SampleEntry stored{.name = "a", .payload = "stored"};
  const std::string text(100, 'x');
  const std::string deflated = ckpt::test::deflate(text);
  const ckpt::test::SampleEntry small{.name = "b",
                                      .payload = deflated,
                                      .method = 8,
                                      .crc32 = ckpt::test::zlib_crc32(text),
                                      .size_bytes = 100};
  const std::string bytes = ckpt::test::make_zip({stored, small});
  CHECK(damages_of(bytes).find("payload") == std::string::npos);
  CHECK_FALSE(audit_of(bytes).has_torch_layout);
  const std::size_t payload = 31;
  REQUIRE(bytes.substr(payload, 6) == "stored");
  CHECK(damages_of(changed(bytes, payload)).find("a 31 payload: the payload is damaged") !=
        std::string::npos);
}

TEST_CASE("every byte is reported to the caller once") {
  const std::string bytes = torch_style();
  std::uint64_t seen = 0;
  audit(ckpt::test::open_zip(bytes), {.on_bytes = [&](std::uint64_t count) { seen += count; }});
  CHECK(seen == bytes.size());
}
