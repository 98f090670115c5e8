#include "ckpt/formats/endings.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"

using ckpt::formats::Content;
using ckpt::formats::refuse_other_ending;
using ckpt::samples::error_of;

TEST_CASE("endings that ckpt writes, and those that promise nothing, are taken") {
  for (const char* name : {"a.pt", "a.pth", "a.PT", "a.bin", "a.ckpt", "a.pkl", "a.th", "a.pth.tar",
                           "a", "step=100", "npz", "safetensors", ".npz.d/a", "a.zip"})
    CHECK_NOTHROW(refuse_other_ending(name, Content::checkpoint));
  for (const char* name : {"a.npy", "a.NPY", "a", "a.data"})
    CHECK_NOTHROW(refuse_other_ending(name, Content::one_tensor));
}

TEST_CASE("an ending that promises another container is refused by its name") {
  CHECK(error_of([] { refuse_other_ending("fc.safetensors", Content::checkpoint); }) ==
        "usage: fc.safetensors: ckpt writes files of torch.save (.pt, .pth, .bin, .ckpt) only, not "
        "safetensors");
  CHECK(error_of([] { refuse_other_ending("out/", Content::checkpoint); }) ==
        "usage: out/: ckpt writes files of torch.save (.pt, .pth, .bin, .ckpt) only, not a folder "
        "of shards");
  CHECK(error_of([] { refuse_other_ending("a.npy", Content::checkpoint); }) ==
        "usage: a.npy: ckpt writes files of torch.save (.pt, .pth, .bin, .ckpt) only, not npy");
  CHECK(error_of([] { refuse_other_ending("a.CSV", Content::one_tensor); }) ==
        "usage: a.CSV: ckpt show writes npy (.npy) only, not CSV");
  CHECK(error_of([] { refuse_other_ending("a.pt", Content::one_tensor); }) ==
        "usage: a.pt: ckpt show writes npy (.npy) only, not files of torch.save");
}
