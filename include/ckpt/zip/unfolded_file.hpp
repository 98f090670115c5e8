// Compressed data that reads as the file it was made of, of any length and in any order, in
// little memory: what was read last is kept, and the state of inflating at some places, from which
// it goes on.
#pragma once

#include <cstdint>
#include <memory>

#include "ckpt/base/file.hpp"

namespace ckpt::zip {

enum class Framing : std::uint8_t {
  own,  ///< gzip, its members in a row, or zlib, whichever it begins as
  none  ///< deflated, as records of a zip are
};

/// How many bytes may still be unfolded in all; shared by what lies within each other.
struct UnfoldingBudget {
  std::uint64_t bytes_left = 0;
};

class UnfoldedFile : public File {
 public:
  /// Unfolds `packed` once, up to its end, its first damage, or `most_bytes`. `budget` outlives the
  /// file; when it is used up, here or while reading, Error{limit} is thrown. For one thread.
  static std::shared_ptr<const UnfoldedFile> make(const FileRange& packed, Framing framing,
                                                  std::uint64_t most_bytes,
                                                  UnfoldingBudget& budget);
  ~UnfoldedFile() override;

  /// Whether there is more of it than `most_bytes`.
  bool is_cut() const;
  /// Throws Error{malformed} beyond its end.
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  struct State;
  UnfoldedFile(const FileRange& packed, std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
