"""`ckpt optim merge` in its three meanings, compared with what torch makes by hand: models joined,
parts replaced, runs averaged.

    optim_merge_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import (by_id, by_name, data, expect_end, final, made, make_suite, names_of, run,
                         train)

import torch
from torch import nn

SCENARIOS, scenario = make_suite()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8))
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(torch.tanh(self.enc(x)))


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Net(), Net()


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(4, 3), nn.Linear(3, 4, bias=False)
        self.head.weight = self.embed.weight


def loss(model, step):
    return (model(data(step, 16, 6)) - 1).pow(2).mean()


def pair_loss(model, step):
    return loss(model.a, step) + loss(model.b, step)


def every(model):
    return list(model.parameters())


def by_dimension(model):
    return [{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.1},
            {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]


def trained(seed, kind=torch.optim.AdamW, groups=every, steps=4, skipped=(), **options):
    options = {"lr": 0.01, **options}
    model = made(Net, seed)
    optimizer = kind(groups(model), **options)
    for name, p in model.named_parameters():
        p.requires_grad_(name not in skipped)
    train(model, optimizer, loss, 0, steps)
    return model, optimizer


def content_of(model, optimizer, **more):
    return copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict(), **more})


def joined_model(a, b):
    model = Pair().state_dict()
    for prefix, part in (("a.", a), ("b.", b)):
        for key, value in part.state_dict().items():
            model[prefix + key] = value
    return copy.deepcopy(model)


def prefixed(prefix, state_dict, names):
    states, groups = by_name(state_dict, names)
    return ({prefix + n: s for n, s in states.items()},
            [(hyper, [prefix + n for n in members]) for hyper, members in groups])


def joined(a, b, pairwise):
    """By hand: groups of a and b, one after the other or pairwise made one."""
    states_a, groups_a = prefixed("a.", a[1].state_dict(), names_of(*a))
    states_b, groups_b = prefixed("b.", b[1].state_dict(), names_of(*b))
    if pairwise:
        groups = [(hyper, names + more) for (hyper, names), (_, more) in zip(groups_a, groups_b)]
    else:
        groups = groups_a + groups_b
    return by_id(states_a | states_b, groups)


def check_join(work, a, b, pairwise, *options):
    work.save("a.pt", content_of(*a))
    work.save("b.pt", content_of(*b))
    work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", *options)
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": joined(a, b, pairwise)})


def both_ends(a, b):
    """The end of two runs apart, under the names of the joint model."""
    ends = {}
    for prefix, part in (("a.", a), ("b.", b)):
        for key, value in final(*part).items():
            section, name = key.split("/", 1)
            ends[f"{section}/{prefix}{name}"] = value
    return ends


@scenario
def join_equal_groups(work):
    check_join(work, trained(0, groups=by_dimension, steps=3),
               trained(1, groups=by_dimension, steps=5), True)


@scenario
def join_and_resume(work):
    a, b = trained(0, steps=4), trained(1, steps=4)
    check_join(work, a, b, True)
    out = work.load("out.pt")
    train(*a, loss, 4, 7)
    train(*b, loss, 4, 7)
    pair = made(Pair, 9)
    optimizer = torch.optim.AdamW(every(pair), lr=0.01)
    pair.load_state_dict(out["model"])
    optimizer.load_state_dict(out["optimizer"])
    train(pair, optimizer, pair_loss, 4, 7)
    expect_end(final(pair, optimizer), both_ends(a, b))


@scenario
def join_other_hyperparameters(work):
    check_join(work, trained(0), trained(1, lr=0.02), False)


@scenario
def join_one_and_two_groups(work):
    check_join(work, trained(0), trained(1, groups=by_dimension), False)


@scenario
def join_per_source(work):
    check_join(work, trained(0), trained(1), False, "--groups", "per-source")


@scenario
def join_states_missing(work):
    check_join(work, trained(0, skipped=("enc.0.weight", "head.bias")),
               trained(1, steps=0), True)


@scenario
def join_sgd_and_adagrad(work):
    for kind, options in ((torch.optim.SGD, {}), (torch.optim.SGD, {"momentum": 0.9}),
                          (torch.optim.Adagrad, {}), (torch.optim.Adafactor, {})):
        work = type(work)(work.folder)
        a, b = trained(0, kind, **options), trained(1, kind, **options)
        work.save("a.pt", content_of(*a))
        work.save("b.pt", content_of(*b))
        work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", "-f")
        expected = joined(a, b, True)
        for i, state in list(expected["state"].items()):
            if all(v is None for v in state.values()):
                del expected["state"][i]  # None is no state
        work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})


@scenario
def join_integer_and_tensor_steps(work):
    a, b = trained(0), trained(1)
    old = content_of(*a)
    for state in old["optimizer"]["state"].values():
        state["step"] = int(state["step"])
    work.save("a.pt", old)
    work.save("b.pt", content_of(*b))
    work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt")
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": joined(a, b, True)})


@scenario
def join_refused(work):
    work.save("a.pt", content_of(*trained(0)))
    work.save("b.pt", content_of(*trained(1, torch.optim.SGD, momentum=0.9)))
    said = work.refusal("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt")
    assert "Adam" in said and "SGD" in said, said
    work.save("b.pt", content_of(*trained(1, lr=0.02, betas=(0.8, 0.9))))
    said = work.refusal("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", "--groups", "one")
    assert "'lr' is 0.01 and 0.02" in said and "'betas'" in said, said


@scenario
def join_one_group_of_the_second(work):
    a, b = trained(0), trained(1, lr=0.02)
    work.save("a.pt", content_of(*a))
    work.save("b.pt", content_of(*b))
    for which, rate in (("first", 0.01), ("second", 0.02)):
        expected = joined(a, b, True)
        expected["param_groups"][0]["lr"] = rate
        work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", "-f", "--groups", "one",
                  "--hyper", which)
        work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})
    expected["param_groups"][0]["lr"] = 0.5
    work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", "-f", "--groups", "one",
              "--hyper", "lr=0.5")
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})


# ---- a part replaced

def replaced(a, b, pattern):
    model = copy.deepcopy(a[0].state_dict())
    states, groups = by_name(a[1].state_dict(), names_of(*a))
    donor, _ = by_name(b[1].state_dict(), names_of(*b))
    for key in model:
        if key.startswith(pattern):
            model[key] = b[0].state_dict()[key]
    states = {n: s for n, s in states.items() if not n.startswith(pattern)}
    states |= {n: s for n, s in donor.items() if n.startswith(pattern)}
    return copy.deepcopy({"model": model, "optimizer": by_id(states, groups)})


@scenario
def replace_a_part(work):
    for options_b in ({}, {"groups": by_dimension}, {"skipped": ("enc.0.bias",)}, {"lr": 0.5}):
        a, b = trained(0, groups=by_dimension), trained(1, steps=6, **options_b)
        work.save("a.pt", content_of(*a))
        work.save("b.pt", content_of(*b))
        work.ckpt("optim", "merge", "a.pt", "b.pt", "--replace", "enc", "-o", "out.pt", "-f")
        work.expect("out.pt", replaced(a, b, "enc."))


@scenario
def replace_from_another_kind(work):
    a, b = trained(0), trained(1, torch.optim.SGD, momentum=0.9)
    work.save("a.pt", content_of(*a))
    work.save("b.pt", content_of(*b))
    said = work.ckpt("optim", "merge", "a.pt", "b.pt", "--replace", "enc", "-o", "out.pt").stderr
    assert "starts afresh" in said, said
    b[1].state.clear()
    work.expect("out.pt", replaced(a, b, "enc."))


@scenario
def replace_one_of_tied_names(work):
    """What load_state_dict does: it writes into the tensor that both names are."""
    model, other = made(Tied, 1), made(Tied, 2)
    work.save("a.pt", model.state_dict())
    work.save("b.pt", other.state_dict())
    for name, tied in (("embed.weight", "head.weight"), ("head.weight", "embed.weight")):
        said = work.ckpt("optim", "merge", "a.pt", "b.pt", "--replace", name, "-o", "out.pt",
                         "-f").stderr
        assert f"'{tied}' is tied to '{name}', which is replaced, and changes along" in said, said
        expected = made(Tied, 1)
        expected.load_state_dict({name: other.state_dict()[name]}, strict=False)
        out = work.load("out.pt")
        for key, value in expected.state_dict().items():
            assert out[key].equal(value), key
        assert out["embed.weight"].data_ptr() == out["head.weight"].data_ptr()


@scenario
def replace_some_of_tied_names_by_several(work):
    whole = torch.arange(3.0)
    work.save("a.pt", {"a": whole, "b": whole, "c": whole, "d": torch.ones(1)})
    work.save("b.pt", {"a": torch.ones(3), "b": torch.zeros(3), "c": whole, "d": torch.ones(1)})
    said = work.refusal("optim", "merge", "a.pt", "b.pt", "--replace", "a", "--replace", "b", "-o",
                        "out.pt")
    assert "'c' is tied to 'a' and another name, which get different tensors" in said, said
    work.ckpt("optim", "merge", "a.pt", "b.pt", *(f"--replace={x}" for x in "abc"), "-o", "out.pt")
    assert [work.load("out.pt")[x].tolist() for x in "abc"] == [[1.0] * 3, [0.0] * 3, [0, 1, 2]]


# ---- averages

def mean(tensors, weights):
    total = sum(w * t.to(torch.float64) for w, t in zip(weights, tensors))
    return total.to(tensors[0].dtype)


def averaged_state(states, weights, rules, betas):
    """By the table of rules; sums in double, rounded once."""
    weights = [w / sum(weights) for w in weights]
    steps = [float(s["step"]) for s in states] if "step" in states[0] else []
    out = {}
    for key in states[0]:
        values = [s[key] for s in states]
        rule = rules.get(key, "mean")
        if rule == "largest":
            out[key] = values[steps.index(max(steps))]
        elif rule == "max":
            out[key] = torch.stack(values).amax(0)
        elif key in ("exp_avg", "exp_avg_sq") and len(set(steps)) > 1:
            beta = betas[key == "exp_avg_sq"]
            unbiased = [v.double() / (1 - beta**t) for v, t in zip(values, steps)]
            total = sum(w * v for w, v in zip(weights, unbiased))
            out[key] = (total * (1 - beta**max(steps))).to(values[0].dtype)
        else:
            out[key] = mean(values, weights)
    return out


RULES = {"step": "largest", "mu_product": "largest", "eta": "largest", "mu": "largest",
         "max_exp_avg_sq": "max", "exp_inf": "max"}


def averaged(runs, weights):
    model = copy.deepcopy(runs[0][0].state_dict())
    for key, value in model.items():
        values = [m.state_dict()[key] for m, _ in runs]
        model[key] = mean(values, weights) if value.is_floating_point() else torch.stack(
            values).amax(0)
    named = [by_name(o.state_dict(), names_of(m, o)) for m, o in runs]
    states = {}
    betas = runs[0][1].param_groups[0].get("betas")
    for name in {n for states_of_run, _ in named for n in states_of_run}:
        votes = [(s[name], w) for (s, _), w in zip(named, weights) if name in s]
        states[name] = averaged_state([s for s, _ in votes], [w for _, w in votes], RULES, betas)
    return copy.deepcopy({"model": model, "optimizer": by_id(states, named[0][1])})


def average_scenario(kind, options, steps, weights=(0.5, 0.5), groups=every, skipped=()):
    def run_it(work):
        runs = [trained(i, kind, groups, steps=n, skipped=skipped if i else (), **options)
                for i, n in enumerate(steps)]
        for i, one in enumerate(runs):
            work.save(f"{i}.pt", content_of(*one))
        said = [] if set(weights) == {0.5} else [
            word for w in weights for word in ("--weight", w)]
        work.ckpt("optim", "merge", "--average", *[f"{i}.pt" for i in range(len(runs))], "-o",
                  "out.pt", *said)
        expected = averaged(runs, weights)
        expect_close_to_a_rounding(work.load("out.pt"), expected)
    return run_it


def expect_close_to_a_rounding(got, expected):
    """As `expected` but for the last bit: the order of a sum in double is nobody's promise."""
    def walk(a, b, place):
        if torch.is_tensor(b):
            assert a.dtype == b.dtype and a.shape == b.shape and a.stride() == b.stride(), place
            eps = torch.finfo(b.dtype).eps if b.is_floating_point() else 0
            assert torch.allclose(a.double(), b.double(), rtol=eps, atol=0), place
        elif isinstance(b, dict):
            assert set(a) == set(b), f"{place}: {list(a)} and {list(b)}"
            for key in b:
                walk(a[key], b[key], f"{place}/{key}")
        elif isinstance(b, (list, tuple)):
            assert type(a) is type(b) and len(a) == len(b), place
            for i, (x, y) in enumerate(zip(a, b)):
                walk(x, y, f"{place}[{i}]")
        else:
            assert type(a) is type(b) and a == b, f"{place}: {a!r} and {b!r}"
    walk(got, expected, "")


