// ckpt info: shows what a file is, its sections with their sizes, and what they share.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/text.hpp"
#include "ckpt/formats/format.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/render/json.hpp"
#include "ckpt/render/size_text.hpp"
#include "ckpt/render/table.hpp"
#include "cli/common_options.hpp"
#include "commands/info/summary.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_info{
    cli::Example{"ckpt info testdata/torch-2.13/training.pt", "sections and sizes of a checkpoint"},
    cli::Example{"ckpt info --json testdata/torch-2.13/plain.pt", "the same for a script"},
};

std::string_view choice_text(model::RootChoice choice) {
  switch (choice) {
    case model::RootChoice::top:
      return "the top level is the state dict";
    case model::RootChoice::usual_name:
      return "by its name";
    case model::RootChoice::largest:
      return "the largest state dict";
    case model::RootChoice::given:
      return "given by --root";
    case model::RootChoice::none:
      return "no state dict was found";
  }
  return {};
}

/// The root if it is a pickled module; else nullptr.
const SectionSummary* find_root_module(const Summary& summary) {
  const auto found = std::ranges::find_if(summary.sections, [](const SectionSummary& section) {
    return section.is_root && !section.module_class.empty();
  });
  return found == summary.sections.end() ? nullptr : &*found;
}

std::string root_text(const Checkpoint& checkpoint, const Summary& summary) {
  const std::string path = path_text(checkpoint.tree(), checkpoint.root.path);
  if (path.empty() && checkpoint.root.choice == model::RootChoice::top && find_root_module(summary))
    return "the top level is a pickled module";
  if (path.empty()) return std::string(choice_text(checkpoint.root.choice));
  return concat(path, " (", choice_text(checkpoint.root.choice), ")");
}

std::string format_text(const formats::Origin& origin) {
  return concat(origin.format().name, ", ", origin.summary());
}

void write_facts(const formats::Origin& origin, render::JsonWriter& json) {
  json.member("format", origin.format().name);
  for (const formats::Fact& fact : origin.facts()) {
    if (fact.member.empty()) continue;
    if (fact.number)
      json.member(fact.member, *fact.number);
    else
      json.member(fact.member, fact.text);
  }
}

std::string sharing_text(const Summary& summary) {
  if (summary.shared_storage_count == 0) return "none";
  return concat(counted(summary.shared_storage_count, "storage"), " seen by more than one tensor");
}

void add_waste(const Summary& summary, render::Table& facts) {
  if (summary.unreached_bytes > 0)
    facts.add_row({"unreached", concat(render::human_bytes(summary.unreached_bytes),
                                       " of storages in use that no tensor sees")});
  if (summary.dead_record_bytes > 0)
    facts.add_row({"dead", concat(render::human_bytes(summary.dead_record_bytes),
                                  " in records that nothing refers to")});
  if (summary.dead_bytes > 0)
    facts.add_row({"dead", concat(render::human_bytes(summary.dead_bytes),
                                  " left by edits in place; ckpt compact leaves them out")});
  if (!summary.other_records.empty()) facts.add_row({"other", join(summary.other_records, ", ")});
}

std::string section_text(const model::Tree& tree, const model::Places& places,
                         model::PlaceId place) {
  return place == model::Places::top ? "(top level)" : places.short_text(tree, place);
}

void print_text(const Checkpoint& checkpoint, const Summary& summary, cli::Console& console) {
  render::Table facts({{""}, {""}});
  facts.add_row({"file", checkpoint.path.string()});
  facts.add_row({"format", format_text(*checkpoint.document.origin)});
  facts.add_row({"size", concat(render::human_bytes(summary.file_bytes), ": ",
                                counted(summary.tensor_count, "tensor"), ", ",
                                counted(summary.storage_count, "storage"), " of ",
                                render::human_bytes(summary.storage_bytes))});
  facts.add_row({"root", root_text(checkpoint, summary)});
  if (const SectionSummary* module = find_root_module(summary))
    facts.add_row({"model", concat("pickled module ", module->module_class, ", ",
                                   counted(module->tensor_count, "tensor"),
                                   " in its state dict (filter --state-dict writes it)")});
  facts.add_row({"sharing", sharing_text(summary)});
  add_waste(summary, facts);
  console.out(to_text(facts, console.escaping()));
  if (!summary.sections.empty()) {
    render::Table sections(
        {{"section"}, {"kind"}, {"tensors", render::Align::right}, {"size", render::Align::right}});
    for (const SectionSummary& section : summary.sections)
      sections.add_row({section_text(checkpoint.tree(), summary.places, section.place),
                        section.kind, concat(section.tensor_count),
                        render::human_bytes(section.storage_bytes)});
    console.out(concat("\n", to_text(sections, console.escaping())));
  }
  if (summary.rest.empty()) return;
  render::Table rest({{"entry"}, {"type"}, {"value"}});
  for (const ValueSummary& value : summary.rest) rest.add_row({value.key, value.type, value.value});
  console.out(concat("\n", to_text(rest, console.escaping())));
}

