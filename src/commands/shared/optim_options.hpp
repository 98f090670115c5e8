// The options of commands that must know which id of an optimizer is which parameter, or that carry
// optimizers along.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/optim/carry.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct NamingOptions {
  std::vector<std::string> groups;
  std::vector<std::string> frozen;
  std::optional<std::filesystem::path> order;
  std::optional<std::filesystem::path> names_from;
  std::optional<std::filesystem::path> verify;
  std::vector<std::string> child_orders;
  std::optional<std::string> at;
  bool is_strict = false;

  /// Whether no option describes the ids; is_strict only says what to believe.
  bool says_nothing() const {
    return groups.empty() && frozen.empty() && !order && !names_from && !verify &&
           child_orders.empty() && !at;
  }
};

/// Which of the short names --order and --strict are available: remap has an --order of keys, copy
/// has a --strict for keys.
enum class ShortNames { both, strict_only, order_only };

/// --group, --frozen, --order or --id-order, --names-from, --verify, --child-order, --at,
/// --strict-names, under the heading `title`.
void declare_naming(cli::Options& options, NamingOptions& naming,
                    ShortNames names = ShortNames::both,
                    std::string_view title = "which id is which parameter");

/// Reads the files that the options name. Throws as opening them does.
optim::IdentifyOptions identify_options(const NamingOptions& naming);

struct TreatmentOptions {
  optim::Treatment treatment = optim::Treatment::carry;
  bool keeps_empty_groups = false;
  NamingOptions naming;
};

/// --optimizer carry|drop|reset|keep, --keep-empty-groups, and the options about names.
void declare_treatment(cli::Options& options, TreatmentOptions& treatment,
                       ShortNames names = ShortNames::both);

optim::CarryOptions carry_options(const TreatmentOptions& treatment);

/// Says on stderr what was assumed and what else was changed along with an edit.
void say_remarks(const optim::CarryReport& report, cli::Console& console);

struct NameList {
  std::vector<std::string> names;
  std::vector<std::size_t> lines;  ///< of each name, from 1
};

/// One name per line; "#" starts a comment, "-" stands for an unknown name.
NameList read_name_list(const std::filesystem::path& path);

}  // namespace ckpt::commands
