// One command of the program in a folder, and the judgement of what it leaves there.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/temporary_folder.hpp"
#include "faults/fault_table.hpp"
#include "faults/process.hpp"
#include "faults/scenarios.hpp"

namespace ckpt::faults {

/// Knows the states of the folder that are right: before the command, and after it.
class Trial {
 public:
  /// Runs the command once without a fault. All three must outlive the trial.
  Trial(const Scenario& scenario, const std::filesystem::path& testdata, Control& control);

  /// Calls of a kind in the run without a fault.
  std::uint64_t calls(Call call) const { return calls_[static_cast<std::size_t>(call)]; }
  /// What that run did wrong, or "".
  std::string judge_clean_run() const;
  /// What the program does wrong where the n-th call suffers the fault, or "".
  std::string judge(const FaultRow& row, std::uint64_t number);

 private:
  Run run_with(const FaultRow& row, std::uint64_t number, const Words& words);
  bool is_complete(const Run& run) const;
  std::string judge_words(const FaultRow& row, const Run& run) const;
  bool names_place(const FaultRow& row, const std::string& text) const;
  std::string judge_folder(const FaultRow& row, const Run& run);
  std::string judge_recovery();

  const Scenario& scenario_;
  Control& control_;
  test::TemporaryFolder folder_{test::folder_in_memory()};
  Files whole_;   // the inputs
  Files before_;  // the same, or with what a killed edit left of them
  Files after_;
  Run clean_;
  std::array<std::uint64_t, call_count> calls_{};
};

}  // namespace ckpt::faults
