"""ckpt copy against load_state_dict on random pairs of models: one generated, the other the same
but for what people change: layers, wrappers, prefixes, dtypes, ties, layouts, parts of files.

    copy_fuzz.py CKPT [COUNT [FIRST_SEED]]

OUT must load with strict=True, hold what load_state_dict(strict=False) leaves, be the file that
torch saves after copying in place, and the report must name what torch names.
"""
import copy
import random
import sys

import common
import torch
from copy_judge import CopyCase, torch_verdict
from torch import nn

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 80
FIRST = int(sys.argv[3]) if len(sys.argv) > 3 else 0
FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
WRAPPERS = ("module.", "_orig_mod.", "module._orig_mod.")


class Leaf(nn.Module):
    """Parameters and buffers that common layers do not have."""

    def __init__(self, rng):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(rng.random()))
        self.register_buffer("count", torch.tensor(rng.randrange(9)))
        self.register_buffer("mask", torch.rand(rng.randint(0, 4)) > .5)
        self.register_buffer("phase", torch.randn(2, dtype=torch.complex64))
        self.register_buffer("scratch", torch.randn(2), persistent=False)


LAYERS = (lambda rng: nn.Linear(rng.randint(1, 5), rng.randint(1, 5), bias=rng.random() < .7),
          lambda rng: nn.Conv2d(rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 2)),
          lambda rng: nn.BatchNorm2d(rng.randint(1, 4)),
          lambda rng: nn.LayerNorm(rng.randint(1, 4)),
          lambda rng: nn.Embedding(rng.randint(1, 5), rng.randint(1, 4)),
          lambda rng: nn.GRU(2, rng.randint(1, 3)), Leaf)


def module_tree(rng, depth=0):
    module = nn.Module()
    for name in rng.sample(["0", "1", "body", "head", "norm", "proj"], rng.randint(1, 4)):
        nests = depth < 2 and rng.random() < .4
        module.add_module(name, module_tree(rng, depth + 1) if nests else rng.choice(LAYERS)(rng))
    return module