o = torch.optim
SCENARIOS |= {
    "average_sgd": average_scenario(o.SGD, {"momentum": 0.9}, (4, 4)),
    "average_adam": average_scenario(o.Adam, {}, (4, 4), (0.25, 0.75)),
    "average_unequal_steps": average_scenario(o.AdamW, {}, (3, 7)),
    "average_three": average_scenario(o.AdamW, {}, (3, 7, 5), (0.5, 0.25, 0.25)),
    "average_amsgrad": average_scenario(o.Adam, {"amsgrad": True}, (4, 6)),
    "average_groups": average_scenario(o.AdamW, {}, (4, 6), groups=by_dimension),
    "average_missing": average_scenario(o.AdamW, {}, (4, 6), skipped=("enc.0.weight",)),
    "average_adamax": average_scenario(o.Adamax, {}, (4, 4)),
    "average_nadam": average_scenario(o.NAdam, {}, (4, 6)),
    "average_adagrad": average_scenario(o.Adagrad, {}, (4, 4)),
    "average_rmsprop": average_scenario(o.RMSprop, {"momentum": 0.9, "centered": True}, (4, 6)),
    "average_adadelta": average_scenario(o.Adadelta, {}, (4, 6)),
    "average_adafactor": average_scenario(o.Adafactor, {}, (4, 4)),
    "average_asgd": average_scenario(o.ASGD, {}, (4, 6)),
}


