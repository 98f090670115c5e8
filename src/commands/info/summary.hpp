// The numbers of `ckpt info`, computed once and printed as text or as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct SectionSummary {
  model::PlaceId place;           ///< of Summary::places
  std::string kind;               ///< "state dict", "optimizer", "pickled module"
  std::string module_class = {};  ///< of a pickled module: "torch.nn.Sequential"
  std::uint64_t tensor_count = 0;
  std::uint64_t storage_bytes = 0;
  bool is_root = false;
};

struct ValueSummary {
  std::string key;
  std::string type;
  std::string value;
};

/// The numbers that `info` prints.
struct Summary {
  std::uint64_t file_bytes = 0;
  std::uint64_t tensor_count = 0;
  std::uint64_t storage_count = 0;
  std::uint64_t storage_bytes = 0;
  std::uint64_t shared_storage_count = 0;  ///< seen from more than one place
  std::uint64_t unreached_bytes = 0;       ///< in used storages, seen by no tensor
  std::uint64_t dead_record_bytes = 0;     ///< of storage records that nothing refers to
  std::uint64_t dead_bytes = 0;            ///< between records: left by edits in place
  std::vector<std::string> other_records;  ///< of unknown purpose
  model::Places places;
  std::vector<SectionSummary> sections;
  std::vector<ValueSummary> rest;  ///< top-level entries outside of sections
};

/// `checkpoint` must be opened for editing; afterwards it is as open_for_reading() returns it.
Summary summarize(Checkpoint& checkpoint);

}  // namespace ckpt::commands
