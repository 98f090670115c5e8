// Takes what is lost out of the tree of a salvaged file, or fills it from another.
#include <algorithm>
#include <unordered_set>

#include "ckpt/formats/salvage.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/torch/python_objects.hpp"

namespace ckpt::formats {

namespace {

using model::Kind;
using model::NodeId;

class Settler {
 public:
  Settler(Salvaged& salvaged, const Document* older)
      : salvaged_(salvaged), tree_(salvaged.document.tree), older_(older) {
    if (older_ != nullptr) graft_.emplace(tree_, older_->tree);
  }

  Fates run() {
    find_fates();
    fill();
    torch::take_out(tree_, lost_);
    return std::move(fates_);
  }

 private:
  /// Composite tensors (sparse, quantized) are lost with any of their parts.
  std::string find_loss(NodeId id) const {
    const NodeId hurt =
        find_below(tree_, id, [this](NodeId node) { return !loss_of(node).empty(); });
    return hurt == model::no_node ? "" : loss_of(hurt);
  }

  std::string loss_of(NodeId node) const {
    model::StorageId storage = model::no_storage;
    if (tree_.is(node, Kind::tensor)) storage = tree_.tensor(node).storage;
    if (tree_.is(node, Kind::storage)) storage = tree_.storage(node);
    const auto lost = salvaged_.lost.find(storage);
    return lost == salvaged_.lost.end() ? "" : lost->second;
  }

  void find_fates() {
    model::Walk walk(tree_, tree_.root(), model::holders_of_bytes(tree_));
    while (walk.next()) {
      if (!tree_.is(walk.node(), Kind::tensor) && !tree_.is(walk.node(), Kind::storage)) continue;
      walk.skip_children();
      std::string path = path_text(tree_, walk.path());
      std::string reason = find_loss(walk.node());
      if (reason.empty()) {
        fates_.saved.push_back({std::move(path)});
      } else {
        lost_.insert(walk.node());
        fates_.lost.push_back({std::move(path), std::move(reason)});
      }
    }
  }

  void fill() {
    if (older_ == nullptr) return;
    std::vector<TensorFate> still_lost;
    for (TensorFate& fate : fates_.lost) {
      const NodeId mine = find_path(tree_, tree_.root(), fate.path);
      const NodeId theirs = find_path(older_->tree, older_->tree.root(), fate.path);
      if (mine != model::no_node && theirs != model::no_node && replace(mine, theirs))
        fates_.filled.push_back(std::move(fate));
      else
        still_lost.push_back(std::move(fate));
    }
    fates_.lost = std::move(still_lost);
  }

  bool replace(NodeId mine, NodeId theirs) {
    if (!lost_.contains(mine)) return true;  // one tensor at two paths
    const model::Tree& other = older_->tree;
    if (!tree_.is(mine, Kind::tensor) || !other.is(theirs, Kind::tensor)) return false;
    const model::Tensor& wanted = tree_.tensor(mine);
    const model::Tensor& there = other.tensor(theirs);
    if (wanted.dtype != there.dtype || wanted.form != there.form ||
        wanted.layout.shape != there.layout.shape)
      return false;
    const NodeId copy = graft_->copy(theirs);
    tree_.mutable_tensor(mine) = model::Tensor(tree_.tensor(copy));
    lost_.erase(mine);
    return true;
  }

  Salvaged& salvaged_;
  model::Tree& tree_;
  const Document* older_;
  std::optional<model::Graft> graft_;
  std::unordered_set<NodeId> lost_;
  Fates fates_;
};

}  // namespace

Fates settle(Salvaged& salvaged, const Document* older) { return Settler(salvaged, older).run(); }

}  // namespace ckpt::formats
