// Presents compressed data as a file that can be read at any offset. Inflating works only forwards,
// so an UnfoldedFile keeps the block read last and copies of the inflate state at some offsets, and
// continues from the nearest one. Memory stays small for any length.
#pragma once

#include <cstdint>
#include <memory>

#include "ckpt/base/file.hpp"

namespace ckpt::zip {

/// The format around the deflated data.
enum class Framing : std::uint8_t {
  own,  ///< gzip (with several members) or zlib, whichever the first bytes say
  none  ///< raw deflate, as in records of a zip
};

/// How many more bytes may be inflated in total. Archives nested in each other share one budget,
/// which stops a decompression bomb.
struct UnfoldingBudget {
  std::uint64_t bytes_left = 0;
};

class UnfoldedFile : public File {
 public:
  /// Inflates `packed` once, up to its end, its first damage, or `most_bytes`. `budget` must
  /// outlive the file. Throws Error{limit}, here or in read_at(), when the budget is used up. Not
  /// thread-safe: one thread reads.
  static std::shared_ptr<const UnfoldedFile> make(const FileRange& packed, Framing framing,
                                                  std::uint64_t most_bytes,
                                                  UnfoldingBudget& budget);
  ~UnfoldedFile() override;

  /// Whether the data goes on beyond `most_bytes`.
  bool is_cut() const;
  /// Throws Error{malformed} beyond its end.
  void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  struct State;
  UnfoldedFile(const FileRange& packed, std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
