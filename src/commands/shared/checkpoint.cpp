#include "commands/shared/checkpoint.hpp"

#include <array>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/state_dict.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

/// The names that Hugging Face's trainer, PEFT, accelerate, diffusers and others use.
constexpr std::array<std::string_view, 8> model_files{
    "pytorch_model.bin", "adapter_model.bin", "diffusion_pytorch_model.bin",
    "model.bin",         "model.pt",          "model.pth",
    "model.ckpt",        "pytorch_model.pt"};

std::filesystem::path model_in(const std::filesystem::path& folder) {
  for (const std::string_view name : model_files)
    if (std::filesystem::exists(folder / name)) return folder / name;
  std::vector<std::string> names(model_files.begin(), model_files.end());
  throw Error(ErrorKind::usage, concat("--model: no model in the folder ", folder.string()),
              concat("expected one of ", join(names, ", "), "; or name the file"));
}

}  // namespace

Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const std::optional<std::string>& root) {
  Checkpoint checkpoint{path, formats::open_document(path), {}, {}};
  checkpoint.root = within(path.string(), [&] {
    if (!root) return model::find_root(checkpoint.tree());
    return within("--root", [&] { return model::root_at(checkpoint.tree(), *root); });
  });
  return checkpoint;
}

Checkpoint open_for_reading(const std::filesystem::path& path,
                            const std::optional<std::string>& root) {
  Checkpoint checkpoint = open_checkpoint(path, root);
  within(path.string(), [&] { show_state_dicts(checkpoint); });
  return checkpoint;
}

void show_state_dicts(Checkpoint& checkpoint) {
  std::vector<model::NodeId>& modules = checkpoint.shown_modules;
  std::unordered_set<model::NodeId> known;
  for (const model::PlacedModule& module :
       model::outermost_modules(checkpoint.tree(), checkpoint.root.path).all)
    if (known.insert(module.node).second) modules.push_back(module.node);
  model::show_state_dicts(checkpoint.tree(), modules);
}

void detach_modules(Checkpoint& checkpoint) {
  within(checkpoint.path.string(), [&] {
    for (const model::NodeId module : checkpoint.shown_modules)
      model::detach_entries(checkpoint.tree(), module);
  });
}

std::string module_class_text(const model::Tree& tree, model::NodeId module) {
  const std::string text = value_text(tree, model::class_of_module(tree, module));
  constexpr std::string_view of_torch = "torch.nn.modules.";
  return text.starts_with(of_torch) ? concat("torch.nn.", text.substr(text.rfind('.') + 1)) : text;
}

Error refusal_of_module(const Checkpoint& checkpoint, model::NodeId module,
                        const std::string& path) {
  const model::Tree& tree = checkpoint.tree();
  const bool is_alone = model::outermost_modules(tree).all.size() == 1;
  return Error(ErrorKind::conflict,
               concat(path.empty() ? "" : concat(quote(path), " "), "holds a pickled module (",
                      module_class_text(tree, module), "), which cannot be edited in part"),
               concat("ckpt filter ", checkpoint.path.string(), " --state-dict",
                      is_alone ? "" : concat(" --root ", quote(path)),
                      " -o OUT writes its state dict, which can be edited"));
}

void require_names_to_edit(const Checkpoint& checkpoint) {
  if (is_module(checkpoint.tree(), checkpoint.root.node))
    throw refusal_of_module(checkpoint, checkpoint.root.node,
                            path_text(checkpoint.tree(), checkpoint.root.path));
  if (checkpoint.root.choice == model::RootChoice::none)
    throw Error(ErrorKind::conflict, "holds no state dict", "ckpt info shows what is in a file");
}

namespace {

/// The state dicts and modules of a tree as a message lists them.
std::vector<std::string> state_dicts_to_name(const model::Tree& tree) {
  constexpr std::size_t most = 100;
  const model::Sections sections = find_sections(tree);
  std::vector<std::string> texts;
  std::size_t left_out = 0;
  for (const model::Section& section : sections.all) {
    if (section.kind == model::SectionKind::optimizer) continue;
    if (texts.size() == most)
      ++left_out;
    else
      texts.push_back(section.place == model::Places::top
                          ? "the top level"
                          : sections.places.short_text(tree, section.place));
  }
  if (left_out > 0) texts.push_back(concat("and ", left_out, " more"));
  return texts;
}

}  // namespace

void require_tensors(const Checkpoint& checkpoint) {
  const model::Tree& tree = checkpoint.tree();
  const auto is_tensor = [&](model::NodeId node) { return tree.is(node, model::Kind::tensor); };
  const bool is_given = checkpoint.root.choice == model::RootChoice::given;
  if (!is_given || find_below(tree, checkpoint.root.node, is_tensor) != model::no_node) return;
  const std::vector<std::string> state_dicts = state_dicts_to_name(tree);
  throw Error(ErrorKind::conflict,
              concat(quote(path_text(tree, checkpoint.root.path)), " holds no tensors; ",
                     state_dicts.empty() ? "there is no state dict"
                                         : concat("state dicts are: ", join(state_dicts, ", "))));
}

std::filesystem::path model_file(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) ? model_in(path) : path;
}

Checkpoint open_model(const std::filesystem::path& path, const std::optional<std::string>& root) {
  return open_for_reading(model_file(path), root);
}

}  // namespace ckpt::commands
