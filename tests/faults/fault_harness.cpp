// Lets every command that writes fail at every system call it makes, and judges what is left.
//
//   fault_harness TESTDATA [--all] [--each N] [COMMAND...]
//
// A fault point is one call of one kind that fails in one way. At each of them must hold:
//   - the folder is what it was before, or what the command makes of it: inputs intact, the output
//     absent or complete, nothing else; only SIGKILL may leave a temporary file, and of an edit in
//     place what the next command cuts back;
//   - the exit code is 2, and stderr says which file and why; or it is what it would have been, and
//     so is everything printed and written; or the process ends by the signal it was sent.
// Of the allocations, thousands in a run, only some are tried without --all. With --each N every
// N-th point is tried.
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "faults/fault_table.hpp"
#include "faults/process.hpp"
#include "faults/scenarios.hpp"
#include "faults/trial.hpp"

namespace {

using namespace ckpt::faults;
namespace fs = std::filesystem;

constexpr std::uint64_t tried_allocations = 25;

enum class Allocations : std::uint8_t { some, all };

struct Settings {
  fs::path testdata;
  Allocations allocations = Allocations::some;
  std::uint64_t each = 1;  // of the points that are left
  std::vector<std::string> wanted;
};

struct Tally {
  std::uint64_t calls = 0;
  std::uint64_t points = 0;
  std::uint64_t failures = 0;
};

/// Of many allocations every so-manieth, so that all parts of a run have some.
std::uint64_t step_of(Call call, std::uint64_t calls, Allocations allocations) {
  if (call != Call::memory || allocations == Allocations::all) return 1;
  return std::max<std::uint64_t>(1, calls / tried_allocations);
}

Tally try_all(Trial& trial, const Settings& settings) {
  Tally tally;
  const auto note = [&](const std::string& wrong) {
    if (wrong.empty()) return;
    ++tally.failures;
    std::cout << "  FAILED " << wrong << '\n';
  };
  note(trial.judge_clean_run());
  for (std::size_t i = 0; i < call_count; ++i) tally.calls += trial.calls(static_cast<Call>(i));
  std::uint64_t seen = 0;
  for (const FaultRow& row : fault_rows) {
    const std::uint64_t calls = trial.calls(row.call);
    const std::uint64_t step = step_of(row.call, calls, settings.allocations);
    for (std::uint64_t number = 1; number <= calls; number += step) {
      if (seen++ % settings.each != 0) continue;
      note(trial.judge(row, number));
      ++tally.points;
    }
  }
  return tally;
}

int try_scenarios(const Settings& settings) {
  Control& control = make_control();
  Tally sum;
  const auto print = [](const std::string& name, const Tally& tally) {
    std::cout << std::left << std::setw(34) << name << std::right << std::setw(8) << tally.calls
              << std::setw(10) << tally.points << std::setw(10) << tally.failures << std::endl;
  };
  std::cout << std::left << std::setw(34) << "command" << std::right << std::setw(8) << "calls"
            << std::setw(10) << "faults" << std::setw(10) << "failed" << '\n';
  for (const Scenario& scenario : scenarios()) {
    if (!settings.wanted.empty() && std::ranges::count(settings.wanted, scenario.name) == 0)
      continue;
    Trial trial(scenario, settings.testdata, control);
    const Tally tally = try_all(trial, settings);
    print(scenario.name, tally);
    sum.calls += tally.calls;
    sum.points += tally.points;
    sum.failures += tally.failures;
  }
  print("all", sum);
  return sum.failures == 0 && sum.points > 0 ? 0 : 1;
}

Settings parse(const std::vector<std::string>& words) {
  Settings settings;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--all")
      settings.allocations = Allocations::all;
    else if (word == "--each" && i + 1 < words.size())
      settings.each = std::max<std::uint64_t>(1, std::stoull(words[++i]));
    else if (settings.testdata.empty())
      settings.testdata = fs::absolute(word);
    else
      settings.wanted.push_back(word);
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse({argv + 1, argv + argc});
  if (settings.testdata.empty()) {
    std::cerr << "usage: fault_harness TESTDATA [--all] [--each N] [COMMAND...]\n";
    return 2;
  }
  return try_scenarios(settings);
}
