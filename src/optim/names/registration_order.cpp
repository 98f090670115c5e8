// Enumerates the orders of children per kind of module, as a depth-first search with pruning: a
// choice is kept only while the shapes of the ids assigned so far agree. Limits keep the search
// short.

#include "optim/names/registration_order.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "optim/names/conventions.hpp"
#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

constexpr std::size_t most_orders = 512;
constexpr std::size_t most_walks = 60'000;
constexpr std::size_t most_steps = 6'000'000;

struct Module {
  std::string path;
  std::string kind;  // the names of its children: modules of one kind are alike
  std::vector<std::pair<std::string, Index>> own;
  bool has_fixed_own_order = false;
  std::vector<std::pair<std::string, std::size_t>> named;     // child modules
  std::vector<std::pair<std::string, std::size_t>> numbered;  // ascending
};

class ModuleTree {
 public:
  ModuleTree(const Problem& problem, const Indices& trained) {
    modules_.emplace_back();
    for (const Index i : trained) add(problem.name(i), i);
    for (Module& module : modules_) finish(module);
  }
  const Module& operator[](std::size_t i) const { return modules_[i]; }

 private:
  void add(const std::string& name, Index index) {
    std::size_t at = 0;
    const std::vector<std::string_view> parts = split(name, '.');
    for (std::size_t p = 0; p + 1 < parts.size(); ++p) at = child(at, std::string(parts[p]));
    modules_[at].own.emplace_back(parts.back(), index);
  }

  std::size_t child(std::size_t parent, const std::string& name) {
    const auto [found, is_new] = known_.try_emplace({parent, name}, modules_.size());
    if (!is_new) return found->second;
    const std::size_t created = modules_.size();
    modules_.emplace_back();
    modules_[created].path = join_name(modules_[parent].path, name);
    auto& siblings =
        is_digits(name) && name.size() < 9 ? modules_[parent].numbered : modules_[parent].named;
    siblings.emplace_back(name, created);
    return created;
  }

  static void finish(Module& module) {
    std::ranges::sort(module.numbered, {},
                      [](const auto& entry) { return *find_integer(entry.first); });
    module.has_fixed_own_order = std::ranges::all_of(
        module.own, [](const auto& entry) { return leaf_rank(entry.first).has_value(); });
    if (module.has_fixed_own_order)
      std::ranges::sort(module.own, {}, [](const auto& entry) { return *leaf_rank(entry.first); });
    std::set<std::string> names;
    for (const auto& [name, index] : module.own) names.insert(name);
    names.insert("/");
    for (const auto& [name, index] : module.named) names.insert(concat('/', name));
    for (const std::string& name : names) module.kind += concat(name, ' ');
  }

  std::vector<Module> modules_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> known_;
};

/// A walk follows a list of decisions, and takes the first choice where the list ends. The search
/// repeats the walk with the last decision advanced. Nothing recurses, whatever the depth of the
/// names.
class Search {
 public:
  Search(const Problem& problem, const Indices& trained, const std::vector<int>& group_of_name)
      : problem_(problem), group_of_name_(group_of_name), tree_(problem, trained) {}

  RegistrationOrders run() {
    do {
      if (walk()) keep();
      if (++walks_ > most_walks || steps_ > most_steps || best_.size() >= most_orders) {
        result_.is_complete = false;
        break;
      }
    } while (advance());
    for (auto& [names, order] : best_) result_.found.push_back(std::move(order));
    std::ranges::stable_sort(result_.found, std::greater{}, &RegistrationOrder::convention);
    return std::move(result_);
  }

 private:
  struct Decision {
    std::size_t chosen = 0;
    std::size_t options = 0;
  };
  enum class Phase { own, named, numbered };
  struct Frame {
    std::size_t module = 0;
    Phase phase = Phase::own;
    std::size_t next = 0;
    std::vector<std::string> chosen = {};
  };

  bool advance() {
    while (!decisions_.empty() && decisions_.back().chosen + 1 == decisions_.back().options)
      decisions_.pop_back();
    if (decisions_.empty()) return false;
    ++decisions_.back().chosen;
    return true;
  }

  bool walk() {
    next_decision_ = 0;
    fixed_.clear();
    choices_.clear();
    taken_.assign(problem_.groups.size(), {});
    stack_.assign(1, Frame{});
    while (!stack_.empty())
      if (!step()) return false;
    for (std::size_t g = 0; g < taken_.size(); ++g)
      if (taken_[g].size() != problem_.groups[g].size()) return false;
    return true;
  }

  bool step() {
    ++steps_;
    switch (stack_.back().phase) {
      case Phase::own:
        return step_own();
      case Phase::named:
        return step_named();
      case Phase::numbered:
        return step_numbered();
    }
    return false;
  }

