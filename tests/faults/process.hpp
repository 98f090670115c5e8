// One run of the program in a process of its own, inside a folder, with what it said.
#pragma once

#include <filesystem>
#include <string>

#include "faults/faulty_calls.hpp"
#include "faults/scenarios.hpp"

namespace ckpt::faults {

struct Run {
  int signal = 0;  ///< that ended it
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Memory that processes forked later share.
Control& make_control();

Run run_program(const std::filesystem::path& folder, const Words& words, Control& control);

/// The files of a folder, and a folder that holds exactly these.
Files read_folder(const std::filesystem::path& folder);
void write_folder(const std::filesystem::path& folder, const Files& wanted);

}  // namespace ckpt::faults
