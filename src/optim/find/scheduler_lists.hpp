// The lists in a scheduler's state that have one entry per group of its optimizer.
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// Whether the node is a dict with one of these lists and a counter, or with schedulers inside.
bool is_scheduler(const model::Tree& tree, model::NodeId node);

/// The length of its lists; 0 when it has none or their lengths differ.
std::size_t scheduler_group_count(const model::Tree& tree, model::NodeId node);

/// Keeps the entries of the groups in `kept`, in every list of length `group_count`.
void cut_scheduler(model::Tree& tree, model::NodeId node, std::size_t group_count,
                   const std::vector<std::size_t>& kept);

/// Appends the entries of `other`'s lists to those of `node`. `other` must be in the same tree.
void join_schedulers(model::Tree& tree, model::NodeId node, model::NodeId other);

/// Gives `node` the lists of `other`, a scheduler in the same tree. Its counters stay.
void replace_scheduler_lists(model::Tree& tree, model::NodeId node, model::NodeId other);

}  // namespace ckpt::optim