def changed(rng, model):
    """The model with some layers gone, others replaced, others new."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if list(child.children()) or rng.random() < .75:
                continue
            if rng.random() < .4:
                delattr(module, name)
            else:
                module.add_module(name, rng.choice(LAYERS)(rng))
        if rng.random() < .1 and not isinstance(module, (nn.Linear, Leaf)):
            module.add_module("added", rng.choice(LAYERS)(rng))
    return model


def tie(rng, model):
    """Two parameters of one shape become one."""
    names = [(module, name, parameter) for module in model.modules()
             for name, parameter in module.named_parameters(recurse=False)
             if not isinstance(module, nn.GRU)]
    for first, name, parameter in names:
        for other, other_name, like in names:
            if like is not parameter and like.shape == parameter.shape and rng.random() < .3:
                other.register_parameter(other_name, parameter)
                return


def refilled(model, seed):
    torch.manual_seed(seed)
    model = copy.deepcopy(model)
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            if value.is_floating_point() or value.is_complex():
                value.copy_(torch.randn_like(value))
            else:
                value.copy_(torch.randint(0, 2 if value.dtype == torch.bool else 90, value.shape))
    return model


def laid_out(rng, state):
    """The same values: as parameters, in other strides, as parts of larger storages. Ties stay."""
    made, of_view = {}, {}
    for name, value in state.items():
        if value.numel() and value.data_ptr() in of_view:
            made[name] = of_view[value.data_ptr()]
            continue
        place, value = value.data_ptr(), value.detach()
        kind = rng.randrange(6)
        if kind == 0 and value.dim() > 1:
            value = value.transpose(0, 1).contiguous().transpose(0, 1)
        elif kind == 1 and value.dim() > 0:
            value = torch.stack([value, value])[1]
        elif kind == 2 and value.dim() > 0:
            value = torch.stack([value, value], -1)[..., 0]
        elif kind == 3 and value.is_floating_point():
            value = nn.Parameter(value.clone(), requires_grad=rng.random() < .8)
        made[name] = of_view[place] = value
    return made


def cast(model, dtype):
    """Floating values alone: complex ones would lose their imaginary part."""
    for module in model.modules():
        for values in (module._parameters, module._buffers):
            for name, value in values.items():
                if value is not None and value.is_floating_point():
                    values[name] = (nn.Parameter(value.detach().to(dtype))
                                    if isinstance(value, nn.Parameter) else value.to(dtype))


class Side:
    """One model in a file: under a wrapper, in a part of it, in other layouts."""

    def __init__(self, rng, model, path, wrapper):
        self.path, self.prefix = path, wrapper
        state = model.state_dict()
        if rng.random() < .5:
            state = laid_out(rng, state)
        if wrapper:
            state = {wrapper + name: value for name, value in state.items()}
        self.is_section = rng.random() < .25
        self.address = f"{path}:nets:g" if self.is_section else path
        torch.save({"epoch": 3, "nets": {"g": state, "h": {"w": torch.ones(3)}}}
                   if self.is_section else state, path)

    def load(self):
        """The whole file, and what of it is meant."""
        value = common.load(self.path)
        return value, value["nets"]["g"] if self.is_section else value

    def bare(self, state):
        made = type(state)((name.removeprefix(self.prefix), value)
                           for name, value in state.items())
        if hasattr(state, "_metadata"):
            made._metadata = state._metadata
        return made


def can_be_done(how, mismatched):
    fits = (lambda give, take: give >= take) if how == "slice" else (
        lambda give, take: give <= take)
    return all(len(give) == len(take) and all(map(fits, give, take))
               for _, give, take in mismatched)


def put(target, source, how):
    """What `how` does with tensors of different shapes."""
    box = lambda shape: tuple(slice(size) for size in shape)
    if target.shape == source.shape:
        target.copy_(source)
    elif how == "slice":
        target.copy_(source[box(target.shape)])
    elif how == "pad":
        target[box(source.shape)] = source.to(target.dtype)


class CopyFuzz(CopyCase):
    def models(self, rng, seed):
        target = module_tree(rng)
        if rng.random() < .3:
            tie(rng, target)
        source = changed(rng, target) if rng.random() < .7 else target
        source, target = refilled(source, seed), refilled(target, seed + 1)
        if rng.random() < .2:
            cast(source, rng.choice(FLOATS))
        return source, target

    def check(self, seed):
        rng = random.Random(seed)
        source, target = self.models(rng, seed)
        wraps = rng.random() < .3
        wrappers = [rng.choice(("", *WRAPPERS)) if wraps else "" for _ in range(2)]
        give = Side(rng, source, self.folder / "source.pt", wrappers[0])
        take = Side(rng, target, self.folder / "target.pt", wrappers[1])
        options = ["--cast", "--on-tied", "last"]
        options += ["--strip-wrappers"] if any(wrappers) else []
        state = give.bare(give.load()[1])
        if len(state) > 1 and rng.random() < .3:
            for name in rng.sample(list(state), len(state) // 3):
                del state[name]
                options += ["--drop", give.prefix + name]
        return self.judge(rng, target, give, take, state, options)

    def judge(self, rng, target, give, take, state, options):
        verdict = torch_verdict(target, state)
        how = rng.choice(("skip", "slice", "pad"))
        how = how if can_be_done(how, verdict[2]) else "skip"
        options += ["--on-mismatch", how]
        left = {name for name, *_ in verdict[2]} if how == "skip" else set()
        copied = [name for name in target.state_dict() if name in state and name not in left]
        if not copied:
            self.refused(give.address, take.address, *options)
            return False
        out, report = self.copy_out(give.address, take.address, *options)
        self.assert_report(report, verdict, how, give.prefix, take.prefix)
        value, part = take.load()
        with torch.no_grad():
            for name in copied:
                put(part[take.prefix + name], state[name], how)
                put(dict(target.state_dict(keep_vars=True))[name], state[name], how)
        theirs = self.fresh_folder("theirs") / "out.pt"
        torch.save(value, theirs)
        self.assert_same_file(out, theirs)
        self.assert_loads(target, take, out)
        return True

    def assert_report(self, report, verdict, how, give_prefix, take_prefix):
        missing, unexpected, mismatched = verdict
        self.assert_verdict(report, ([take_prefix + name for name in missing],
                                     [give_prefix + name for name in unexpected],
                                     [(take_prefix + name, *shapes) for name, *shapes in mismatched]
                                     if how == "skip" else []))
        if how != "skip":
            others = [(pair["target"]["key"], pair["source"]["shape"], pair["target"]["shape"])
                      for pair in report["copied"] if pair["how"] in ("sliced", "padded")]
            self.assertEqual(others, [(take_prefix + name, *shapes)
                                      for name, *shapes in mismatched])

    def assert_loads(self, target, take, out):
        """OUT, loaded with strict=True, is what load_state_dict left in the model."""
        value = common.load(out)
        state = take.bare(value["nets"]["g"] if take.is_section else value)
        model = refilled(target, 0)
        model.load_state_dict(state, strict=True)
        for name, expected in target.state_dict().items():
            got = model.state_dict()[name]
            self.assertEqual((got.dtype, got.shape), (expected.dtype, expected.shape), name)
            self.assertTrue(torch.equal(got, expected), name)

    def test_random_pairs(self):
        copied = 0
        for seed in range(FIRST, FIRST + COUNT):
            with self.subTest(seed=seed):
                copied += self.check(seed)
        self.assertGreater(copied, COUNT // 3)

    def test_random_orders(self):
        """By position, whatever the names: the same kinds in the same order."""
        layers = LAYERS[:-1]
        for seed in range(FIRST, FIRST + COUNT // 5):
            with self.subTest(seed=seed):
                rng = random.Random(seed)
                model = nn.Sequential(*(rng.choice(layers)(rng) for _ in range(rng.randint(1, 5))))
                source, target = (refilled(model, seed + i).state_dict() for i in (0, 1))
                renamed = {f"m{i}.{name.rsplit('.')[-1]}": value
                           for i, (name, value) in enumerate(source.items())}
                paths = self.save(renamed, "source.pt"), self.save(target, "target.pt")
                out, _ = self.copy_out(*paths, "--by-order")
                self.assert_what_torch_saves(out, paths[1], source)

    def test_random_kinds(self):
        """Parameters or buffers alone."""
        layers = LAYERS[:-1]
        for seed in range(FIRST, FIRST + COUNT // 5):
            with self.subTest(seed=seed):
                rng = random.Random(seed)
                model = nn.Sequential(*(rng.choice(layers)(rng) for _ in range(3)),
                                      nn.BatchNorm2d(2))
                source, target = refilled(model, seed).state_dict(), refilled(model, seed + 1)
                names = {name for name, _ in target.named_buffers()}
                paths = self.save(source, "source.pt"), self.save(target.state_dict(), "target.pt")
                for what in ("parameters", "buffers"):
                    out, _ = self.copy_out(*paths, "--what", what, "--strict")
                    self.assert_what_torch_saves(out, paths[1], {
                        name: value for name, value in source.items()
                        if (name in names) == (what == "buffers")})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        common.CKPT = sys.argv[1]
    sys.argv[1:] = []
    common.main()
