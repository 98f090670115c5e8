// How libFuzzer changes an archive: mostly one record of it, after which the archive is put
// together again, so that lengths and CRC-32s fit and what lies inside is reached; else bytes,
// blindly.
#include <algorithm>
#include <cstring>
#include <random>

#include "files.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t capacity);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t capacity, unsigned int seed);

namespace ckpt::fuzz {

namespace {

std::vector<test::SampleEntry> entries_of(ByteView bytes) {
  constexpr std::uint64_t most_bytes = 1 << 16;
  std::vector<test::SampleEntry> entries;
  attempt([&] {
    const MemoryFile input(bytes);
    const zip::Archive archive(File::open(input.path()));
    for (const zip::Entry& entry : archive.entries())
      entries.push_back(
          {.name = entry.name, .payload = std::string(as_text(archive.read(entry, most_bytes)))});
  });
  return entries;
}

/// Three times out of four the object, where there is one.
test::SampleEntry& choose(std::vector<test::SampleEntry>& entries, std::minstd_rand& random) {
  const auto object = std::ranges::find_if(
      entries, [](const test::SampleEntry& entry) { return entry.name.ends_with("data.pkl"); });
  if (object != entries.end() && random() % 4 != 0) return *object;
  return entries[random() % entries.size()];
}

void mutate(std::string& bytes, std::size_t capacity) {
  const std::size_t size = bytes.size();
  bytes.resize(capacity);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, capacity));
}

/// The archive after one of its records was changed, or "".
std::string mutated_archive(ByteView bytes, std::size_t capacity, unsigned int seed) {
  std::minstd_rand random(seed);
  if (random() % 4 == 0) return "";
  std::vector<test::SampleEntry> entries = entries_of(bytes);
  if (entries.empty()) return "";
  mutate(choose(entries, random).payload, capacity);
  std::string archive = test::make_zip(entries);
  return archive.size() <= capacity ? archive : "";
}

}  // namespace

}  // namespace ckpt::fuzz

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t capacity,
                                    unsigned int seed) {
  using namespace ckpt;
  const std::string archive = fuzz::mutated_archive(fuzz::view_of(data, size), capacity, seed);
  if (archive.empty()) return LLVMFuzzerMutate(data, size, capacity);
  std::memcpy(data, archive.data(), archive.size());
  return archive.size();
}
