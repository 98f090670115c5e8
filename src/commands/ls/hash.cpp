#include "commands/ls/hash.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/content_hash.hpp"
#include "ckpt/model/describe.hpp"
#include "cli/progress_line.hpp"
#include "commands/ls/table.hpp"

namespace ckpt::commands {

void hash_listing(Listing& listing, unsigned thread_count, cli::Console& console) {
  const model::Tree& tree = listing.checkpoint.tree();
  std::vector<model::NodeId> tensors;
  for (const TensorRow& row : listing.tensors.rows) tensors.push_back(row.node);
  const auto text_of = [&](std::size_t i) {
    return short_key_of(tree, listing.tensors.places, listing.tensors.rows[i]);
  };
  cli::ProgressLine progress(console, model::storage_bytes_below(tree, tree.root()));
  const diff::HashOptions options{
      .thread_count = thread_count,
      .on_progress = [&](std::uint64_t bytes) { progress.advance(bytes); }};
  within(listing.checkpoint.path.string(), [&] {
    for (const diff::Digest& digest : diff::hash_tensors(tree, tensors, text_of, options))
      listing.hashes.push_back(digest.text());
  });
}

void print_listing_hashes(const Listing& listing, cli::Console& console) {
  const model::Tree& tree = listing.checkpoint.tree();
  const auto print = [&](std::string_view key, std::string_view what, std::string_view content) {
    console.out(concat(render::escaped(key, console.escaping()), "  ", what, "  ",
                       render::escaped(content, console.escaping()), "\n"));
  };
  for (std::size_t i = 0; i < listing.tensors.rows.size(); ++i) {
    const TensorRow& row = listing.tensors.rows[i];
    const model::Tensor& tensor = tree.tensor(row.node);
    print(short_key_of(tree, listing.tensors.places, row),
          concat(model::row_of(tensor.dtype).short_name, ' ', shape_cell(tensor)),
          listing.hashes[i]);
  }
  for (const ValueRow& row : listing.values.rows)
    print(short_key_of(tree, listing.values.places, row), type_text(tree, row.node),
          value_text(tree, row.node));
}

}  // namespace ckpt::commands
