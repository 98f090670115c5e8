// Stores the names of many leaves compactly. A name is a chain of parts, and names with a common
// beginning share it, so memory grows with the number of names, not with their length. Equal names
// have equal ids and are compared without their text.
//
//   a:b:c    top <- "a" <- ":b" <- ":c"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/arena.hpp"

namespace ckpt::diff {

enum class NameId : std::uint32_t {};
enum class TextId : std::uint32_t {};
inline constexpr TextId no_text{0xFFFFFFFF};

/// The separator in front of a part.
enum class Joint : std::uint8_t {
  none,
  colon,        ///< ":"
  colon_space,  ///< ": "
  number,       ///< " #": tells apart names that print alike
};

class Names {
 public:
  /// The empty name.
  static constexpr NameId top{0};

  Names() { names_.push_back({}); }

  /// Equal texts get equal ids.
  TextId add_text(std::string_view text);
  std::string_view text(TextId id) const { return texts_[static_cast<std::size_t>(id)]; }

  /// A part that ends in " #2" becomes two parts, as numbered names are.
  NameId add(NameId above, Joint joint, TextId part);
  NameId add(NameId above, Joint joint, std::string_view part) {
    return add(above, joint, add_text(part));
  }
  /// The name without its last part; for the top, the top.
  NameId above(NameId id) const { return at(id).above; }
  /// Of the last part; neither may be asked of the top.
  Joint joint(NameId id) const { return at(id).joint; }
  std::string_view part(NameId id) const { return text(at(id).part); }

  std::size_t size() const { return names_.size(); }
  std::size_t size_bytes(NameId id) const { return at(id).size_bytes; }
  std::string text(NameId id) const;
  /// Changes `text` from text(before) to text(id); writes only the part that differs.
  void rewrite(std::string& text, NameId before, NameId id) const;
  /// Whether text(a) < text(b), byte by byte.
  bool is_less(NameId a, NameId b) const;
  /// The length in bytes of the common suffix of text(a) and text(b).
  std::size_t common_end(NameId a, NameId b) const;

 private:
  struct Name {
    NameId above = top;
    NameId jump = top;  // an ancestor; a logarithmic number of jumps leads to the top
    std::uint32_t depth = 0;
    TextId part = no_text;
    Joint joint = Joint::none;
    std::size_t size_bytes = 0;
  };
  class Reader;

  const Name& at(NameId id) const { return names_[static_cast<std::size_t>(id)]; }
  NameId add_one(NameId above, Joint joint, TextId part);
  NameId push(NameId above, Joint joint, TextId part);
  NameId ancestor(NameId id, std::size_t depth) const;
  NameId common(NameId a, NameId b) const;
  void append_below(std::string& text, NameId above, NameId id) const;

  TextArena arena_;
  std::vector<std::string_view> texts_;
  std::vector<Name> names_;
  std::vector<std::uint32_t> text_table_;  // ids by hash, with linear probing
  std::vector<std::uint32_t> name_table_;
};

}  // namespace ckpt::diff
