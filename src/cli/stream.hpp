// Where text goes: a file descriptor in the program, a string in tests.
#pragma once

#include <string_view>

namespace ckpt::cli {

/// The reader of our output has gone (`ckpt ls FILE | head -1`): there is nobody to tell and
/// nothing left to do. Not an Error, so that a loop over files does not take it for a bad file.
struct ClosedPipe {};

class OutputStream {
 public:
  virtual ~OutputStream() = default;
  /// Throws Error{io} when the text cannot be written whole, ClosedPipe when nobody reads.
  virtual void write(std::string_view text) = 0;
  virtual bool is_terminal() const = 0;
};

class DescriptorStream final : public OutputStream {
 public:
  /// `name` is the place in messages; the descriptor stays the caller's.
  DescriptorStream(int descriptor, std::string_view name);
  void write(std::string_view text) override;
  bool is_terminal() const override { return is_terminal_; }

 private:
  int descriptor_;
  std::string_view name_;
  bool is_terminal_;
};

/// Occupies descriptors 0 to 2 where the caller of the program closed them: else the next file
/// opened would become standard output and be written over. SIGPIPE and SIGXFSZ (`ulimit -f`) are
/// turned into failed writes.
void secure_standard_descriptors();

}  // namespace ckpt::cli