@scenario
def average_of_sgd_is_one_run_on_mean_gradients(work):
    """From the same start, weights and momentum of the mean are those of mean gradients: here of
    a run averaged with itself, bit for bit."""
    one = trained(0, torch.optim.SGD, momentum=0.9)
    work.save("a.pt", content_of(*one))
    work.ckpt("optim", "merge", "--average", "a.pt", "a.pt", "-o", "out.pt")
    work.expect("out.pt", content_of(*one))


FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
          torch.float8_e5m2]


@scenario
def average_of_every_float_type(work):
    """In double, rounded once, through float32 where the type is narrower; NaN and Inf stay."""
    weights = [0.5, 0.125, 0.375]
    runs = []
    for i in range(len(weights)):
        content = content_of(*trained(i))
        numbers = torch.randn(300_001, dtype=torch.float64) * 3
        numbers[i], numbers[5 + i] = float("nan"), float("inf")
        content["model"].update({f"extra.{t}": numbers.to(t) for t in FLOATS})
        work.save(f"{i}.pt", content)
        runs.append(content)
    work.ckpt("optim", "merge", "--average", "0.pt", "1.pt", "2.pt", "-o", "out.pt",
              *[word for weight in weights for word in ("--weight", weight)])
    got = work.load("out.pt")["model"]
    for dtype in FLOATS:
        shares = [run["model"][f"extra.{dtype}"].double() * w for run, w in zip(runs, weights)]
        expected = (shares[0] + shares[1]) + shares[2]
        expected = (expected if dtype == torch.float64 else expected.float()).to(dtype)
        ours = got[f"extra.{dtype}"]
        assert ours.dtype == dtype, dtype
        same = (ours.double() == expected.double()) | (ours.isnan() & expected.isnan())
        assert bool(same.all()), f"{dtype}: {int((~same).sum())} of {len(same)} differ"


