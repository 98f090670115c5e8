// Lists the members of a tar without missing any. tar_header.hpp defines a header.
#include <algorithm>
#include <set>

#include "formats/sniff/parts.hpp"
#include "formats/sniff/tar_header.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t piece_bytes = 1 << 20;
constexpr std::uint64_t most_pax_bytes = 1 << 16;
constexpr std::size_t most_said_sizes = 16;

class TarSearcher {
 public:
  TarSearcher(const File& file, const TarSearch& search)
      : file_(file),
        search_(search),
        searched_end_(std::min(file.size_bytes(), search.most_bytes) / tar::block_bytes *
                      tar::block_bytes) {}

  std::vector<TarMember> run() {
    search_blocks();
    extend_to_next();
    follow_sizes();
    return std::move(members_);
  }

 private:
  /// The tar starts with a header, possibly after zeros.
  void search_blocks() {
    for (std::uint64_t offset = 0; offset < searched_end_; offset += piece_bytes) {
      const Bytes piece = file_.read_bytes(offset, std::min(piece_bytes, searched_end_ - offset));
      for (std::size_t at = 0; at < piece.size(); at += tar::block_bytes) {
        const ByteView block = ByteView(piece).subspan(at, tar::block_bytes);
        if (tar::is_header(block)) take(offset + at, block);
        if (members_.empty() && !tar::is_zero_block(block)) return;
        if (is_full()) return;
      }
    }
  }

  void extend_to_next() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      TarMember& member = members_[i];
      const std::uint64_t next = i + 1 < members_.size()
                                     ? members_[i + 1].payload_offset - tar::block_bytes
                                     : searched_end_;
      member.size_bytes = std::max(member.size_bytes, next - member.payload_offset);
    }
  }

  void follow_sizes() {
    while (!further_.empty() && !is_full()) {
      const std::uint64_t offset = *further_.begin();
      further_.erase(further_.begin());
      if (file_.size_bytes() - offset < tar::block_bytes) continue;
      const Bytes header = file_.read_bytes(offset, tar::block_bytes);
      if (tar::is_header(header)) take(offset, header);
    }
  }

  void take(std::uint64_t offset, ByteView header) {
    const std::uint64_t payload_offset = offset + tar::block_bytes;
    const std::uint64_t rest = file_.size_bytes() - payload_offset;
    const std::uint64_t own_size = tar::find_member_size(header).value_or(0);
    const char type = tar::type_of(header);
    TarMember member{.name = tar::name_of(header),
                     .payload_offset = payload_offset,
                     .size_bytes = std::min(own_size, rest),
                     .is_sparse = type == 'S'};
    note_end(payload_offset, 0);  // a folder or link has no payload, whatever size it claims
    note_end(payload_offset, own_size);
    for (const std::vector<std::uint64_t>& sizes : {next_sizes_, all_sizes_})
      for (const std::uint64_t size : sizes) {
        note_end(payload_offset, size);
        if (type < '1' || type > '6')  // the payload of links and folders is never read
          member.size_bytes = std::max(member.size_bytes, std::min(size, rest));
      }
    if (std::string_view("xgXLK").find(type) != std::string_view::npos)
      read_about_next(member, type, std::min(own_size, rest));
    else if (offset >= about_next_end_)
      next_sizes_.clear();
    members_.push_back(std::move(member));
  }

  /// Long names and pax records. Python ignores what looks like a header inside them.
  void read_about_next(TarMember& member, char type, std::uint64_t size_bytes) {
    about_next_end_ = member.payload_offset + size_bytes;
    if (type == 'L' || type == 'K') return;
    const Bytes bytes =
        file_.read_bytes(member.payload_offset, std::min(size_bytes, most_pax_bytes));
    member.is_sparse = tar::says_sparse(as_text(bytes));
    std::vector<std::uint64_t>& known = type == 'g' ? all_sizes_ : next_sizes_;
    for (const std::uint64_t size : tar::find_pax_sizes(as_text(bytes)))
      if (known.size() < most_said_sizes && std::ranges::find(known, size) == known.end())
        known.push_back(size);
  }

  void note_end(std::uint64_t payload_offset, std::uint64_t size_bytes) {
    const auto end = tar::find_end(payload_offset, size_bytes);
    if (end && *end >= searched_end_ && *end < file_.size_bytes()) further_.insert(*end);
  }

  bool is_full() const { return members_.size() > search_.most_members; }

  const File& file_;
  TarSearch search_;
  std::uint64_t searched_end_;
  std::vector<TarMember> members_;
  std::vector<std::uint64_t> next_sizes_;  ///< from pax records, for the next member
  std::vector<std::uint64_t> all_sizes_;   ///< for all following members
  std::uint64_t about_next_end_ = 0;
  std::set<std::uint64_t> further_;  ///< possible headers behind the searched range
};

}  // namespace

std::vector<TarMember> find_tar_members(const File& file, const TarSearch& search) {
  return TarSearcher(file, search).run();
}

}  // namespace ckpt::formats
