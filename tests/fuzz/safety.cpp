// Pickles of strangers: whatever weights_only would load, names nothing that is not allowed.
#include "ckpt/torch/safety.hpp"

#include <algorithm>

#include "ckpt/pickle/unpickle.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "fuzz.hpp"

namespace ckpt::fuzz {

namespace {

constexpr std::string_view place = "data.pkl";

bool names_only_allowed(const torch::Safety& safety) {
  return std::ranges::all_of(safety.callables, [](const torch::Callable& callable) {
    return callable.is_allowed || callable.place != place;
  });
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const ByteView bytes = fuzz::view_of(data, size);
  torch::SafetyInspector inspector;
  inspector.inspect(bytes, std::string(fuzz::place));
  const torch::Safety safety = inspector.result();
  const pickle::Scan scan = pickle::scan(bytes);
  for (const pickle::Site& site : scan.sites) {
    if (site.deed != pickle::Deed::names) continue;
    fuzz::require(!safety.callables.empty(), "every name is reported");
  }
  for (const torch::Origin origin : {torch::Origin::zip, torch::Origin::legacy_stream}) {
    const torch::WeightsOnly judged = torch::judge_weights_only(scan, origin);
    fuzz::require(judged.refusal || fuzz::names_only_allowed(safety),
                  "what weights_only takes names nothing that is not allowed");
  }
  return 0;
}
