#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

std::string two_digits(unsigned number) { return concat(number < 10 ? "0" : "", number); }

unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

/// "2024-01-02" of the four bytes of a date: year high and low, month, day.
std::string date_text(std::string_view bytes) {
  const unsigned year = byte_at(bytes, 0) * 256 + byte_at(bytes, 1);
  std::string digits = concat(year);
  digits.insert(0, 4 - std::min<std::size_t>(4, digits.size()), '0');
  return concat(digits, '-', two_digits(byte_at(bytes, 2) & 0x7F), '-',
                two_digits(byte_at(bytes, 3)));
}

/// "03:04:05.000006" of hour, minute, second and three bytes of microseconds.
std::string time_text(std::string_view bytes) {
  const unsigned microseconds =
      (byte_at(bytes, 3) << 16) | (byte_at(bytes, 4) << 8) | byte_at(bytes, 5);
  std::string text = concat(two_digits(byte_at(bytes, 0) & 0x7F), ':',
                            two_digits(byte_at(bytes, 1)), ':', two_digits(byte_at(bytes, 2)));
  if (microseconds == 0) return text;
  std::string fraction = concat(microseconds);
  fraction.insert(0, 6 - std::min<std::size_t>(6, fraction.size()), '0');
  return concat(text, '.', fraction);
}

/// (days, seconds, microseconds)
std::optional<double> find_seconds(const Tree& tree, NodeId delta) {
  if (!tree.is(delta, Kind::object)) return std::nullopt;
  const model::Object& object = tree.object(delta);
  const auto parts = torch::arguments_of(tree, object);
  if (torch::symbol_path(tree, object.callable) != "datetime.timedelta" || parts.size() != 3)
    return std::nullopt;
  if (!std::ranges::all_of(parts, [&](NodeId part) { return tree.is(part, Kind::integer); }))
    return std::nullopt;
  return static_cast<double>(tree.integer(parts[0])) * 86400 +
         static_cast<double>(tree.integer(parts[1])) +
         static_cast<double>(tree.integer(parts[2])) / 1e6;
}

/// "+02:00" for timezone(timedelta(...)), "" for none, nothing for a zone by another class.
std::optional<std::string> find_zone(const Tree& tree, std::span<const NodeId> args) {
  if (args.size() < 2 || tree.is(args[1], Kind::none)) return "";
  if (!tree.is(args[1], Kind::object)) return std::nullopt;
  const model::Object& zone = tree.object(args[1]);
  const auto parts = torch::arguments_of(tree, zone);
  if (torch::symbol_path(tree, zone.callable) != "datetime.timezone" || parts.empty())
    return std::nullopt;
  const auto seconds = find_seconds(tree, parts[0]);
  if (!seconds) return std::nullopt;
  const auto minutes = static_cast<std::int64_t>(*seconds < 0 ? -*seconds : *seconds) / 60;
  return concat(*seconds < 0 ? '-' : '+', two_digits(static_cast<unsigned>(minutes / 60)), ':',
                two_digits(static_cast<unsigned>(minutes % 60)));
}

std::optional<std::string> find_moment(const Tree& tree, std::string_view name,
                                       std::span<const NodeId> args) {
  const auto bytes = args.empty() ? std::nullopt : torch::find_bytes(tree, args[0]);
  const auto zone = find_zone(tree, args);
  if (!bytes || !zone) return std::nullopt;
  if (name == "datetime.date" && bytes->size() == 4) return date_text(*bytes);
  if (name == "datetime.time" && bytes->size() == 6) return concat(time_text(*bytes), *zone);
  if (name == "datetime.datetime" && bytes->size() == 10)
    return concat(date_text(*bytes), 'T', time_text(std::string_view(*bytes).substr(4)), *zone);
  return std::nullopt;
}

/// pathlib's parts, the first of which is "/" or "C:\\" for an absolute path.
std::optional<std::string> find_path_text(const Tree& tree, std::string_view name,
                                          std::span<const NodeId> parts) {
  const bool is_windows = name.find("Windows") != std::string_view::npos;
  const char separator = is_windows ? '\\' : '/';
  std::string text;
  for (const NodeId part : parts) {
    if (!tree.is(part, Kind::text)) return std::nullopt;
    if (!text.empty() && text.back() != separator) text += separator;
    text += tree.text(part);
  }
  return text.empty() ? "." : text;
}

/// uuid.UUID keeps one integer of 128 bits.
std::optional<std::string> find_uuid(const Tree& tree, const model::Object& object) {
  for (const model::Step& step : object.steps) {
    const NodeId number = tree.find(step.value, "int");
    if (step.kind != model::StepKind::build || number == model::no_node) continue;
    std::string bytes;  // little endian
    if (tree.is(number, Kind::big_integer)) bytes = tree.text(number);
    if (tree.is(number, Kind::integer))
      for (int i = 0; i < 8; ++i)
        bytes += static_cast<char>((tree.integer(number) >> (8 * i)) & 0xFF);
    bytes.resize(16, '\0');
    std::string text;
    for (std::size_t i = 16; i-- > 0;) {
      text += hex_text(0x100 + byte_at(bytes, i)).substr(3);
      if (i == 12 || i == 10 || i == 8 || i == 6) text += '-';
    }
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> find_library_text(const Tree& tree, const model::Object& object) {
  const std::string name = torch::symbol_path(tree, object.callable);
  const auto args = torch::arguments_of(tree, object);
  if (name.starts_with("pathlib.")) return find_path_text(tree, name, args);
  if (name == "uuid.UUID") return find_uuid(tree, object);
  if (name == "decimal.Decimal" && args.size() == 1 && tree.is(args[0], Kind::text))
    return std::string(tree.text(args[0]));
  if (name == "fractions.Fraction" && args.size() == 2 && tree.is(args[0], Kind::integer) &&
      tree.is(args[1], Kind::integer))
    return concat(tree.integer(args[0]), '/', tree.integer(args[1]));
  if (name == "datetime.timezone" && !args.empty()) {
    const auto seconds = find_seconds(tree, args[0]);
    if (seconds) return concat("UTC", *seconds < 0 ? "" : "+", real_text(*seconds / 3600));
  }
  return find_moment(tree, name, args);
}

}  // namespace

std::string_view make_library_value(Tree& tree, NodeId id) {
  const model::Object& object = tree.object(id);
  if (const auto seconds = find_seconds(tree, id)) {
    tree.fill_real(id, *seconds);
    return "float";
  }
  if (const auto text = find_library_text(tree, object)) {
    tree.fill_text(id, Kind::text, *text);
    return "text";
  }
  return "";
}

}  // namespace ckpt::edit
