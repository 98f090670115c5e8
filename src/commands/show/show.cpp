// ckpt show: prints the value at a path: a number, a text, the elements of a tensor, or the content
// of a container.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/endings.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/render/table.hpp"
#include "ckpt/tensor/npy.hpp"
#include "cli/common_options.hpp"
#include "cli/held_signals.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/tensor_rows.hpp"
#include "commands/shared/tensor_text.hpp"
#include "commands/shared/value_json.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

constexpr std::array examples_of_show{
    cli::Example{"ckpt show testdata/torch-2.13/training.pt epoch optimizer:param_groups",
                 "a counter, and the groups of the optimizer"},
    cli::Example{"ckpt show testdata/torch-2.13/plain.pt fc.weight -o weight.npy",
                 "a tensor for numpy"},
};

struct Shown {
  std::string path;
  NodeId node = model::no_node;
};

/// The entry of `dict` that ls prints as `shown`: 0 is the number, "0" the text.
NodeId find_shown(const model::Tree& tree, NodeId dict, const std::string& shown) {
  NodeId found = model::no_node;
  if (!tree.is(dict, Kind::dict)) return found;
  for (const model::Entry& entry : tree.entries(dict))
    if (key_text(tree, entry.key) == shown) found = entry.value;
  return found;
}

/// A key of the root, or else a path from the top ("" is the top); no_node when there is none.
NodeId find_value(const Checkpoint& checkpoint, const std::string& path) {
  const model::Tree& tree = checkpoint.tree();
  if (const NodeId shown = find_shown(tree, checkpoint.root.node, path); shown != model::no_node)
    return shown;
  if (const NodeId in_root = tree.find(checkpoint.root.node, path); in_root != model::no_node)
    return in_root;
  const NodeId below = path.empty() ? model::no_node : find_path(tree, checkpoint.root.node, path);
  if (below != model::no_node) return below;
  return path.empty() ? tree.root() : find_path(tree, tree.root(), path);
}

[[noreturn]] void throw_nothing_there(const Checkpoint& checkpoint, const std::string& path) {
  const model::Tree& tree = checkpoint.tree();
  const auto any = [](NodeId) { return true; };
  std::vector<std::string> paths = paths_to_suggest(tree, tree.root(), any);
  if (!checkpoint.root.path.empty())
    std::ranges::move(paths_to_suggest(tree, checkpoint.root.node, any), std::back_inserter(paths));
  throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
              did_you_mean(find_closest(path, paths)));
}

std::string container_text(const model::Tree& tree, NodeId container, render::Escaping escaping) {
  render::Table table({{"key"}, {"type"}, {"value"}});
  std::vector<model::Child> children;
  model::Walk walk(tree, container);
  while (walk.next()) {
    const bool is_tensor = tree.is(walk.node(), Kind::tensor);
    if (is_tensor) walk.skip_children();
    children.clear();
    model::append_children(tree, walk.node(), children);
    if (walk.depth() == 0 || (!is_tensor && !children.empty())) continue;
    table.add_row({path_text(tree, walk.path()), type_text(tree, walk.node()),
                   value_text(tree, walk.node())});
  }
  return to_text(table, escaping);
}

bool is_container(const model::Tree& tree, NodeId node) {
  switch (tree.kind(node)) {
    case Kind::dict:
    case Kind::list:
    case Kind::tuple:
    case Kind::set:
    case Kind::frozen_set:
    case Kind::object:
      return true;
    default:
      return false;
  }
}

void write_numbers(const std::vector<std::int64_t>& numbers, render::JsonWriter& json) {
  json.begin_array();
  for (const std::int64_t number : numbers) json.value(number);
  json.end_array();
}

class Show : public cli::Command {
 public:
  std::string_view name() const override { return "show"; }
  std::string_view summary() const override { return "values of a tensor or an entry"; }
  std::span<const cli::Example> examples() const override { return examples_of_show; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    options.positionals("PATH", paths_, cli::Count::any,
                        "keys of the state dict, or paths such as optimizer:state:0; without one "
                        "the whole file, or what --root names");
    options.output("-o,--output", output_, "write the tensor to FILE.npy", "FILE");
    options.flag("-f,--force", overwrite_, Overwrite::yes, "replace an existing output");
    options.flag("--full", elision_, Elision::never, "all elements, however many");
    cli::declare_root(options, root_);
    cli::declare_printing(options, print_);
    options.excludes("--output", "--json");
    options.check([this] {
      if (output_ && paths_.size() > 1)
        throw Error(ErrorKind::usage, concat("--output: expected one PATH, got ", paths_.size()));
      if (output_)
        formats::refuse_other_ending(*output_, "ckpt show", formats::format_named("npy"));
    });
  }

