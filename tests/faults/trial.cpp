#include "faults/trial.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "ckpt/base/text.hpp"

namespace ckpt::faults {

namespace {

constexpr FaultRow no_fault{Call::open, "", {}, Expected::success};

std::string effect_text(const FaultRow& row) {
  switch (row.fault.effect) {
    case Effect::error:
      return std::strerror(row.fault.error_number);
    case Effect::less:
      return "fewer bytes";
    case Effect::end:
      return "end of file";
    case Effect::interrupt:
      return "SIGINT";
    case Effect::kill:
      return "SIGKILL";
  }
  return "";
}

std::string judge_signal(const FaultRow& row, const Run& run) {
  const int expected = row.fault.effect == Effect::interrupt ? SIGINT
                       : row.fault.effect == Effect::kill    ? SIGKILL
                                                             : 0;
  return run.signal == expected ? "" : concat("ended by signal ", run.signal);
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool names_cause(const FaultRow& row, const std::string& text) {
  if (row.call == Call::memory) return says(text, "out of memory");
  if (row.fault.effect == Effect::end) return says(text, "ends at byte");
  if (row.call == Call::lock && row.fault.error_number == EWOULDBLOCK)
    return says(text, "another program is editing it in place");
  return says(text, std::strerror(row.fault.error_number));
}

/// A process that is killed cannot take them away.
void forget_temporaries(Files& files) {
  std::erase_if(files, [](const auto& entry) { return entry.first.ends_with(".partial"); });
}

bool has_note(const Files& files) {
  return std::ranges::any_of(files,
                             [](const auto& entry) { return entry.first.ends_with(".ckpt-undo"); });
}

std::string difference(const Files& left, const Files& right) {
  for (const auto& [name, bytes] : left)
    if (!right.contains(name)) return name + " is left behind";
  for (const auto& [name, bytes] : right) {
    if (!left.contains(name)) return name + " is missing";
    if (left.at(name) != bytes) return name + " has other bytes";
  }
  return "all is the same";
}

}  // namespace

Trial::Trial(const Scenario& scenario, const std::filesystem::path& testdata, Control& control)
    : scenario_(scenario), control_(control), whole_(input_files(scenario, testdata)) {
  write_folder(folder_.path(), whole_);
  if (!scenario.killed_before.empty())
    run_with({Call::unlink, "unlink", kills, Expected::either}, 1, scenario.killed_before);
  before_ = read_folder(folder_.path());
  clean_ = run_with(no_fault, 0, scenario.words);
  after_ = read_folder(folder_.path());
  for (std::size_t i = 0; i < call_count; ++i) calls_[i] = control.seen[i];
}

std::string Trial::judge_clean_run() const {
  if (clean_.exit_code != scenario_.exit_code)
    return concat("exit code ", clean_.exit_code, " without a fault\n", clean_.err);
  return "";
}

std::string Trial::judge(const FaultRow& row, std::uint64_t number) {
  write_folder(folder_.path(), before_);
  const Run run = run_with(row, number, scenario_.words);
  // Names of temporary files vary in length, and with them the number of the last allocations.
  const bool is_struck = control_.seen[static_cast<std::size_t>(row.call)] >= number;
  const FaultRow& suffered = is_struck ? row : no_fault;
  std::string wrong = run.signal != 0 ? judge_signal(suffered, run) : judge_words(suffered, run);
  if (wrong.empty()) wrong = judge_folder(suffered, run);
  if (!wrong.empty())
    wrong = concat(scenario_.name, ": ", row.call_name, " ", number, ": ", effect_text(row),
                   row.lasts == Lasts::yes ? " from there on: " : ": ", wrong, "\n", run.err);
  return wrong;
}

Run Trial::run_with(const FaultRow& row, std::uint64_t number, const Words& words) {
  control_.call = row.call;
  control_.number = number;
  control_.fault = row.fault;
  control_.lasts = row.lasts;
  control_.nameless = scenario_.nameless;
  return run_program(folder_.path(), words, control_);
}

bool Trial::is_complete(const Run& run) const {
  return run.exit_code == clean_.exit_code && run.out == clean_.out;
}

std::string Trial::judge_words(const FaultRow& row, const Run& run) const {
  if (row.fault.effect == Effect::interrupt) return "SIGINT did not end it";
  if (is_complete(run) && row.expected != Expected::failure) return "";
  if (row.expected == Expected::success)
    return concat("exit code ", run.exit_code, ", or other output");
  if (run.exit_code != 2) return concat("exit code ", run.exit_code, ", expected 2");
  // check tells of a file that it cannot read on standard output, like of any other.
  const std::string text = run.err + (scenario_.words.front() == "check" ? run.out : "");
  if (!says(text, "ckpt: error: ") && text == run.err) return "no message";
  if (!names_cause(row, text)) return "the message does not say why";
  if (!names_place(row, text)) return "the message does not say where";
  return "";
}

bool Trial::names_place(const FaultRow& row, const std::string& text) const {
  if (row.call == Call::memory) return true;
  if (row.call == Call::print) return says(text, "standard ");
  if (row.call == Call::temporary) return says(text, "/");
  const auto is_named = [&](const auto& entry) { return says(text, entry.first); };
  return std::ranges::any_of(before_, is_named) || std::ranges::any_of(after_, is_named);
}

std::string Trial::judge_folder(const FaultRow& row, const Run& run) {
  Files left = read_folder(folder_.path());
  if (run.signal == SIGKILL) forget_temporaries(left);
  if (run.signal == 0 && is_complete(run) && left != after_)
    return "says that all is done, but " + difference(left, after_);
  if (run.exit_code == 2) left.erase(scenario_.report);
  if (left == before_ || left == after_) return "";
  const bool may_leave_note = run.signal == SIGKILL || row.call == Call::truncate ||
                              row.call == Call::flush || row.call == Call::unlink;
  if (!may_leave_note || !has_note(left)) return difference(left, before_);
  return judge_recovery();
}

std::string Trial::judge_recovery() {
  std::string edited = scenario_.words[scenario_.words.front() == "optim" ? 2 : 1];
  const Run run = run_with(no_fault, 0, {"recover", edited});
  Files left = read_folder(folder_.path());
  forget_temporaries(left);
  if (run.exit_code != 0) return concat("recover: exit code ", run.exit_code, "\n", run.err);
  return left == whole_ || left == after_ ? "" : "after recover " + difference(left, whole_);
}

}  // namespace ckpt::faults
