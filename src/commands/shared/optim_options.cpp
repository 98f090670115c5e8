#include "commands/shared/optim_options.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

std::string trimmed(std::string_view line) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t first = line.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return std::string(line.substr(first, line.find_last_not_of(blank) - first + 1));
}

/// Parses "self_attn: q_proj k_proj"; ": a b" is for the top module.
optim::ChildOrder parse_child_order(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos)
    throw Error(ErrorKind::usage,
                concat("--child-order: expected MODULE: CHILD CHILD..., got ", quote(text)));
  optim::ChildOrder order{.module = trimmed(text.substr(0, colon)), .children = {}};
  for (const std::string_view child : split(std::string_view(text).substr(colon + 1), ' '))
    if (!child.empty()) order.children.emplace_back(child);
  return order;
}

/// The root, or the pickled module that contains it.
model::NodeId model_node_of(const Checkpoint& checkpoint) {
  return find_module_around(checkpoint.tree(), checkpoint.root).value_or(checkpoint.root).node;
}

/// Takes from a reference file the names that its optimizer has, or else the order of its model.
void take_reference(const std::filesystem::path& path, optim::Overrides& overrides) {
  const Checkpoint reference = open_checkpoint(path, std::nullopt);
  for (const optim::Optimizer& optimizer : optim::find_optimizers(reference.tree()))
    if (!optimizer.own_names.empty() && optimizer.form == optim::Form::packed) {
      overrides.order = optimizer.own_names;
      return;
    }
  const model::NodeId model = model_node_of(reference);
  for (const optim::ModelPart& part : optim::find_model_parts(reference.tree()))
    if (part.node == model)
      for (const optim::Candidate& candidate : part.candidates)
        overrides.reference_order.push_back(candidate.name);
  if (overrides.reference_order.empty())
    throw Error(ErrorKind::usage, concat(path.string(), ": --names-from: no names in it"));
}

optim::OlderCheckpoint open_older(const std::filesystem::path& path) {
  const auto older = std::make_shared<const Checkpoint>(open_checkpoint(path, std::nullopt));
  return {
      .tree = {older, &older->tree()}, .state_dict = model_node_of(*older), .file = path.string()};
}

}  // namespace

NameList read_name_list(const std::filesystem::path& path) {
  NameList list;
  const std::string text = read_text_file(path);
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    std::string name = trimmed(line.substr(0, line.find('#')));
    if (name.empty()) continue;
    list.names.push_back(std::move(name));
    list.lines.push_back(number);
  }
  return list;
}

void declare_naming(cli::Options& options, NamingOptions& naming, ShortNames names,
                    std::string_view title) {
  options.group(title);
  options.value("--group", naming.groups,
                "members of a group of the optimizer; once for each group, first match first",
                "PATTERN");
  options.value("--frozen", naming.frozen, "parameters without id; may be repeated", "PATTERN");
  options.value(names == ShortNames::strict_only ? "--id-order" : "--order,--id-order",
                naming.order, "the parameter of each id, one name a line; - where unknown", "FILE");
  options.value("--names-from", naming.names_from,
                "a checkpoint of the same model whose names or order are known", "FILE");
  options.value("--verify", naming.verify,
                "an earlier checkpoint of the same run: names must go with how its weights moved",
                "OLDER");
  options.value("--child-order", naming.child_orders,
                "for sorted names: how a kind of module registers its children, "
                "'self_attn: q_proj k_proj v_proj o_proj'",
                "ORDER");
  options.value("--at", naming.at, "the optimizer that these are about, of several", "PATH");
  options.flag(names == ShortNames::order_only ? "--strict-names" : "--strict-names,--strict",
               naming.is_strict, "refuse names that are only assumed");
  options.group("options");
}

optim::IdentifyOptions identify_options(const NamingOptions& naming) {
  optim::IdentifyOptions options{.overrides = {.groups = naming.groups,
                                               .order = {},
                                               .frozen = naming.frozen,
                                               .reference_order = {},
                                               .child_orders = {}},
                                 .at = naming.at};
  if (naming.verify) options.older = open_older(*naming.verify);
  for (const std::string& text : naming.child_orders)
    options.overrides.child_orders.push_back(parse_child_order(text));
  if (naming.names_from) take_reference(*naming.names_from, options.overrides);
  if (naming.order) {
    NameList list = read_name_list(*naming.order);
    options.overrides.order = std::move(list.names);
    options.overrides.order_lines = std::move(list.lines);
  }
  return options;
}

void declare_treatment(cli::Options& options, TreatmentOptions& treatment, ShortNames names) {
  options.choice("--optimizer", treatment.treatment,
                 {{"carry", optim::Treatment::carry},
                  {"drop", optim::Treatment::drop},
                  {"reset", optim::Treatment::reset},
                  {"keep", optim::Treatment::keep}},
                 "what becomes of optimizer state (default: carry); averages of the weights (ema, "
                 "swa, avg, shadow, teacher) are edited like the model, with keep they stay");
  options.flag("--keep-empty-groups", treatment.keeps_empty_groups,
               "groups of the optimizer stay when their last parameter goes");
  declare_naming(options, treatment.naming, names);
}

optim::CarryOptions carry_options(const TreatmentOptions& treatment) {
  return {.treatment = treatment.treatment,
          .empty_groups =
              treatment.keeps_empty_groups ? optim::EmptyGroups::keep : optim::EmptyGroups::drop,
          .trust = treatment.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed,
          .identify = identify_options(treatment.naming)};
}

void say_remarks(const optim::CarryReport& report, cli::Console& console) {
  for (const std::string& remark : report.remarks) console.say(remark);
}

}  // namespace ckpt::commands
