// Looks through archives and compressed data that are nested in each other. A worklist replaces
// recursion: code that finds nested data adds it to the list.
//
//   model.tar.gz            a layer
//     (inflated) a tar      depth 1
//       model.mar, a zip    depth 2
//         model.pth, a zip  depth 3, the limit
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/file.hpp"
#include "ckpt/formats/check.hpp"
#include "ckpt/zip/unfolded_file.hpp"

namespace ckpt::formats {

enum class Packing : std::uint8_t {
  none,
  compressed,  ///< gzip or zlib
  deflated     ///< as in a record of a zip
};

/// Something to examine later.
struct Inside {
  FileRange range = {};  ///< in the layer that contains it
  Packing packing = Packing::none;
  std::string place = {};
  int depth = 0;
};

/// A file, or nested data presented as a file.
struct Layer {
  std::shared_ptr<const File> file;
  std::string place = {};  ///< "" for the file itself, else "model.tar: model.pth"
  int depth = 0;

  /// "data.pkl", or "model.pth: data.pkl"
  std::string place_of(std::string_view record) const;
  /// The complete layer under this name.
  Inside whole(std::string name) const;
};

/// The end record of a zip and the longest comment behind it.
inline constexpr std::uint64_t longest_zip_tail_bytes = 22 + 65535;

/// The worklist of nested data, with the limits on the work.
class Insides {
 public:
  explicit Insides(Checked& checked);

  /// Adds data to be examined later. Data nested too deeply, or too much of it, is reported as a
  /// trick.
  void add(Inside inside);
  std::optional<Inside> next();
  /// Throws Error{limit} when more was inflated than a file of this size may cost.
  Layer open(const Inside& inside);

  /// Whether `bytes` more may be read (or unpickled) on behalf of `place`. The first refusal is
  /// reported as a trick.
  bool may_read(std::uint64_t bytes, const std::string& place);
  bool may_scan(std::uint64_t bytes, const std::string& place);
  /// How much of the end of data of this length to examine: 64 KiB each would be too much for an
  /// archive of a million pictures.
  std::uint64_t take_tail_bytes(std::uint64_t size_bytes);
  void add_trick(const std::string& place, std::uint64_t offset, std::string what);
  /// Records data with a compression that is not examined.
  void note_unseen(const std::string& place, std::string_view compression);
  const std::vector<std::string>& unseen() const { return unseen_; }
  /// How many objects a pickle in this file may make.
  std::size_t most_objects() const { return most_objects_; }

 private:
  std::shared_ptr<const File> open_file(const Inside& inside);
  bool may_spend(std::uint64_t& left, std::uint64_t bytes, const std::string& place);

  Checked& checked_;
  std::vector<Inside> found_;    ///< in the current layer, in order
  std::vector<Inside> pending_;  ///< the next one is last
  std::size_t seen_ = 0;
  std::uint64_t read_left_;
  std::uint64_t scan_left_;
  zip::UnfoldingBudget unfolding_;
  std::size_t most_objects_;
  std::uint64_t tails_left_;
  bool is_exhausted_ = false;
  std::vector<std::string> unseen_;  ///< names, with their compression
};

}  // namespace ckpt::formats