  cli::ExitCode run(cli::Console& console) override {
    const Checkpoint checkpoint = open_for_paths();
    within(file_.string(), [&] {
      std::vector<Shown> values;
      if (paths_.empty()) values.push_back({root_.value_or(""), whole(checkpoint)});
      for (const std::string& path : paths_) {
        const NodeId node = find_value(checkpoint, path);
        if (node == model::no_node) throw_nothing_there(checkpoint, path);
        values.push_back({path, node});
      }
      if (output_) return save(checkpoint.tree(), values.front());
      if (print_.is_json) return print_json(checkpoint, values, console);
      for (const Shown& shown : values) {
        if (shown.path.empty())
          print(checkpoint.tree(), shown, console);
        else
          within(shown.path, [&] { print(checkpoint.tree(), shown, console); });
      }
    });
    return cli::ExitCode::done;
  }

 private:
  /// Pickled modules are replaced by their state dicts. Values inside a module are found only when
  /// the path leads nowhere else.
  Checkpoint open_for_paths() const {
    Checkpoint shown = open_for_reading(file_, root_);
    if (shown.shown_modules.empty()) return shown;
    const auto lies_in = [](const Checkpoint& checkpoint) {
      return
          [&](const std::string& path) { return find_value(checkpoint, path) != model::no_node; };
    };
    if (std::ranges::all_of(paths_, lies_in(shown))) return shown;
    Checkpoint as_it_is = open_checkpoint(file_, root_);
    return std::ranges::all_of(paths_, lies_in(as_it_is)) ? std::move(as_it_is) : std::move(shown);
  }

  NodeId whole(const Checkpoint& checkpoint) const {
    return root_ ? checkpoint.root.node : checkpoint.tree().root();
  }

  void save(const model::Tree& tree, const Shown& shown) const {
    if (!tree.is(shown.node, Kind::tensor))
      throw Error(ErrorKind::usage, concat(shown.path.empty() ? "the top level" : quote(shown.path),
                                           " is ", type_text(tree, shown.node),
                                           ", and only a tensor can be written as .npy"));
    const cli::HeldSignals held;
    AtomicFile out(*output_, overwrite_);
    const model::Tensor& tensor = tree.tensor(shown.node);
    tensor::write_npy(out, tree.storage_of(tensor), tensor);
    out.commit();
  }

  void print(const model::Tree& tree, const Shown& shown, cli::Console& console) const {
    if (paths_.size() > 1)
      console.out(concat(render::escaped(shown.path, console.escaping()), ":\n"));
    if (tree.is(shown.node, Kind::tensor)) {
      const model::Tensor& tensor = tree.tensor(shown.node);
      console.out(concat(model::row_of(tensor.dtype).name, ' ', shape_cell(tensor), '\n'));
      const bool is_strided = tensor.form == model::TensorForm::strided;
      console.out(is_strided ? tensor_text(tree, tensor, elision_)
                             : container_text(tree, shown.node, console.escaping()));
    } else if (is_container(tree, shown.node)) {
      console.out(container_text(tree, shown.node, console.escaping()));
    } else {
      // Print a text completely, for scripts, not as the shortened line of a table.
      const bool is_text = tree.is(shown.node, Kind::text);
      const std::string text =
          is_text ? std::string(tree.text(shown.node)) : value_text(tree, shown.node);
      console.out(concat(render::escaped(text, console.escaping()), '\n'));
    }
  }

  void print_json(const Checkpoint& checkpoint, const std::vector<Shown>& values,
                  cli::Console& console) const {
    const model::Tree& tree = checkpoint.tree();
    render::JsonWriter json;
    json.begin_object();
    json.member("schema", "ckpt.show/1");
    json.member("file", file_.string());
    json.key("values");
    json.begin_array();
    for (const Shown& shown : values) {
      json.begin_object();
      json.member("path", shown.path);
      json.member("type", type_text(tree, shown.node));
      if (tree.is(shown.node, Kind::tensor)) {
        write_tensor_json(tree, tree.tensor(shown.node), json);
      } else {
        json.key("value");
        write_value_json(tree, shown.node, json);
      }
      json.end_object();
    }
    json.end_array();
    json.end_object();
    console.out(json.take_text());
  }

  static void write_tensor_json(const model::Tree& tree, const model::Tensor& tensor,
                                render::JsonWriter& json) {
    json.member("dtype", model::row_of(tensor.dtype).name);
    json.member("form", form_name(tensor.form));
    json.key("shape");
    write_numbers(tensor.layout.shape, json);
    if (tensor.form != model::TensorForm::strided) return;
    json.key("elements");
    write_elements_json(tree, tensor, json);
  }

  std::filesystem::path file_;
  std::vector<std::string> paths_;
  std::optional<std::filesystem::path> output_;
  Overwrite overwrite_ = Overwrite::no;
  Elision elision_ = Elision::long_ones;
  std::optional<std::string> root_;
  cli::PrintOptions print_;
};

}  // namespace

std::unique_ptr<cli::Command> make_show() { return std::make_unique<Show>(); }

}  // namespace ckpt::commands
