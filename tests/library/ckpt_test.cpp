// The library as its users include it. What files hold is what torch saved; see testdata/make.py.
#include "ckpt/ckpt.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "base/temporary_folder.hpp"
#include "ckpt/optim/numbers.hpp"
#include "ckpt/optim/optimizer.hpp"

using ckpt::Checkpoint;
using ckpt::samples::error_of;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

/// Two layers, 0 and 2, with an Adam that has a state for each of the four parameters.
const fs::path training = fs::path(CKPT_TESTDATA_DIR) / "torch-2.13" / "training.pt";

Names names_of(const Checkpoint& checkpoint) {
  Names names;
  for (const ckpt::match::Named& entry : list(checkpoint)) names.push_back(entry.name);
  return names;
}

std::vector<ckpt::optim::Slot> slots_of(const Checkpoint& checkpoint) {
  return ckpt::optim::find_optimizers(checkpoint.tree()).at(0).slots;
}

}  // namespace

TEST_CASE("a checkpoint is opened and its tensors are listed in order") {
  const Checkpoint run = ckpt::open(training);
  CHECK(names_of(run) == Names{"0.weight", "0.bias", "2.weight", "2.bias"});
  CHECK(list(run).front().tensor->layout.shape == std::vector<std::int64_t>{4, 3});
}

TEST_CASE("a filter takes optimizer states along") {
  Checkpoint run = ckpt::open(training);
  const ckpt::edit::Removal removal = ckpt::filter(run, {.drop = {"2"}});
  CHECK(names_of(run) == Names{"0.weight", "0.bias"});
  CHECK(slots_of(run).size() == 2);
  CHECK(removal.followers.dropped_entries == 2);
}

TEST_CASE("names change by maps and by functions, and the optimizer may go") {
  Checkpoint run = ckpt::open(training);
  ckpt::rename(run, {"0=>stem"}, {.treatment = ckpt::optim::Treatment::drop});
  ckpt::rename(run, [](std::string_view name) { return "net." + std::string(name); });
  CHECK(names_of(run) == Names{"net.stem.weight", "net.stem.bias", "net.2.weight", "net.2.bias"});
  CHECK(ckpt::optim::find_optimizers(run.tree()).empty());
}

TEST_CASE("what applies to nothing is refused, and nothing changes") {
  Checkpoint run = ckpt::open(training);
  CHECK(error_of([&] { ckpt::rename(run, {"head=>tail"}); }) ==
        "usage: --map head=>tail applies to no key");
  CHECK(error_of([&] { ckpt::filter(run, {.keep = {"head"}}); }) ==
        "usage: " + training.string() + ": the pattern 'head' matches nothing");
  CHECK(error_of([&] { ckpt::filter(run, {.drop = {"**"}}); }) ==
        "conflict: " + training.string() +
            ": no tensor of the state dict would be left "
            "[--drop ':model' leaves it out as a whole]");
  CHECK(names_of(run).size() == 4);
}

TEST_CASE("values are set, copied between checkpoints and saved") {
  const ckpt::test::TemporaryFolder folder;
  const fs::path changed = folder.path() / "changed.pt";
  Checkpoint run = ckpt::open(training);
  CHECK(ckpt::set(run, {"optimizer:param_groups:0:lr=0.25"}).size() == 1);
  ckpt::save(run, changed);

  Checkpoint fresh = ckpt::open(training);
  const Checkpoint saved = ckpt::open(changed);
  CHECK(ckpt::copy(saved, fresh).copied == 4);
  const auto lr =
      ckpt::model::find_path(saved.tree(), saved.tree().root(), "optimizer:param_groups:0:lr");
  CHECK(saved.tree().real(lr) == 0.25);
  CHECK(slots_of(fresh).size() == 4);
}
