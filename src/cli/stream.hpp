// The target of output: a file descriptor in the program, a string in tests.
#pragma once

#include <string_view>

namespace ckpt::cli {

/// Thrown when the reader of the output has gone (`ckpt ls FILE | head -1`): nobody is left to
/// tell. Not an Error, so that a loop over files does not report it as a bad file.
struct ClosedPipe {};

/// A sink for text.
class OutputStream {
 public:
  virtual ~OutputStream() = default;
  /// Throws Error{io} when the text cannot be written completely, ClosedPipe when nobody reads.
  virtual void write(std::string_view text) = 0;
  virtual bool is_terminal() const = 0;
};

class DescriptorStream final : public OutputStream {
 public:
  /// `name` is the place in messages. The caller keeps ownership of the descriptor.
  DescriptorStream(int descriptor, std::string_view name);
  void write(std::string_view text) override;
  bool is_terminal() const override { return is_terminal_; }

 private:
  int descriptor_;
  std::string_view name_;
  bool is_terminal_;
};

/// Opens descriptors 0 to 2 if the caller of the program closed them: otherwise the next file that
/// is opened would become stdout and be overwritten. Also turns SIGPIPE and SIGXFSZ (`ulimit -f`)
/// into failed writes.
void secure_standard_descriptors();

}  // namespace ckpt::cli
