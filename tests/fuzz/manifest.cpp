// Small files that options name: manifests of hashes, schemas of shapes, rules as JSON, configs.
#include "commands/hash/manifest.hpp"
#include "ckpt/match/rules.hpp"
#include "commands/diff/schema.hpp"
#include "files.hpp"

namespace ckpt::fuzz {

namespace {

void read_manifest(std::string_view text) {
  for (const commands::ManifestLine& line : commands::parse_manifest(text)) {
    const std::string printed = commands::manifest_text(line);
    must("a printed line can be read", [&] {
      const auto again = commands::parse_manifest(printed);
      require(again.size() == 1 && commands::manifest_text(again.front()) == printed,
              "a line read again prints the same");
    });
  }
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const std::string_view text = as_text(fuzz::view_of(data, size));
  fuzz::attempt([&] { fuzz::read_manifest(text); });
  fuzz::attempt([&] { match::parse_rules_json(text); });
  fuzz::attempt([&] { match::numbers_of_json(text); });
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  fuzz::attempt([&] { commands::read_schema(input.path()); });
  return 0;
}
