// The arguments that git gives to an external diff.
#include "commands/diff/git.hpp"

#include <doctest/doctest.h>

using ckpt::commands::find_git_call;
using Arguments = std::vector<std::string>;

namespace {

const std::string sha1(40, 'a');
const std::string sha256(64, '0');

}  // namespace

TEST_CASE("git's seven arguments are known by their hashes and modes") {
  const auto call = find_git_call({"m.pt", "/tmp/old", sha1, "100644", "m.pt", sha256, "100755"});
  REQUIRE(call);
  CHECK(call->title == "m.pt");
  CHECK(call->old_file == "/tmp/old");
  CHECK(call->new_file == "m.pt");
}

TEST_CASE("a file that is added or deleted has dots for its hash and mode") {
  CHECK(find_git_call({"m.pt", "/dev/null", ".", ".", "m.pt", sha1, "100644"}));
}

TEST_CASE("a rename gives the new path, and headers") {
  const auto call = find_git_call(
      {"a.pt", "/tmp/old", sha1, "100644", "b.pt", sha1, "100644", "b.pt", "similarity index"});
  REQUIRE(call);
  CHECK(call->title == "a.pt => b.pt");
}

TEST_CASE("two files and patterns are no call of git") {
  CHECK_FALSE(find_git_call({"a.pt", "b.pt"}));
  CHECK_FALSE(find_git_call({"a.pt", "b.pt", "p1", "p2", "p3", "p4", "p5"}));
  CHECK_FALSE(find_git_call({"a.pt", "b.pt", sha1, "100644", "c.pt", sha1, "1006"}));
}