  bool step_own() {
    Frame& frame = stack_.back();
    const Module& module = tree_[frame.module];
    if (frame.next == module.own.size()) return next_phase(Phase::named, "own ");
    std::size_t which = frame.next;
    if (!module.has_fixed_own_order) which = choose(module.own, "own ", frame, module);
    ++frame.next;
    return take(module.own[which].second);
  }

  bool step_named() {
    Frame& frame = stack_.back();
    const Module& module = tree_[frame.module];
    if (frame.next == module.named.size()) return next_phase(Phase::numbered, "named ");
    const std::size_t which = choose(module.named, "named ", frame, module);
    ++frame.next;
    stack_.push_back({.module = module.named[which].second});
    return true;
  }

  bool step_numbered() {
    Frame& frame = stack_.back();
    const Module& module = tree_[frame.module];
    if (frame.next == module.numbered.size()) {
      stack_.pop_back();
      return true;
    }
    stack_.push_back({.module = module.numbered[frame.next++].second});
    return true;
  }

  /// Records a completed order; returns false when a module of the same kind inside this one got
  /// another order.
  bool agrees_with_what_is_said(const std::string& module,
                                const std::vector<std::string>& chosen) const {
    return std::ranges::all_of(problem_.child_orders, [&](const ChildOrder& said) {
      const bool is_about_it = said.module == module || said.module == leaf_of(module);
      return !is_about_it || said.children == chosen ||
             !std::ranges::is_permutation(said.children, chosen);
    });
  }

  bool next_phase(Phase phase, const std::string& prefix) {
    Frame& frame = stack_.back();
    const Module& module = tree_[frame.module];
    bool agrees = true;
    if (frame.chosen.size() > 1) {
      const auto [known, is_new] = fixed_.try_emplace(prefix + module.kind, frame.chosen);
      if (is_new) choices_.push_back({module.path, frame.chosen});
      agrees = known->second == frame.chosen && agrees_with_what_is_said(module.path, frame.chosen);
    }
    frame.phase = phase;
    frame.next = 0;
    frame.chosen.clear();
    return agrees;
  }

  template <class Items>
  std::size_t choose(const Items& items, const std::string& prefix, Frame& frame,
                     const Module& module) {
    std::size_t which = 0;
    if (const auto fixed = fixed_.find(prefix + module.kind); fixed != fixed_.end()) {
      which = position_of(items, fixed->second[frame.next]);
    } else {
      std::vector<std::size_t> open;
      for (std::size_t i = 0; i < items.size(); ++i)
        if (std::ranges::find(frame.chosen, items[i].first) == frame.chosen.end())
          open.push_back(i);
      which = open[decide(open.size())];
    }
    frame.chosen.push_back(items[which].first);
    return which;
  }

  template <class Items>
  static std::size_t position_of(const Items& items, const std::string& name) {
    return static_cast<std::size_t>(
        std::ranges::find(items, name, [](const auto& item) { return item.first; }) -
        items.begin());
  }

  std::size_t decide(std::size_t options) {
    if (options == 1) return 0;
    if (next_decision_ == decisions_.size()) decisions_.push_back({0, options});
    return decisions_[next_decision_++].chosen;
  }

  bool take(Index name) {
    const auto group = static_cast<std::size_t>(group_of_name_[name]);
    Indices& taken = taken_[group];
    if (taken.size() == problem_.groups[group].size()) return false;
    if (!problem_.fits(name, problem_.groups[group][taken.size()])) return false;
    taken.push_back(name);
    return true;
  }

  void keep() {
    RegistrationOrder order{.names = {}, .choices = choices_};
    for (const Indices& group : taken_)
      order.names.insert(order.names.end(), group.begin(), group.end());
    for (const ChildOrder& choice : choices_) order.convention += convention_of(choice.children);
    const auto [known, is_new] = best_.try_emplace(order.names, order);
    if (!is_new && order.convention > known->second.convention) known->second = std::move(order);
  }

  static int convention_of(const std::vector<std::string>& children) {
    int sum = 0;
    for (std::size_t a = 0; a < children.size(); ++a)
      for (std::size_t b = a + 1; b < children.size(); ++b)
        sum -= conventional_order(children[a], children[b]);
    return sum;
  }

  const Problem& problem_;
  const std::vector<int>& group_of_name_;
  ModuleTree tree_;
  std::vector<Decision> decisions_;
  std::size_t next_decision_ = 0;
  std::size_t walks_ = 0;
  std::size_t steps_ = 0;
  std::vector<Frame> stack_;
  std::unordered_map<std::string, std::vector<std::string>> fixed_;  // by kind
  std::vector<ChildOrder> choices_;
  std::vector<Indices> taken_;  // by group
  std::map<Indices, RegistrationOrder> best_;
  RegistrationOrders result_;
};

}  // namespace

RegistrationOrders find_registration_orders(const Problem& problem, const Indices& trained,
                                            const std::vector<int>& group_of_name) {
  return Search(problem, trained, group_of_name).run();
}

}  // namespace ckpt::optim
