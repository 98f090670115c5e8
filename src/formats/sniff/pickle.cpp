// Recognises pickles outside of a zip: the stream of torch.save before 1.6, which starts with the
// pickle of a magic number, and any other pickle.
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/safety.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t protocol_bytes = 2;

/// The protocol that the pickle names, 2 to 5; nothing without one.
std::optional<int> find_protocol(std::string_view text) {
  if (text.size() < protocol_bytes || text[0] != '\x80') return std::nullopt;
  if (text[1] < 2 || text[1] > 5) return std::nullopt;
  return text[1];
}

}  // namespace

std::optional<Sniffed> find_torch_legacy(const FileStart& start) {
  // torch.load compares the number, which a pickle can spell in many ways.
  if (!torch::is_legacy_magic(pickle::scan(start.bytes))) return std::nullopt;
  return Sniffed{FileKind::torch_legacy,
                 "a pre-1.6 stream of torch.save, which ckpt does not read yet",
                 "torch.load and torch.save it with torch 1.6 or later"};
}

std::optional<Sniffed> find_bare_pickle(const FileStart& start) {
  const auto protocol = find_protocol(start.text());
  if (!protocol) return std::nullopt;
  return describe_bare_pickle(concat("protocol ", *protocol));
}

Sniffed describe_bare_pickle(std::string_view protocol) {
  return {FileKind::bare_pickle, concat("a bare pickle (", protocol, "), not a file of torch.save"),
          "if you trust it, load it in Python and torch.save the object"};
}

}  // namespace ckpt::formats
