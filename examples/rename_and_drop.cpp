// Renames tensors of a checkpoint, leaves its optimizer out, and lists what is written.
//
//   rename_and_drop run.pt weights.pt 'encoder.*=>enc.*'
#include <cstdlib>
#include <iostream>

#include "ckpt/ckpt.hpp"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: rename_and_drop IN OUT 'OLD=>NEW'\n";
    return EXIT_FAILURE;
  }
  try {
    ckpt::Checkpoint checkpoint = ckpt::open(argv[1]);
    ckpt::rename(checkpoint, {std::string(argv[3])}, {.treatment = ckpt::optim::Treatment::drop});
    ckpt::save(checkpoint, argv[2], {.overwrite = ckpt::Overwrite::yes});
    for (const ckpt::match::Named& entry : ckpt::list(checkpoint))
      std::cout << entry.name << ' ' << ckpt::model::row_of(entry.tensor->dtype).name << '\n';
  } catch (const ckpt::Error& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