def laid_out(layout, dtype):
    """37 x 29 random numbers: as they are, transposed, a slice, a slice transposed."""
    rows, columns = (29, 37) if layout.startswith("transposed") else (37, 29)
    if layout.endswith("slice"):
        matrix = torch.randn(rows + 13, columns + 11)[3:rows + 3, 5:columns + 5]
    else:
        matrix = torch.randn(rows, columns)
    matrix = matrix.to(dtype)
    if layout.endswith("slice"):  # to() has made it dense
        matrix = torch.cat([matrix, matrix], 1)[:, 3:columns + 3]
    return matrix.t() if layout.startswith("transposed") else matrix


@scenario
def average_of_any_two_layouts(work):
    torch.manual_seed(0)
    layouts = ["dense", "transposed", "slice", "transposed slice"]
    names = {f"{x}, {y}, {dtype}": (laid_out(x, dtype), laid_out(y, dtype))
             for x in layouts for y in layouts
             for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)}
    image = torch.randn(4, 8, 3, 3)
    last = torch.randn(4, 8, 3, 3).to(memory_format=torch.channels_last)
    names |= {"channels": (image, last), "channels last": (last, image), "both": (last, last)}
    names |= {"expanded": (torch.randn(3, 1).expand(3, 5), torch.randn(5, 3).t())}
    for i in range(2):
        work.save(f"{i}.pt", {name: pair[i].clone() if name == "dense" else pair[i]
                              for name, pair in names.items()})
    work.ckpt("optim", "merge", "--average", "0.pt", "1.pt", "-o", "out.pt")
    got = work.load("out.pt")
    for name, (a, b) in names.items():
        expected = ((a.double() + b.double()) / 2).to(a.dtype)
        assert torch.equal(got[name], expected), name
    assert got["both"].is_contiguous(memory_format=torch.channels_last)


