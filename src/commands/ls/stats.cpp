#include "commands/ls/stats.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/tensor_statistics.hpp"
#include "cli/progress_line.hpp"
#include "commands/shared/number_text.hpp"

namespace ckpt::commands {

namespace {

using tensor::RealNumber;
using tensor::Statistics;

/// Integers are printed in full.
std::string cell_of(const std::optional<RealNumber>& number) {
  if (!number) return "-";
  if (const auto* truth = std::get_if<bool>(&*number)) return *truth ? "True" : "False";
  if (const auto* real = std::get_if<double>(&*number)) return short_number(*real);
  if (const auto* integer = std::get_if<std::int64_t>(&*number)) return concat(*integer);
  return concat(std::get<std::uint64_t>(*number));
}

std::string cell_of(const std::optional<double>& number) {
  return number ? short_number(*number) : "-";
}

/// "0", "3 (25 %)"
std::string zeros_cell(const Statistics& statistics) {
  if (statistics.zero_count == 0) return "0";
  return concat(statistics.zero_count, " (",
                share_text(statistics.zero_count, statistics.element_count), ")");
}

std::uint64_t infinity_count(const Statistics& statistics) {
  return statistics.positive_infinity_count + statistics.negative_infinity_count;
}

template <class Number>
void write_optional(render::JsonWriter& json, std::string_view name,
                    const std::optional<Number>& number) {
  json.key(name);
  if (!number) return json.null();
  if constexpr (std::is_same_v<Number, RealNumber>) {
    std::visit([&](auto value) { json.value(value); }, *number);
  } else {
    json.value(*number);
  }
}

}  // namespace

void compute_listing_statistics(Listing& listing, unsigned thread_count, cli::Console& console) {
  const model::Tree& tree = listing.checkpoint.tree();
  std::vector<diff::NamedTensor> tensors;
  std::uint64_t total_bytes = 0;
  for (const TensorRow& row : listing.tensors.rows) {
    tensors.push_back({short_key_of(tree, listing.tensors.places, row), row.node});
    const model::Tensor& tensor = tree.tensor(row.node);
    if (!row.same_as && diff::has_statistics(tensor)) total_bytes += model::dense_bytes(tensor);
  }
  cli::ProgressLine progress(console, total_bytes);
  const diff::StatisticsOptions options{
      .thread_count = thread_count,
      .on_progress = [&](std::uint64_t bytes) { progress.advance(bytes); }};
  listing.statistics = within(listing.checkpoint.path.string(),
                              [&] { return compute_statistics(tree, tensors, options); });
}

std::array<std::string, statistics_columns.size()> statistics_cells(
    const std::optional<Statistics>& statistics) {
  if (!statistics) return {"-", "-", "-", "-", "-", "-", "-", "-"};
  return {cell_of(statistics->minimum),      cell_of(statistics->maximum),
          cell_of(statistics->mean),         cell_of(statistics->standard_deviation),
          short_number(statistics->l2_norm), zeros_cell(*statistics),
          concat(statistics->nan_count),     concat(infinity_count(*statistics))};
}

void write_statistics(render::JsonWriter& json, const std::optional<Statistics>& statistics) {
  json.key("stats");
  if (!statistics) return json.null();
  json.begin_object();
  write_optional(json, "min", statistics->minimum);
  write_optional(json, "max", statistics->maximum);
  write_optional(json, "mean", statistics->mean);
  write_optional(json, "std", statistics->standard_deviation);
  json.member("norm", statistics->l2_norm);
  json.member("zeros", statistics->zero_count);
  json.member("nan", statistics->nan_count);
  json.member("inf", infinity_count(*statistics));
  json.end_object();
}

}  // namespace ckpt::commands
