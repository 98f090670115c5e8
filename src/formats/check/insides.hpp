// What lies inside of a file, archives and compressed data within each other, looked through with a
// list instead of recursion: whoever finds something that holds more adds it.
//
//   model.tar.gz            a layer by itself
//     (unfolded) a tar      1 deep
//       model.mar, a zip    2 deep
//         model.pth, a zip  3 deep, and no deeper
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
  deflated     ///< as a record of a zip
};

/// Something to be looked into.
struct Inside {
  FileRange range = {};  ///< of the layer that it lies in
  Packing packing = Packing::none;
  std::string place = {};
  int depth = 0;
};

/// A file, or what lies in one, as if it were a file by itself.
struct Layer {
  std::shared_ptr<const File> file;
  std::string place = {};  ///< "" of the file itself, else "model.tar: model.pth"
  int depth = 0;

  /// "data.pkl", or "model.pth: data.pkl"
  std::string place_of(std::string_view record) const;
  /// All of it, which is called `name`.
  Inside whole(std::string name) const;
};

/// The end record of a zip, and the longest comment that may follow it.
inline constexpr std::uint64_t longest_zip_tail_bytes = 22 + 65535;

class Insides {
 public:
  explicit Insides(Checked& checked);

  /// Added things are looked into later. What is too deep or too much becomes a trick.
  void add(Inside inside);
  std::optional<Inside> next();
  /// Throws Error{limit} when more was unfolded than such a file may cost.
  Layer open(const Inside& inside);

  /// Whether another `bytes` may be read, or unpickled from what lies inside, on behalf of `place`;
  /// the first time that they may not becomes a trick.
  bool may_read(std::uint64_t bytes, const std::string& place);
  bool may_scan(std::uint64_t bytes, const std::string& place);
  /// How much to look at of the end of something that long: of a million pictures not 64 KiB each.
  std::uint64_t take_tail_bytes(std::uint64_t size_bytes);
  void add_trick(const std::string& place, std::uint64_t offset, std::string what);
  /// Data compressed in a way that is not looked into.
  void note_unseen(const std::string& place, std::string_view compression);
  const std::vector<std::string>& unseen() const { return unseen_; }
  /// How many objects a pickle may make of so small a file.
  std::size_t most_objects() const { return most_objects_; }

 private:
  std::shared_ptr<const File> open_file(const Inside& inside);
  bool may_spend(std::uint64_t& left, std::uint64_t bytes, const std::string& place);

  Checked& checked_;
  std::vector<Inside> found_;    ///< by the layer that is looked into now, in its order
  std::vector<Inside> pending_;  ///< the next is the last
  std::size_t seen_ = 0;
  std::uint64_t read_left_;
  std::uint64_t scan_left_;
  zip::UnfoldingBudget unfolding_;
  std::size_t most_objects_;
  std::uint64_t tails_left_;
  bool is_exhausted_ = false;
  std::vector<std::string> unseen_;  ///< names and how they are compressed
};

}  // namespace ckpt::formats
