// What torch says of each file it wrote (NAME.pt.json beside it), held against what we read.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "ckpt/base/text.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/model/walk.hpp"
#include "commands/files.hpp"

namespace {

namespace fs = std::filesystem;
using ckpt::model::Tensor;
using ckpt::model::Tree;
using nlohmann::json;

std::vector<ckpt::model::NodeId> tensor_nodes_of(const Tree& tree) {
  std::vector<ckpt::model::NodeId> nodes;
  ckpt::model::Walk walk(tree, tree.root());
  while (walk.next()) {
    if (!tree.is(walk.node(), ckpt::model::Kind::tensor)) continue;
    nodes.push_back(walk.node());
    walk.skip_children();
  }
  return nodes;
}

/// Python escapes lone surrogates in JSON, which a strict parser refuses; only paths hold them.
json parse_said(std::string text) {
  for (std::size_t at = text.find("\\ud"); at != std::string::npos; at = text.find("\\ud", at + 2))
    text.insert(at, 1, '\\');
  return json::parse(text)["tensors"];
}

/// Groups of equal numbers, renumbered by first appearance; negative numbers stay apart.
std::vector<int> groups_of(const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, int> number;
  std::vector<int> groups;
  for (const std::int64_t id : ids)
    groups.push_back(number.try_emplace(id, static_cast<int>(number.size())).first->second);
  return groups;
}

void check_tensor(const Tensor& tensor, const json& said) {
  CHECK(std::string(row_of(tensor.dtype).name) == said["dtype"].get<std::string>());
  CHECK(tensor.requires_grad == said["requires_grad"].get<bool>());
  CHECK(tensor.is_parameter == said["is_parameter"].get<bool>());
  if (said["stride"].is_null() || tensor.form != ckpt::model::TensorForm::strided) return;
  CHECK(tensor.layout.shape == said["shape"].get<std::vector<std::int64_t>>());
  CHECK(tensor.layout.stride_elements == said["stride"].get<std::vector<std::int64_t>>());
  CHECK(tensor.layout.offset_elements == said["offset"].get<std::int64_t>());
}

void check_sharing(const Tree& tree, const std::vector<ckpt::model::NodeId>& nodes,
                   const json& said) {
  std::vector<std::int64_t> ours;
  std::vector<std::int64_t> theirs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Tensor& tensor = tree.tensor(nodes[i]);
    if (said[i]["storage"].is_null() || tensor.storage == ckpt::model::no_storage) continue;
    CHECK(tree.storage_of(tensor.storage).size_bytes() == said[i]["storage_bytes"]);
    ours.push_back(static_cast<std::int64_t>(tensor.storage));
    theirs.push_back(said[i]["storage"].get<std::int64_t>());
  }
  CHECK(groups_of(ours) == groups_of(theirs));
}

}  // namespace

TEST_CASE("tensors are what torch says: dtype, shape, stride, offset, sharing") {
  std::size_t files = 0;
  for (const fs::path& folder : ckpt::files::generations()) {
    for (const fs::path& path : ckpt::files::checkpoints_in(folder)) {
      const fs::path beside = path.string() + ".json";
      if (!fs::exists(beside)) continue;
      CAPTURE(path);
      const json said = parse_said(ckpt::files::read(beside));
      const ckpt::formats::Document document = ckpt::formats::open_document(path);
      const auto nodes = tensor_nodes_of(document.tree);
      REQUIRE(nodes.size() == said.size());
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        CAPTURE(said[i]["path"].dump());
        check_tensor(document.tree.tensor(nodes[i]), said[i]);
      }
      check_sharing(document.tree, nodes, said);
      ++files;
    }
  }
  CHECK(files > 60);
}
