// Pickles: what can be read can be written, and what was written comes back as it is.
#include "ckpt/pickle/unpickle.hpp"

#include <algorithm>

#include "ckpt/pickle/pickler.hpp"
#include "ckpt/pickle/scan.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const ByteView bytes = fuzz::view_of(data, size);
  const pickle::Scan scan = pickle::scan(bytes);
  fuzz::require(scan.size_bytes <= size, "a scan ends inside the bytes");
  fuzz::attempt([&] {
    const pickle::Unpickled unpickled = pickle::unpickle(bytes);
    fuzz::require(!scan.broken && scan.size_bytes == unpickled.size_bytes,
                  "a scan goes at least as far as unpickle");
    const Bytes written = pickle::pickle(unpickled.graph);
    fuzz::must("what was written can be read", [&] {
      const pickle::Unpickled again = pickle::unpickle(written);
      fuzz::require(again.size_bytes == written.size(), "a pickle ends where its bytes end");
      fuzz::require(std::ranges::equal(pickle::pickle(again.graph), written),
                    "writing what was written changes nothing");
    });
  });
  return 0;
}
