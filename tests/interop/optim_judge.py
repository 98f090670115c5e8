"""How edits of optimizer state are judged: what torch would have made by hand, bit for bit, and a
run resumed from the edited file.

A checkpoint is turned into {parameter: state} and [(hyperparameters, [parameter, ...])]; the
expected file is made from these by hand, and compared with what ckpt wrote: ids and key order of
states are free, everything else is not.

A script that imports this where there is no torch ends with code 77: ctest reports it as skipped.
"""
import copy
import os
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

CKPT = os.environ.get("CKPT", "ckpt")
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def data(step, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1000 + step))


def train(model, optimizers, loss, first, last, schedulers=()):
    """Steps first..last-1; what is random is a function of the step."""
    optimizers = optimizers if isinstance(optimizers, (list, tuple)) else [optimizers]
    for step in range(first, last):
        torch.manual_seed(5000 + step)

        def closure(step=step):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            value = loss(model, step)
            value.backward()
            return value

        if isinstance(optimizers[0], torch.optim.LBFGS):
            optimizers[0].step(closure)
        else:
            closure()
            for optimizer in optimizers:
                optimizer.step()
        for scheduler in schedulers:
            scheduler.step()


def made(make, seed, *arguments):
    torch.manual_seed(seed)
    return make(*arguments)


def names_of(model, optimizer):
    names = {id(p): n for n, p in model.named_parameters()}
    return [[names[id(p)] for p in group["params"]] for group in optimizer.param_groups]


def by_name(state_dict, names):
    """{name: state}, [(hyperparameters, names)]"""
    states = {}
    for group, members in zip(state_dict["param_groups"], names):
        for i, name in zip(group["params"], members):
            if i in state_dict["state"]:
                states[name] = state_dict["state"][i]
    groups = [({k: v for k, v in group.items() if k != "params"}, list(members))
              for group, members in zip(state_dict["param_groups"], names)]
    return states, groups


def by_id(states, groups):
    made_by_hand = {"state": {}, "param_groups": []}
    i = 0
    for hyperparameters, members in groups:
        made_by_hand["param_groups"].append(
            {**copy.deepcopy(hyperparameters), "params": list(range(i, i + len(members)))})
        for name in members:
            if name in states:
                made_by_hand["state"][i] = copy.deepcopy(states[name])
            i += 1
    return made_by_hand


def is_optimizer(value):
    return isinstance(value, dict) and "state" in value and isinstance(
        value.get("param_groups"), list)


def without_ids(optimizer):
    used = [i for group in optimizer["param_groups"] for i in group["params"]]
    assert len(used) == len(set(used)), "an id occurs twice"
    rest = {k: v for k, v in optimizer.items() if k not in ("state", "param_groups")}
    rest["groups"] = [{**{k: v for k, v in group.items() if k != "params"},
                       "states": [optimizer["state"].get(i, "no state") for i in group["params"]]}
                      for group in optimizer["param_groups"]]
    rest["orphans"] = sorted(str(k) for k in optimizer["state"] if k not in used)
    return rest


def same_bits(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return a.contiguous().view(-1).view(torch.uint8).equal(b.contiguous().view(-1).view(
        torch.uint8)) if a.numel() else True


def difference(a, b, place=""):
    """The first difference, or ''."""
    if is_optimizer(a) and is_optimizer(b):
        return difference(without_ids(a), without_ids(b), place + "<optimizer>")
    if type(a) is not type(b):
        return f"{place}: {type(a).__name__} {a!r} and {type(b).__name__} {b!r}"
    if torch.is_tensor(a):
        if a.stride() != b.stride() and a.numel() > 1:
            return f"{place}: strides {a.stride()} and {b.stride()}"
        return "" if same_bits(a, b) else f"{place}: {a.dtype} {tuple(a.shape)} and {b.dtype} " \
            f"{tuple(b.shape)} differ"
    if isinstance(a, dict):
        if list(a) != list(b) and (all(map(torch.is_tensor, a.values())) or set(a) != set(b)):
            return f"{place}: keys {list(a)} and {list(b)}"
        return next(filter(None, (difference(a[k], b[k], f"{place}/{k}") for k in a)), "")
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return f"{place}: {len(a)} and {len(b)} items"
        return next(filter(None, (difference(x, y, f"{place}[{i}]")
                                  for i, (x, y) in enumerate(zip(a, b)))), "")
    return "" if a == b or (a != a and b != b) else f"{place}: {a!r} and {b!r}"


def final(model, optimizers=()):
    """Everything after training, by name."""
    optimizers = optimizers if isinstance(optimizers, (list, tuple)) else [optimizers]
    end = {f"model/{k}": v.detach().clone() for k, v in model.state_dict().items()}
    names = {id(p): n for n, p in model.named_parameters()}
    for optimizer in optimizers:
        for parameter, state in optimizer.state.items():
            name = names[id(parameter)] if torch.is_tensor(parameter) else f"orphan {parameter}"
            end[f"state/{name}"] = copy.deepcopy(dict(state))
    return end


class Work:
    """A folder for the files of one scenario."""

    def __init__(self, folder):
        self.folder = folder

    def save(self, name, value):
        torch.save(value, self.path(name))
        return self.path(name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def ckpt(self, *arguments):
        command = [CKPT, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done

    def refusal(self, *arguments):
        """What ckpt says when it refuses."""
        command = [CKPT, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        assert done.returncode == 2, f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}"
        return done.stderr

    def load(self, name):
        return torch.load(self.path(name), weights_only=False)

    def expect(self, name, expected):
        found = difference(self.load(name), expected)
        assert not found, found


def expect_end(got, wanted):
    assert set(got) == set(wanted), sorted(set(got) ^ set(wanted))
    for key in wanted:
        found = difference(got[key], wanted[key], key)
        assert not found, "resumed run: " + found


def make_suite():
    """A dict of scenarios by name, and the decorator that puts functions into it."""
    scenarios = {}

    def scenario(function):
        scenarios[function.__name__] = function
        return function
    return scenarios, scenario


def run(scenarios):
    """Runs {name: scenario(work)}; the exit code."""
    failed = 0
    for name, scenario in scenarios.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                scenario(Work(folder))
            except Exception as error:
                failed += 1
                print(f"{name}: FAIL\n  {type(error).__name__}: {error}", flush=True)
    print(f"{len(scenarios)} scenarios, {failed} failed")
    return 1 if failed else 0
