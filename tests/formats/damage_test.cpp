// Small checkpoints cut at every length and with bits flipped: opening, walking and saving them is
// an Error or works, and what works is either unharmed or cannot be told from a file that is.
#include <doctest/doctest.h>

#include <string>

#include "base/error_text.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/zip/archive.hpp"
#include "zip/zip_samples.hpp"

namespace {

namespace fs = std::filesystem;
using ckpt::formats::Document;

/// Small, with the records of their generation: 1.13 wrote neither byteorder nor .format_version.
constexpr const char* samples[] = {"torch-1.13/tied.pt", "torch-2.13/tied.pt"};

std::string sample(const char* name) {
  return ckpt::test::read_file(fs::path(CKPT_TESTDATA_DIR) / name);
}

/// Every path with what lies there, as a text.
std::string listing_of(const ckpt::model::Tree& tree) {
  std::string out;
  ckpt::model::Walk walk(tree, tree.root());
  while (walk.next()) {
    out += path_text(tree, walk.path());
    if (tree.is(walk.node(), ckpt::model::Kind::tensor)) {
      const ckpt::model::Tensor& tensor = tree.tensor(walk.node());
      out +=
          ckpt::concat(' ', row_of(tensor.dtype).name, ' ', ckpt::shape_text(tensor.layout.shape),
                       ' ', static_cast<unsigned>(tensor.storage));
    }
    out += '\n';
  }
  return out;
}

/// Opens, lists and saves `bytes`; the listing, or "" for an Error.
class Trial {
 public:
  std::string run(const std::string& bytes) {
    ckpt::test::write_file(input_, bytes);
    std::string listing;
    error_ = ckpt::samples::error_of([&] {
      const Document document = ckpt::formats::open_document(input_);
      listing = listing_of(document.tree);
      ckpt::formats::save_document(document, output_, {.overwrite = ckpt::Overwrite::yes});
    });
    return error_ == "no error" ? listing : "";
  }
  const std::string& error() const { return error_; }

 private:
  ckpt::test::TemporaryFolder folder_{ckpt::test::folder_in_memory()};
  fs::path input_ = folder_.path() / "in.pt";
  fs::path output_ = folder_.path() / "out.pt";
  std::string error_;
};

std::string with_flipped(std::string bytes, std::size_t bit) {
  bytes[bit / 8] =
      static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
  return bytes;
}

}  // namespace

TEST_CASE("a checkpoint cut at any length is refused with the file's name") {
  Trial trial;
  for (const char* name : samples) {
    const std::string whole = sample(name);
    CHECK(trial.run(whole) != "");
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      CHECK(trial.run(whole.substr(0, length)) == "");
      CHECK(trial.error().find("in.pt: ") != std::string::npos);
    }
  }
}

TEST_CASE("a flipped bit of the pickle is found by its CRC") {
  Trial trial;
  for (const char* name : samples) {
    const std::string whole = sample(name);
    const ckpt::zip::Archive archive = ckpt::test::open_zip(whole);
    for (const auto& entry : archive.entries()) {
      if (!entry.name.ends_with("/data.pkl")) continue;
      const ckpt::FileRange pickle = archive.payload(entry);
      for (std::size_t bit = 8 * pickle.offset; bit < 8 * (pickle.offset + pickle.size_bytes);
           ++bit) {
        CHECK(trial.run(with_flipped(whole, bit)) == "");
        CHECK(trial.error().find("data.pkl': is damaged: expected CRC-32") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a flipped bit of the zip directory is an error or leaves the tensors what they were") {
  Trial trial;
  for (const char* name : samples) {
    const std::string whole = sample(name);
    const std::string unharmed = trial.run(whole);
    for (std::size_t bit = 8 * whole.find("PK\1\2"); bit < 8 * whole.size(); ++bit) {
      CAPTURE(bit);
      const std::string listing = trial.run(with_flipped(whole, bit));
      if (!listing.empty()) CHECK(listing == unharmed);
    }
  }
}
