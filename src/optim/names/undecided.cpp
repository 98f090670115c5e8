// The message lists the assignments that fit, the ids that they name differently, and the options
// with which the user can decide.

#include "ckpt/optim/undecided.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::optim {

namespace {

constexpr std::string_view overrides =
    "\n"
    "      --group PATTERN      members of each group, in model order; once for each group\n"
    "      --id-order FILE      one name per id, in id order\n"
    "      --frozen PATTERN     names that have no id\n"
    "      --names-from FILE    a checkpoint of the same model whose order or names are known\n"
    "      --verify OLDER       an earlier checkpoint of the same run: how its weights moved\n"
    "      --child-order ORDER  of sorted names: 'attn: q k v o', how modules register children";

std::string settling_text(const Settling& settling) {
  return concat(settling.how, overrides, settling.otherwise.empty() ? "" : "\n      ",
                settling.otherwise);
}

constexpr std::size_t most_ids_listed = 12;

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
  return concat(join(groups, "; "), "  \"", fit.rule, '"');
}

std::string place_of(const Optimizer& optimizer) {
  return optimizer.path_text.empty() ? "optimizer"
                                     : concat("optimizer at ", quote(optimizer.path_text));
}

std::string how_many(const Resolution& resolution) {
  if (resolution.level == Level::none) return resolution.rule;
  const bool is_told = resolution.fits.empty() || !resolution.deals;
  std::string text = "names are not in the file";
  if (resolution.deals) text += concat(", and ", *resolution.deals, " assignments fit");
  return is_told ? concat(text, ": ", resolution.rule) : text;
}

/// The ids that have different names in the fitting assignments.
std::vector<std::size_t> undecided_ids(const Resolution& resolution, std::size_t id_count) {
  std::vector<std::size_t> ids;
  for (std::size_t i = 0; i < id_count; ++i) {
    const bool is_open = i < resolution.can_be.size()
                             ? resolution.can_be[i].size() > 1
                             : std::ranges::any_of(resolution.fits, [&](const Fit& fit) {
                                 return fit.names[i] != resolution.fits.front().names[i];
                               });
    if (is_open) ids.push_back(i);
  }
  return ids;
}

std::string undecided_line(const Resolution& resolution, const std::vector<Slot>& slots) {
  const std::vector<std::size_t> ids = undecided_ids(resolution, slots.size());
  if (resolution.level == Level::none || ids.empty()) return {};
  if (ids.size() == slots.size()) return concat("\n  undecided: all ", counted(ids.size(), "id"));
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < ids.size() && i < most_ids_listed; ++i)
    labels.push_back(slots[ids[i]].label);
  if (ids.size() > labels.size()) labels.emplace_back("...");
  return concat("\n  undecided: ", ids.size(), " of ", counted(slots.size(), "id"), ": ",
                join(labels, " "));
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

void throw_undecided(const Identified& identified, std::string_view what,
                     const Settling& settling) {
  const Optimizer& optimizer = identified.optimizer;
  const Resolution& resolution = identified.resolution;
  std::string message =
      concat(place_of(optimizer), ": ", counted(optimizer.slots.size(), "id"), " in ",
             counted(optimizer.groups.size(), "group"), "; ", how_many(resolution));
  if (resolution.mismatch) message += mismatch_text(*resolution.mismatch);
  message += concat("; ", what);
  for (const std::string& line : fit_lines(identified)) message += concat("\n  ", line);
  message += undecided_line(resolution, optimizer.slots);
  const std::string hint = resolution.is_of_another_model
                               ? settling.otherwise
                               : concat(resolution.advice, resolution.advice.empty() ? "" : "; ",
                                        settling_text(settling));
  throw Error(ErrorKind::conflict, std::move(message), hint);
}

void require_settled(const Identified& identified, Trust trust, std::string_view what,
                     const Settling& settling) {
  const Resolution& resolution = identified.resolution;
  if (!resolution.is_settled()) throw_undecided(identified, what, settling);
  if (trust == Trust::proved && resolution.level == Level::assumed)
    throw Error(ErrorKind::conflict,
                concat(place_of(identified.optimizer), ": ", what,
                       ", and the names of its ids are only assumed: ", resolution.rule),
                settling_text(settling));
}

}  // namespace ckpt::optim
