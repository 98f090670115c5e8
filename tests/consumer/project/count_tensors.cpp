// Prints how many tensors a checkpoint has: a user's first program with the library.
#include <iostream>

#include "ckpt/formats/document.hpp"
#include "ckpt/model/walk.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const ckpt::formats::Document document = ckpt::formats::open_document(argv[1]);
  int tensor_count = 0;
  ckpt::model::Walk walk(document.tree, document.tree.root());
  while (walk.next()) {
    if (document.tree.is(walk.node(), ckpt::model::Kind::tensor)) ++tensor_count;
  }
  std::cout << tensor_count << '\n';
}
