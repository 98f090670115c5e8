// A checkpoint as a program would see it that loads it, for comparing.
#pragma once

#include "ckpt/formats/document.hpp"

namespace ckpt::formats {

/// Gives values that Python loads alike one form, whatever pickle protocol wrote them. The document
/// is not to be saved afterwards.
void make_loaded(Document& document);

}  // namespace ckpt::formats
