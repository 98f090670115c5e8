#include "ckpt/render/progress.hpp"

#include <doctest/doctest.h>

using ckpt::render::progress_text;

TEST_CASE("progress tells bytes, rate and the time left") {
  CHECK(progress_text({.done_bytes = 1'200'000'000,
                       .total_bytes = 2'000'000'000,
                       .elapsed_seconds = 1.4814}) == "1.2 GB of 2.0 GB, 810 MB/s, 1 s left");
  CHECK(
      progress_text({.done_bytes = 1'000'000, .total_bytes = 101'000'000, .elapsed_seconds = 1}) ==
      "1.0 MB of 101.0 MB, 1.0 MB/s, 1 min 40 s left");
}

TEST_CASE("without a total there is no time left") {
  CHECK(progress_text({.done_bytes = 500, .elapsed_seconds = 2}) == "500 B, 250 B/s");
}

TEST_CASE("before the first byte there is no rate") {
  CHECK(progress_text({.total_bytes = 1000, .elapsed_seconds = 1}) == "0 B of 1.0 kB");
}

TEST_CASE("at the end nothing is left") {
  CHECK(progress_text({.done_bytes = 1000, .total_bytes = 1000, .elapsed_seconds = 1}) ==
        "1.0 kB of 1.0 kB, 1.0 kB/s");
}
