// The members `storages` and `tensors` of the tar of the first torch.save. Each is a number, then
// that many pickles with raw bytes behind them:
//
//   storages   2 | (key, location, class) | i64 elements, bytes | (...) | ... | [views]
//   tensors    1 | (key, storage, class)  | i32 dimensions, 4 more, i64 sizes, strides, offset
#include <algorithm>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/storage_classes.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

using pickle::Kind;

class CountedPickles {
 public:
  CountedPickles(const CheckJob& job, torch::SafetyInspector& inspector, const Inside& part)
      : job_(job), inspector_(inspector), part_(part) {}

  void run() {
    const pickle::Scan number = pickle::scan(read(first_bytes));
    offset_ = number.size_bytes;
    if (number.broken || !number.graph.is(number.graph.root(), Kind::integer)) return;
    // One more pickle: the views. Unexpected data is examined as well, and ends the loop.
    for (std::int64_t i = 0; i <= number.graph.integer(number.graph.root()); ++i) {
      if (!job_.insides.may_read(first_bytes, part_.place)) return;
      const pickle::Scan next = scan_next();
      if (next.broken || !skip_bytes_behind(next.graph)) return;
    }
  }

 private:
  static constexpr std::uint64_t first_bytes = 4096;
  static constexpr std::uint64_t most_bytes = 1 << 20;

  Bytes read(std::uint64_t size_bytes) const {
    return part_.range.file->read_bytes(part_.range.offset + offset_,
                                        std::min(size_bytes, part_.range.size_bytes - offset_));
  }

  pickle::Scan scan_next() {
    Bytes bytes = read(first_bytes);
    pickle::Scan scan = pickle::scan(bytes);
    if (scan.broken && bytes.size() == first_bytes) {
      bytes = read(most_bytes);
      scan = pickle::scan(bytes);
    }
    inspector_.inspect_suspect(bytes, concat(part_.place, ": pickle at ", offset_));
    offset_ += scan.size_bytes;
    return scan;
  }

  bool skip_bytes_behind(const pickle::Graph& graph) {
    if (!graph.is(graph.root(), Kind::tuple) || graph.items(graph.root()).size() != 3) return false;
    const pickle::NodeId last = graph.items(graph.root())[2];
    if (!graph.is(last, Kind::global)) return skip_tensor();
    const pickle::Global name = graph.global(last);
    const auto storage = torch::find_storage_class(name.module, name.name);
    if (!storage) return skip_tensor();
    return skip_storage(storage->dtype ? model::row_of(*storage->dtype).size_bytes : 1);
  }

  bool skip_storage(std::uint64_t element_bytes) {
    const Bytes number = read(8);
    if (number.size() < 8) return false;
    const auto size = find_product(from_little_endian<std::uint64_t>(number.data()), element_bytes);
    return size && skip(8) && skip(*size);
  }

  bool skip_tensor() {
    const Bytes number = read(4);
    if (number.size() < 4) return false;
    return skip(8 + 16 * std::uint64_t{from_little_endian<std::uint32_t>(number.data())} + 8);
  }

  bool skip(std::uint64_t count) {
    if (count >= part_.range.size_bytes - offset_) return false;
    offset_ += count;
    return true;
  }

  const CheckJob& job_;
  torch::SafetyInspector& inspector_;
  const Inside& part_;
  std::uint64_t offset_ = 0;
};

}  // namespace

void inspect_counted_pickles(const CheckJob& job, torch::SafetyInspector& inspector,
                             const Inside& part) {
  CountedPickles(job, inspector, part).run();
}

}  // namespace ckpt::formats