void write_sections(const model::Tree& tree, const Summary& summary, render::JsonWriter& json) {
  json.key("sections");
  json.begin_array();
  for (const SectionSummary& section : summary.sections) {
    json.begin_object();
    json.member("path", summary.places.text(tree, section.place));
    json.member("kind", section.kind);
    if (!section.module_class.empty()) json.member("class", section.module_class);
    json.member("tensors", section.tensor_count);
    json.member("storage_bytes", section.storage_bytes);
    json.member("is_root", section.is_root);
    json.end_object();
  }
  json.end_array();
  json.key("rest");
  json.begin_array();
  for (const ValueSummary& value : summary.rest) {
    json.begin_object();
    json.member("key", value.key);
    json.member("type", value.type);
    json.member("value", value.value);
    json.end_object();
  }
  json.end_array();
}

void write_json(const Checkpoint& checkpoint, const Summary& summary, render::JsonWriter& json) {
  json.begin_object();
  json.member("file", checkpoint.path.string());
  write_facts(*checkpoint.document.origin, json);
  json.member("file_bytes", summary.file_bytes);
  json.member("tensors", summary.tensor_count);
  json.member("storages", summary.storage_count);
  json.member("storage_bytes", summary.storage_bytes);
  json.member("shared_storages", summary.shared_storage_count);
  json.member("unreached_bytes", summary.unreached_bytes);
  json.member("dead_record_bytes", summary.dead_record_bytes);
  json.member("dead_bytes", summary.dead_bytes);
  json.member("root", path_text(checkpoint.tree(), checkpoint.root.path));
  json.member("root_choice", choice_text(checkpoint.root.choice));
  write_sections(checkpoint.tree(), summary, json);
  json.key("other_records");
  json.begin_array();
  for (const std::string& name : summary.other_records) json.value(name);
  json.end_array();
  json.end_object();
}

class Info : public cli::Command {
 public:
  std::string_view name() const override { return "info"; }
  std::string_view summary() const override { return "what is this file: format, sections, sizes"; }
  std::span<const cli::Example> examples() const override { return examples_of_info; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", files_, cli::Count::one_or_more, "checkpoints");
    cli::declare_root(options, root_);
    cli::declare_printing(options, print_);
  }

  /// A file that cannot be read does not stop the others.
  cli::ExitCode run(cli::Console& console) override {
    cli::ExitCode code = cli::ExitCode::done;
    render::JsonWriter json;
    if (print_.is_json) begin_json(json);
    for (const std::filesystem::path& file : files_) {
      try {
        Checkpoint checkpoint = open_checkpoint(file, root_);
        const Summary summary = summarize(checkpoint);
        if (print_.is_json) {
          write_json(checkpoint, summary, json);
        } else {
          console.out(&file == &files_.front() ? "" : "\n");
          print_text(checkpoint, summary, console);
        }
      } catch (const Error& error) {
        console.report(error);
        code = cli::ExitCode::not_done;
      }
    }
    if (print_.is_json) {
      json.end_array();
      json.end_object();
      console.out(json.take_text());
    }
    return code;
  }

 private:
  static void begin_json(render::JsonWriter& json) {
    json.begin_object();
    json.member("schema", "ckpt.info/1");
    json.key("files");
    json.begin_array();
  }

  std::vector<std::filesystem::path> files_;
  std::optional<std::string> root_;
  cli::PrintOptions print_;
};

}  // namespace

std::unique_ptr<cli::Command> make_info() { return std::make_unique<Info>(); }

}  // namespace ckpt::commands
