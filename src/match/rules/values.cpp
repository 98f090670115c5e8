// Parses the value of a created tensor: zeros(dims), ones(dims), full(dims, x), scalar(x),
// arange(n[, dims]), tril(n) or inv_freq(dim, base), then its dtype (f32 if omitted).
#include <algorithm>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/tensor.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

class ValueCompiler {
 public:
  ValueCompiler(std::string_view text, const Names& names) : text_(text), names_(names) {}

  CreatedTensor compile() {
    const std::size_t open = text_.find('(');
    const std::size_t close = text_.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) fail();
    read_dtype(trimmed(text_.substr(close + 1)));
    const std::string_view inside = trimmed(text_.substr(open + 1, close - open - 1));
    if (!inside.empty())
      for (const std::string_view piece : split_outside(inside, ','))
        args_.push_back(evaluate(piece, names_));
    fill(trimmed(text_.substr(0, open)));
    for (const std::int64_t size : made_.shape)
      if (size < 0) throw RuleError("E01", concat("a size of ", size, " in ", quote(text_)));
    static_cast<void>(count_elements(made_.shape));
    return std::move(made_);
  }

 private:
  [[noreturn]] void fail() const {
    throw RuleError("E01", concat("cannot read the value ", quote(text_)),
                    "values are zeros(dims), ones(dims), full(dims, x), scalar(x), "
                    "arange(n, dims), tril(n), inv_freq(dim, base), and a dtype behind");
  }

  void read_dtype(std::string_view name) {
    if (name.empty()) return;
    const auto dtype = model::find_dtype(name);
    if (!dtype)
      throw RuleError("E02", concat("unknown dtype ", quote(name)), "such as f32, f16, bf16, i64");
    made_.dtype = *dtype;
  }

  void fill(std::string_view name) {
    if (name == "zeros" || name == "ones") {
      made_.created.number = name == "ones" ? 1 : 0;
      take_shape(0, args_.size());
    } else if (name == "full") {
      expect_args(1, args_.size());
      made_.created.number = to_real(args_.back());
      take_shape(0, args_.size() - 1);
    } else if (name == "scalar") {
      expect_args(1, 1);
      made_.created.number = to_real(args_.front());
    } else if (name == "arange") {
      expect_args(1, args_.size());
      fill_counting();
    } else if (name == "tril") {
      expect_args(1, 1);
      const std::int64_t size = to_whole(args_.front(), "the size of tril");
      made_.created.filling = Filling::lower_triangle;
      made_.shape = {1, 1, size, size};
    } else if (name == "inv_freq") {
      expect_args(2, 2);
      fill_frequencies();
    } else {
      throw_unknown(name);
    }
  }

  void fill_counting() {
    made_.created.filling = Filling::counting;
    const std::int64_t count = to_whole(args_.front(), "the count of arange");
    take_shape(1, args_.size());
    if (made_.shape.empty()) made_.shape = {count};
    if (count_elements(made_.shape) != count)
      throw RuleError("E01", concat(count, " numbers do not fill ", shape_text(made_.shape), " in ",
                                    quote(text_)));
  }

  void fill_frequencies() {
    const std::int64_t size = to_whole(args_.front(), "the size of inv_freq");
    made_.created = {Filling::inverse_frequencies, to_real(args_.back()), size};
    made_.shape = {(size + 1) / 2};
  }

  void take_shape(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) made_.shape.push_back(to_whole(args_[i], "a size"));
  }

  void expect_args(std::size_t least, std::size_t most) const {
    if (args_.size() < least || args_.size() > most) fail();
  }

  [[noreturn]] void throw_unknown(std::string_view name) const {
    const std::vector<std::string> known{"zeros",  "ones", "full",    "scalar",
                                         "arange", "tril", "inv_freq"};
    std::string hint = did_you_mean(find_closest(name, known));
    if (hint.empty()) hint = concat("values are ", join(known, ", "));
    throw RuleError("E02", concat("unknown value ", quote(name)), std::move(hint));
  }

  std::string_view text_;
  const Names& names_;
  std::vector<Number> args_;
  CreatedTensor made_;
};

}  // namespace

std::int64_t count_elements(const std::vector<std::int64_t>& shape) {
  try {
    return model::element_count(shape);
  } catch (const Error& error) {
    throw RuleError("D15", error.message());
  }
}

CreatedTensor compile_value(std::string_view text, const Names& names) {
  return ValueCompiler(text, names).compile();
}

}  // namespace ckpt::match
