// What a user is told when ids cannot be told apart, and what would settle it.
#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt::optim {

namespace {

constexpr std::string_view overrides_hint =
    "decided by one of: --group PATTERN (members of each group, once a group), "
    "--id-order FILE (one name per id), --frozen PATTERN (names that have no id), "
    "--names-from FILE (a checkpoint of the same model whose order or names are known); "
    "--optimizer drop or reset goes on without the states";

std::string top_part(const std::string& name) { return name.substr(0, name.find('.')); }

/// "0.* 1.* ... 7.*" for the names of one group.
std::string summary_of(const std::vector<std::string>& names) {
  std::vector<std::string> tops;
  for (const std::string& name : names) {
    const std::string top = name.find('.') == std::string::npos ? name : top_part(name) + ".*";
    if (tops.empty() || tops.back() != top) tops.push_back(top);
  }
  if (tops.size() <= 4) return join(tops, " ");
  return concat(tops[0], ' ', tops[1], " ... ", tops.back());
}

std::string fit_text(const Optimizer& optimizer, const Fit& fit) {
  std::vector<std::string> groups;
  for (std::size_t g = 0; g < optimizer.groups.size(); ++g) {
    const Group& group = optimizer.groups[g];
    const auto first = fit.names.begin() + static_cast<std::ptrdiff_t>(group.first_slot);
    groups.push_back(
        concat("group ", g, " = ",
               summary_of({first, first + static_cast<std::ptrdiff_t>(group.slot_count)})));
  }
  return concat(join(groups, "; "), "  (", fit.rule, ")");
}

std::string place_of(const Optimizer& optimizer) {
  return optimizer.path_text.empty() ? "the optimizer"
                                     : concat("the optimizer at ", quote(optimizer.path_text));
}

std::string how_many(const Resolution& resolution) {
  if (resolution.level == Level::none) return resolution.rule;
  if (!resolution.deals) return concat("names are not in the file, and ", resolution.rule);
  return concat("names are not in the file, ", *resolution.deals, " assignments fit, and ",
                resolution.rule);
}

std::string mismatch_text(const Mismatch& mismatch) {
  return concat("; in the order of the model, id number ", mismatch.id, " of shape ",
                shape_text(mismatch.id_shape), " would be ", quote(mismatch.name), " of shape ",
                shape_text(mismatch.name_shape));
}

}  // namespace

std::vector<std::string> fit_lines(const Identified& identified, std::size_t most) {
  const std::vector<Fit>& fits = identified.resolution.fits;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < fits.size() && i < most; ++i)
    lines.push_back(concat("(", i + 1, ") ", fit_text(identified.optimizer, fits[i])));
  if (fits.size() > most) lines.push_back(concat("... ", fits.size() - most, " more"));
  return lines;
}

void throw_undecided(const Identified& identified, std::string_view what) {
  const Optimizer& optimizer = identified.optimizer;
  const Resolution& resolution = identified.resolution;
  std::string message =
      concat(place_of(optimizer), ": ", counted(optimizer.slots.size(), "id"), " in ",
             counted(optimizer.groups.size(), "group"), ": ", how_many(resolution));
  if (resolution.mismatch) message += mismatch_text(*resolution.mismatch);
  message += concat("; ", what);
  for (const std::string& line : fit_lines(identified)) message += concat("\n  ", line);
  std::string hint = resolution.advice.empty() ? "" : concat(resolution.advice, "; ");
  throw Error(ErrorKind::conflict, std::move(message), hint + std::string(overrides_hint));
}

void require_settled(const Identified& identified, Trust trust, std::string_view what) {
  const Resolution& resolution = identified.resolution;
  if (!resolution.is_settled()) throw_undecided(identified, what);
  if (trust == Trust::proved && resolution.level == Level::assumed)
    throw Error(ErrorKind::conflict,
                concat(place_of(identified.optimizer), ": ", what,
                       ", and the names of its ids are only assumed: ", resolution.rule),
                std::string(overrides_hint));
}

}  // namespace ckpt::optim
