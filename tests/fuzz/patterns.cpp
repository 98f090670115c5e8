// Patterns, renames and paths as users write them, held against a key.
#include "ckpt/match/pattern.hpp"

#include "ckpt/match/rename.hpp"
#include "ckpt/model/key_path.hpp"
#include "key_facts.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const auto [text, key] = fuzz::parts_of(as_text(fuzz::view_of(data, size)));
  fuzz::attempt([&, &text = text, &key = key] {
    const match::Pattern pattern(text);
    pattern.matches(key);
    fuzz::require(pattern.is_exclusion() == text.starts_with('!'), "! excludes");
  });
  fuzz::attempt([&, &text = text, &key = key] {
    match::Renaming renaming({match::RenameRule::map(text), match::RenameRule::strip_wrappers()});
    fuzz::require(renaming.rename(key) == renaming.renamed(key), "both ways give one name");
  });
  fuzz::attempt([&, &text = text] {
    std::string joined;
    const auto steps = model::parse_path(text);
    fuzz::require(!steps.empty() || text.empty(), "a path has steps");
  });
  fuzz::attempt([&, &key = key] {
    const auto steps = model::parse_path(model::key_text(key));
    fuzz::require(steps.size() == 1 && steps.front().text == key, "a shown key is read as it is");
  });
  return 0;
}
