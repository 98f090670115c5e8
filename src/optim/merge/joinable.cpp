#include "optim/merge/joinable.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::optim {

namespace {

constexpr std::string_view leave_out_hint = "optim drop leaves optimizers out";

bool is_joinable(const Optimizer& optimizer) {
  return optimizer.form == Form::packed || optimizer.form == Form::named;
}

}  // namespace

std::string place_text(const Optimizer& optimizer) {
  return optimizer.path_text.empty() ? "optimizer"
                                     : concat("optimizer ", quote(optimizer.path_text));
}

void refuse_other_count(std::size_t first, std::size_t second) {
  if (first == second) return;
  throw Error(ErrorKind::conflict,
              concat("the files have ", first, " and ", counted(second, "optimizer")),
              "optim drop makes them alike");
}

void refuse_unjoinable(const Optimizer& first, const Optimizer& second) {
  if (!is_joinable(first) || !is_joinable(second) || first.form != second.form)
    throw Error(ErrorKind::conflict, concat(place_text(first), ": cannot be joined in this form"),
                std::string(leave_out_hint));
  if (!may_be_one_kind(first.kind, second.kind))
    throw Error(ErrorKind::conflict,
                concat(place_text(first), ": is ", first.kind, " in one file and ", second.kind,
                       " in the other"),
                std::string(leave_out_hint));
  if (first.kind == "LBFGS")
    throw Error(ErrorKind::conflict,
                concat(place_text(first), ": the flat state of LBFGS cannot be joined"),
                "optim reset empties it");
}

}  // namespace ckpt::optim
