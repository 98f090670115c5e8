// The verdict on a file, every byte read: what is ok opens, and names nothing that is not allowed.
#include "ckpt/formats/check.hpp"

#include "files.hpp"
#include "listing.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  using formats::Verdict;
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  fuzz::must("every file gets a verdict", [&] {
    const formats::Checked checked =
        formats::check_file(input.path(), {.depth = formats::Depth::every_byte});
    const bool is_ok = checked.verdict == Verdict::ok;
    fuzz::require(!is_ok || checked.problems.empty(), "ok has no problems");
    fuzz::require(!is_ok || checked.safety.is_safe(), "ok is safe");
    fuzz::require(checked.verdict != Verdict::damaged || !checked.problems.empty(),
                  "damage is named");
    if (checked.document) fuzz::attempt([&] { fuzz::listing_of(*checked.document); });
    if (is_ok && checked.kind == formats::FileKind::torch_zip) formats::open_document(input.path());
  });
  return 0;
}