@scenario
def average_keeps_what_is_shared(work):
    def content(seed):
        torch.manual_seed(seed)
        tied, flat = torch.randn(5, 3), torch.randn(20)
        return {"embed": tied, "head": tied, "row": tied[1], "by.column": tied.t(),
                "flat.a": flat[:12].view(3, 4), "flat.b": flat[12:], "alone": torch.randn(2)}
    a, b = content(0), content(1)
    work.save("a.pt", a)
    work.save("b.pt", b)
    work.ckpt("optim", "merge", "--average", "a.pt", "b.pt", "-o", "out.pt")
    got = work.load("out.pt")
    with torch.no_grad():
        for name in ("embed", "flat.a", "flat.b", "alone"):  # in place: all views see it
            a[name].copy_((a[name].double() + b[name].double()) / 2)
    for name, tensor in a.items():
        assert torch.equal(got[name], tensor) and got[name].stride() == tensor.stride(), name
        for other, beside in a.items():
            shared = tensor.untyped_storage().data_ptr() == beside.untyped_storage().data_ptr()
            ours = got[name].untyped_storage().data_ptr() == got[other].untyped_storage().data_ptr()
            assert shared == ours, (name, other)


@scenario
def average_refused(work):
    work.save("a.pt", content_of(*trained(0)))
    work.save("b.pt", content_of(*trained(1, eps=1e-6)))
    said = work.refusal("optim", "merge", "--average", "a.pt", "b.pt", "-o", "out.pt")
    assert "'eps' is 1e-08 and 1e-06" in said and "--hyper first" in said, said
    lbfgs = trained(0, torch.optim.LBFGS, lr=0.1)
    work.save("a.pt", content_of(*lbfgs))
    said = work.refusal("optim", "merge", "--average", "a.pt", "a.pt", "-o", "out.pt")
    assert "cannot be averaged" in said and "--state" in said, said


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
