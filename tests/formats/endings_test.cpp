#include "ckpt/formats/endings.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"

using ckpt::formats::format_named;
using ckpt::formats::refuse_other_ending;
using ckpt::samples::error_of;

TEST_CASE("endings that ckpt writes, and those that promise nothing, are taken") {
  for (const char* name : {"a.pt", "a.pth", "a.PT", "a.bin", "a.ckpt", "a.npy", "a.pkl", "a.th",
                           "a.pth.tar", "a", "step=100", "npz", "safetensors", ".npz.d/a", "a.zip"})
    CHECK_NOTHROW(refuse_other_ending(name));
  for (const char* name : {"a.npy", "a.NPY", "a", "a.data"})
    CHECK_NOTHROW(refuse_other_ending(name, "ckpt show", format_named("npy")));
}

TEST_CASE("an ending that promises another container is refused by its name") {
  CHECK(error_of([] { refuse_other_ending("fc.safetensors"); }) ==
        "usage: fc.safetensors: ckpt writes files of torch.save (.pt, .pth, .bin, .ckpt) and npy "
        "(.npy) "
        "only, not safetensors");
  CHECK(error_of([] { refuse_other_ending("out/"); }) ==
        "usage: out/: ckpt writes files of torch.save (.pt, .pth, .bin, .ckpt) and npy (.npy) "
        "only, not "
        "a folder of shards");
  CHECK(error_of([] { refuse_other_ending("a.CSV", "ckpt show", format_named("npy")); }) ==
        "usage: a.CSV: ckpt show writes npy (.npy) only, not CSV");
  CHECK(error_of([] { refuse_other_ending("a.pt", "ckpt show", format_named("npy")); }) ==
        "usage: a.pt: ckpt show writes npy (.npy) only, not files of torch.save");
}

TEST_CASE("an ending chooses the format of an output, and torch.save's is chosen by all others") {
  using ckpt::formats::format_of_output;
  for (const char* name : {"a.npy", "A.NPY", "a.pt.npy"})
    CHECK(format_of_output(name).name == "npy");
  for (const char* name : {"a.pt", "a.bin", "a", "step=100", "npy", "a.npy.bak"})
    CHECK(format_of_output(name).name == "torch-zip");
}
