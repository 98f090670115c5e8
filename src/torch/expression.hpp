// Shows a node of a pickle as a line of Python, for people who want to know what a call would do.
#pragma once

#include <string>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// "builtins.eval('print(1)')", "builtins.getattr(os, ...)(...)". At most a few levels and a few
/// hundred bytes, whatever the pickle contains. Names are in Python 3 spelling, strings are
/// escaped.
std::string expression(const pickle::Graph& graph, pickle::NodeId node);

}  // namespace ckpt::torch
