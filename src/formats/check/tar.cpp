// Examines a tar: every member that some program might extract, with every length that some program
// might believe.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "formats/check/parts.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t searched_bytes = std::uint64_t{1} << 26;
constexpr std::size_t most_members = 200'000;

void inspect_member(const CheckJob& job, torch::SafetyInspector& inspector, const Layer& layer,
                    const TarMember& member) {
  const Inside part{.range = {layer.file, member.payload_offset, member.size_bytes},
                    .place = layer.place_of(member.name),
                    .depth = layer.depth};
  if (member.is_sparse)
    job.insides.add_trick(part.place, member.payload_offset, "has holes, and is not looked into");
  const Bytes start = read_start_of(part.range);
  const bool is_compressed = add_compressed(job, part, start);
  if (add_archive(job, part, start) || add_hidden_zip(job, part))
    return;  // it is examined as a pickle there too
  const bool is_counted = member.name == "storages" || member.name == "tensors";
  if (!is_compressed) note_unread(job.checked, part.place, start);
  inspect_pickles(job, inspector, part, start,
                  is_counted ? torch::Behind::other_bytes : torch::Behind::pickles);
  inspect_counted_pickles(job, inspector, part);
}

}  // namespace

void inspect_tar(const CheckJob& job, const Layer& layer) {
  if (!job.insides.may_read(std::min(layer.file->size_bytes(), searched_bytes), layer.place))
    return;
  torch::SafetyInspector inspector(torch::Dialect::python, job.insides.most_objects());
  for (const TarMember& member :
       find_tar_members(*layer.file, {.most_bytes = searched_bytes, .most_members = most_members}))
    if (member.size_bytes > 0) inspect_member(job, inspector, layer, member);
  append_safety(job.checked.safety, inspector.result());
}

}  // namespace ckpt::formats
