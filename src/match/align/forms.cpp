#include "match/align/forms.hpp"

namespace ckpt::match {

namespace {

/// The position of the number in which the first two experts differ.
std::size_t expert_position(const KeyTemplate& first, const KeyTemplate& second) {
  for (std::size_t i = 0; i < first.numbers.size() && i < second.numbers.size(); ++i)
    if (first.numbers[i] != second.numbers[i]) return i;
  return 0;
}

}  // namespace

SideForm side_form(const AlignUnit& unit, std::span<const AlignTensor> tensors) {
  SideForm form;
  std::size_t number_count = 0;
  for (std::size_t part = 0; part < unit.part_count; ++part) {
    const std::size_t first = part * unit.keys_per_part();
    KeyTemplate key = make_key_template(tensors[unit.keys[first]].key);
    if (unit.is_stack_of_experts)
      form.open_numbers.push_back(
          number_count +
          expert_position(key, make_key_template(tensors[unit.keys[first + 1]].key)));
    number_count += key.numbers.size();
    form.keys.push_back(std::move(key));
  }
  return form;
}

}  // namespace ckpt::match
