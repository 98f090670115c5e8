// Maps an opcode byte to its name and to the function of the machine that executes it.
#pragma once

#include <cstdint>
#include <string_view>

namespace ckpt::pickle {

class Machine;

struct Opcode {
  std::string_view name;  ///< as pickletools prints it; "" for a byte that is no opcode
  void (Machine::*execute)() = nullptr;
};

const Opcode& find_opcode(std::uint8_t code);

}  // namespace ckpt::pickle
