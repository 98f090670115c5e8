// The commands that the harness lets fail, each in a folder of its own.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "faults/faulty_calls.hpp"

namespace ckpt::faults {

using Words = std::vector<std::string>;
using Files = std::map<std::string, std::string>;  ///< bytes by name

struct Scenario {
  std::string name;
  Words words;
  std::vector<std::string> inputs;  ///< of testdata, but those that input_files() makes
  std::string old_output = {};      ///< an output that is there already
  NamelessFiles nameless = NamelessFiles::yes;
  Words killed_before = {};  ///< an edit in place that died while it took its note away
  std::string report = {};   ///< an output that may tell of the failure instead
  int exit_code = 0;         ///< without a fault
};

const std::vector<Scenario>& scenarios();

/// What lies in the folder when the command starts, an edit that died left out.
Files input_files(const Scenario& scenario, const std::filesystem::path& testdata);

}  // namespace ckpt::faults
