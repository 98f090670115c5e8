// Checks pickles outside of a zip: what they would do and, for the legacy stream of torch.save,
// whether all storages are there.
//
//   legacy   magic | protocol | system | object | [key, ...] | (i64 elements, bytes) per key
#include <algorithm>
#include <map>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/unpickle.hpp"
#include "ckpt/torch/read_tree.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

/// No honest pickle is larger than this, because it contains no tensor bytes.
constexpr std::uint64_t most_pickle_bytes = std::uint64_t{1} << 30;

/// Excludes the storages behind the pickles.
Bytes read_start(const CheckJob& job) {
  const auto read_first = [&](std::uint64_t most_bytes) {
    return job.file->read_bytes(0, std::min(job.checked.file_bytes, most_bytes));
  };
  return read_pickles(job.insides, most_pickle_bytes, read_first).bytes;
}

/// Computes how many bytes the storages of a legacy stream take after its pickles.
class LegacyStream {
 public:
  explicit LegacyStream(ByteView bytes) : bytes_(bytes) {}

  /// Reads the five pickles. Throws Error{malformed}.
  void read() {
    for (const std::string_view part : {"magic number", "protocol", "system", "object", "keys"}) {
      pickle::Unpickled next =
          within(part, [&] { return pickle::unpickle(bytes_.subspan(position_)); });
      position_ += next.size_bytes;
      if (part == "object") tree_ = read_object(next.graph);
      if (part == "keys") read_keys(next.graph);
    }
  }

  const model::Tree& tree() const { return tree_; }

  /// The offset at which the storages end in a complete file.
  std::uint64_t end_offset() const {
    std::uint64_t end = position_;
    for (const std::string& key : keys_) {
      const auto size = sizes_.find(key);
      end = checked_add<std::uint64_t>(end, 8, "size of the file");
      if (size != sizes_.end()) end = checked_add(end, size->second, "size of the file");
    }
    return end;
  }

 private:
  class SizeOnly : public model::Blob {
   public:
    explicit SizeOnly(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}
    std::uint64_t size_bytes() const override { return size_bytes_; }
    std::unique_ptr<model::BlobStream> open(std::uint64_t) const override {
      throw Error(ErrorKind::unsupported, "storages of legacy files are not read");
    }

   private:
    std::uint64_t size_bytes_;
  };

  model::Tree read_object(const pickle::Graph& graph) {
    return within("object", [&] {
      return torch::read_tree(graph, [&](const torch::StorageRequest& request) {
        sizes_[request.key] = request.size_bytes;
        return std::make_shared<SizeOnly>(request.size_bytes);
      });
    });
  }

  void read_keys(const pickle::Graph& graph) {
    if (!graph.is(graph.root(), pickle::Kind::list))
      throw Error(ErrorKind::malformed, "keys: expected a list");
    for (const pickle::NodeId key : graph.items(graph.root()))
      if (graph.is(key, pickle::Kind::text) || graph.is(key, pickle::Kind::raw_text))
        keys_.emplace_back(graph.text(key));
  }

  ByteView bytes_;
  std::size_t position_ = 0;
  model::Tree tree_;
  std::map<std::string, std::uint64_t> sizes_;
  std::vector<std::string> keys_;
};

void compare_length(const CheckJob& job, const LegacyStream& stream) {
  const std::uint64_t expected = stream.end_offset();
  const std::uint64_t got = job.checked.file_bytes;
  if (got < expected)
    add_problem(job.checked, Verdict::truncated,
                {.what = concat(expected - got, " of ", expected, " bytes are missing")});
  else if (got > expected)
    job.checked.remarks.push_back(concat(counted(got - expected, "byte"), " follow its storages"));
}

void note_devices(Checked& checked, const model::Tree& tree) {
  for (const model::Storage& storage : tree.storages()) {
    const std::string& location = storage.location;
    if (location == "cpu" || location == "meta") continue;
    if (std::ranges::find(checked.loading.devices, location) == checked.loading.devices.end())
      checked.loading.devices.push_back(location);
  }
}

/// The unpickler of weights_only reads all five pickles.
void judge_legacy_loading(Checked& checked, ByteView bytes) {
  checked.loading.is_known = true;
  checked.loading.mmap_refusal = "a stream of torch.save before 1.6, not a zip";
  torch::Release since = torch::Release::v1_13;
  for (int i = 0; i < 5; ++i) {
    const pickle::Scan scan = pickle::scan(bytes);
    const torch::WeightsOnly verdict =
        torch::judge_weights_only(scan, torch::Origin::legacy_stream);
    since = std::max(since, verdict.since);
    if (verdict.refusal) checked.loading.weights_only_refusal = verdict.refusal->reason;
    if (verdict.refusal || scan.broken) break;
    bytes = bytes.subspan(scan.size_bytes);
  }
  checked.loading.since = release_name(since);
}

}  // namespace

void check_legacy(const CheckJob& job) {
  job.checked.looked_at = LookedAt::structure;
  job.checked.has_checksums = false;
  const Bytes bytes = read_start(job);
  torch::SafetyInspector inspector;
  inspector.inspect(bytes, "stream");
  job.checked.safety = inspector.result();
  judge_legacy_loading(job.checked, bytes);
  try {
    LegacyStream stream(bytes);
    stream.read();
    compare_length(job, stream);
    note_devices(job.checked, stream.tree());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    add_problem(job.checked, Verdict::damaged, {.what = error.message()});
  }
}

void check_pickle(const CheckJob& job) {
  const Bytes bytes = read_start(job);
  torch::SafetyInspector inspector;
  inspector.inspect(bytes, "stream");
  append_safety(job.checked.safety, inspector.result());
}

}  // namespace ckpt::formats
