"""Names beside ids, for architectures and ways to build groups: every name that ckpt gives must be
right; where it gives none, the true one must be among those it prints.

    optim_zoo_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

CKPT = os.environ.get("CKPT", "ckpt")
torch.manual_seed(0)


# ---- architectures, small, with what makes each hard

class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.ln_1 = nn.LayerNorm(d)
        self.attn = nn.Module()
        self.attn.c_attn = nn.Linear(d, 3 * d)
        self.attn.c_proj = nn.Linear(d, d)
        self.attn.register_buffer("bias", torch.ones(1, 1, 8, 8))
        self.ln_2 = nn.LayerNorm(d)
        self.mlp = nn.ModuleDict(dict(c_fc=nn.Linear(d, 4 * d), c_proj=nn.Linear(4 * d, d)))


class Gpt(nn.Module):
    """Tied embedding, mask buffers that look like parameters."""

    def __init__(self, d=16, n=3):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(50, d), nn.Embedding(20, d)
        self.h = nn.ModuleList([Block(d) for _ in range(n)])
        self.ln_f = nn.LayerNorm(d)
        self.lm_head = nn.Linear(d, 50, bias=False)
        self.lm_head.weight = self.wte.weight


class RmsNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))


class LlamaLayer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.self_attn = nn.ModuleDict({k + "_proj": nn.Linear(d, d, bias=False) for k in "qkvo"})
        self.mlp = nn.ModuleDict(dict(gate_proj=nn.Linear(d, 3 * d, bias=False),
                                      up_proj=nn.Linear(d, 3 * d, bias=False),
                                      down_proj=nn.Linear(3 * d, d, bias=False)))
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(d), RmsNorm(d)


class Llama(nn.Module):
    """No biases, and many equal shapes."""

    def __init__(self, d=16, n=3):
        super().__init__()
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(50, d)
        self.model.layers = nn.ModuleList([LlamaLayer(d) for _ in range(n)])
        self.model.norm = RmsNorm(d)
        self.lm_head = nn.Linear(d, 50, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        if i != o:
            self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False),
                                            nn.BatchNorm2d(o))


class ResNet(nn.Module):
    """BatchNorm buffers between the parameters."""

    def __init__(self, w=8):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, w, 7, 2, 3, bias=False), nn.BatchNorm2d(w)
        widths = [w, w, 2 * w, 4 * w]
        for k in range(3):
            setattr(self, f"layer{k + 1}", nn.Sequential(
                BasicBlock(widths[k], widths[k + 1], 1 + (k > 0)),
                BasicBlock(widths[k + 1], widths[k + 1], 1)))
        self.fc = nn.Linear(4 * w, 10)


class Vit(nn.Module):
    """Parameters of its own before its children."""

    def __init__(self, d=16, n=4):
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, d))
        self.pos_embed = nn.Parameter(torch.randn(1, 17, d))
        self.patch_embed = nn.ModuleDict(dict(proj=nn.Conv2d(3, d, 4, 4)))
        self.blocks = nn.ModuleList([nn.ModuleDict(dict(
            norm1=nn.LayerNorm(d), attn=nn.ModuleDict(dict(qkv=nn.Linear(d, 3 * d),
                                                           proj=nn.Linear(d, d))),
            norm2=nn.LayerNorm(d), mlp=nn.ModuleDict(dict(fc1=nn.Linear(d, 4 * d),
                                                          fc2=nn.Linear(4 * d, d)))))
            for _ in range(n)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, 10)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.lstm = nn.LSTM(8, 8, 2, bidirectional=True)
        self.out = nn.Linear(16, 30)


class Parametrized(nn.Module):
    """weight_norm and spectral_norm move the weight behind the bias."""

    def __init__(self):
        super().__init__()
        self.a = nn.utils.parametrizations.weight_norm(nn.Linear(6, 8))
        self.b = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))
        self.c = nn.utils.spectral_norm(nn.Linear(8, 8))
        self.d = nn.Linear(8, 6)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone, self.neck = ResNet(4), nn.Sequential(nn.Conv2d(16, 8, 1), nn.Conv2d(8, 8, 3))
        self.head = nn.ModuleDict(dict(cls=nn.Conv2d(8, 5, 1), box=nn.Conv2d(8, 4, 1)))


MODELS = {
    "gpt": Gpt, "llama": Llama, "resnet": ResNet, "vit": Vit, "lstm": Recurrent,
    "parametrized": Parametrized, "detector": Detector,
    "transformer": lambda: nn.Transformer(16, 2, 2, 2, 32),
    "equal": lambda: nn.Sequential(*[nn.Linear(16, 16) for _ in range(6)]),
}


# ---- ways to build groups: {name: parameter} -> groups

def is_bias_or_norm(name):
    return "bias" in name or "ln_" in name or "norm" in name.lower() or ".bn" in name


def named(model):
    return {n: p for n, p in model.named_parameters() if p.requires_grad}


def split(model, is_first):
    parameters = named(model)
    groups = [[p for n, p in parameters.items() if is_first(n, p)],
              [p for n, p in parameters.items() if not is_first(n, p)]]
    return [{"params": g, "weight_decay": wd} for g, wd in zip(groups, (0.1, 0.0)) if g]


def last_module(model):
    return list(named(model))[-1].rsplit(".", 1)[0]


def yolo(model):
    weights, norms, biases = [], [], []
    for module in model.modules():
        for leaf, p in module.named_parameters(recurse=False):
            if not p.requires_grad:
                continue
            is_norm = isinstance(module, (nn.BatchNorm2d, nn.LayerNorm, RmsNorm))
            (biases if leaf.endswith("bias") else norms if is_norm else weights).append(p)
    return [{"params": g} for g in (biases, weights, norms) if g]


def layers(model):
    groups, stack = {}, False
    for n, p in named(model).items():
        found = re.search(r"(?:^|\.)(\d+)\.", n)
        stack = stack or bool(found)
        layer = int(found[1]) + 1 if found else 10**6 if stack else 0
        groups.setdefault((layer, p.ndim > 1), []).append(p)
    return [{"params": g, "lr_scale": 0.9**i} for i, g in enumerate(groups.values())]


def freeze(model, is_frozen):
    names = list(dict(model.named_parameters()))
    for i, (n, p) in enumerate(model.named_parameters()):
        p.requires_grad_(not is_frozen(n, i, names))
    return [{"params": list(named(model).values())}] if named(model) else None


def in_first_half(name, index, names):
    top = name.split(".")[0]
    tops = list(dict.fromkeys(n.split(".")[0] for n in names))
    return tops.index(top) < len(tops) // 2


RECIPES = {
    "one_group": lambda m: [{"params": list(m.parameters())}],
    "by_dimension": lambda m: split(m, lambda n, p: p.ndim >= 2),
    "hugging_face": lambda m: split(m, lambda n, p: not is_bias_or_norm(n)),
    "timm": lambda m: split(m, lambda n, p: p.ndim >= 2)[::-1],
    "biases_apart": lambda m: split(m, lambda n, p: not n.endswith("bias")),
    "head_apart": lambda m: split(m, lambda n, p: not n.startswith(last_module(m))),
    "head_first": lambda m: split(m, lambda n, p: n.startswith(last_module(m))),
    "yolo": yolo,
    "layer_decay": layers,
    "one_per_parameter": lambda m: [{"params": [p]} for p in m.parameters()],
    "first_half_frozen": lambda m: freeze(m, in_first_half),
    "only_biases": lambda m: freeze(m, lambda n, i, names: not n.endswith("bias")),
    "only_head": lambda m: freeze(m, lambda n, i, names: not n.startswith(
        names[-1].rsplit(".", 1)[0])),
    "norms_frozen": lambda m: freeze(m, lambda n, i, names: is_bias_or_norm(n)
                                     and "bias" not in n),
    "every_third_frozen": lambda m: freeze(m, lambda n, i, names: i % 3 == 0),
    "reversed": lambda m: [{"params": list(m.parameters())[::-1]}],
    "by_name": lambda m: [{"params": [p for _, p in sorted(m.named_parameters())]}],
}

OPTIMIZERS = [
    lambda g: torch.optim.AdamW(g, lr=1e-3),
    lambda g: torch.optim.SGD(g, lr=0.1, momentum=0.9),
    lambda g: torch.optim.RMSprop(g, lr=1e-3),
    lambda g: torch.optim.Adafactor(g, lr=1e-3),
]


def train_one_step(model, optimizer, skipped=()):
    for n, p in model.named_parameters():
        if p.requires_grad and n not in skipped:
            p.grad = torch.randn_like(p)
    optimizer.step()


def true_names(model, optimizer):
    names = {id(p): n for n, p in model.named_parameters()}
    return [names[id(p)] for g in optimizer.param_groups for p in g["params"]]


def variants(state_dict):
    """How writers keep the model part; with the change that makes to the names."""
    yield "", state_dict
    yield "cloned", {k: v.clone() for k, v in state_dict.items()}
    yield "sorted", dict(sorted(state_dict.items()))


# ---- tiny models of few shapes, where a wrong rule easily fits

WORDS = ("attn", "mlp", "norm", "head", "proj", "key", "query", "body", "adapter", "embed")
LEAVES = (lambda: nn.Linear(4, 4), lambda: nn.Linear(4, 4, bias=False), lambda: nn.LayerNorm(4),
          lambda: nn.Linear(4, 8), lambda: nn.BatchNorm1d(4))


def random_module(chance, depth=2):
    module = nn.Module()
    for name in chance.sample(WORDS, chance.randint(2, 4)):
        kind = chance.random()
        if depth and kind < 0.4:
            setattr(module, name, random_module(chance, depth - 1))
        elif depth and kind < 0.6:
            block = random_module(chance, depth - 1)
            setattr(module, name, nn.ModuleList(copy.deepcopy(block) for _ in range(3)))
        else:
            setattr(module, name, chance.choice(LEAVES)())
    return module


def random_files(count):
    """A module, a part of names, or what comes before a parameter is frozen, or alone trained."""
    for seed in range(count):
        chance = random.Random(seed)
        model = random_module(chance)
        names = [n for n, _ in model.named_parameters()]
        part = chance.choice(sorted({p for n in names for p in n.split(".")}))
        module = chance.choice(names).rpartition(".")[0]
        start = chance.randrange(len(names))
        is_chosen = chance.choice((lambda n, i: n.startswith(module + "."),
                                   lambda n, i: part in n.split("."),
                                   lambda n, i: i < start))
        frozen = chance.random() < 0.5
        groups = freeze(model, lambda n, i, _: is_chosen(n, i) == frozen)
        if not groups:
            continue
        if chance.random() < 0.4:
            groups = split(model, lambda n, p: p.ndim > 1)
        optimizer = torch.optim.AdamW(groups)
        train_one_step(model, optimizer)
        yield (f"random.{seed}",
               {"model": model.state_dict(), "optimizer": optimizer.state_dict()},
               [true_names(model, optimizer)])


def files():
    number = 0
    for model_name, make in MODELS.items():
        for recipe_name, recipe in RECIPES.items():
            model = make()
            groups = recipe(model)
            if not groups:
                continue
            optimizer = OPTIMIZERS[number % len(OPTIMIZERS)](groups)
            number += 1
            train_one_step(model, optimizer)
            for variant, state_dict in variants(model.state_dict()):
                if variant and recipe_name not in ("one_group", "by_dimension", "only_biases"):
                    continue
                yield (f"{model_name}.{recipe_name}{variant and '.' + variant}",
                       {"model": state_dict, "optimizer": optimizer.state_dict()},
                       [true_names(model, optimizer)])
    yield from pairs()
    yield from random_files(150)


def pairs():
    """Several optimizers in a file."""
    model = nn.ModuleDict(dict(generator=nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 8)),
                               discriminator=nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 1))))
    optimizers = [torch.optim.Adam(model[k].parameters()) for k in ("generator", "discriminator")]
    for optimizer in optimizers:
        train_one_step(model, optimizer)
    yield ("gan.one_model", {"model": model.state_dict(), "optimizer_g": optimizers[0].state_dict(),
                             "optimizer_d": optimizers[1].state_dict()},
           [true_names(model, o) for o in optimizers])
    a, b = (nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8)) for _ in range(2))
    optimizers = [torch.optim.Adam(m.parameters()) for m in (a, b)]
    for m, optimizer in zip((a, b), optimizers):
        train_one_step(m, optimizer)
    yield ("gan.two_models", {"netG": a.state_dict(), "netD": b.state_dict(),
                              "optimizer_G": optimizers[0].state_dict(),
                              "optimizer_D": optimizers[1].state_dict()},
           [true_names(a, optimizers[0]), true_names(b, optimizers[1])])
    model = Llama()
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "layers" in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and "layers" in n)]
    optimizers = [torch.optim.SGD(matrices, lr=0.1, momentum=0.9), torch.optim.AdamW(others)]
    for optimizer in optimizers:
        train_one_step(model, optimizer)
    yield ("muon_and_adamw", {"model": model.state_dict(),
                              "optimizers": [o.state_dict() for o in optimizers]},
           [true_names(model, o) for o in optimizers])
    model = Gpt()
    optimizer = torch.optim.Adam(model.parameters())
    train_one_step(model, optimizer, {"h.1.attn.c_attn.weight", "wpe.weight"})
    ema = copy.deepcopy(model).state_dict()
    yield ("some_never_stepped", {"ema": ema, "model": model.state_dict(),
                                  "optimizer": optimizer.state_dict()},
           [true_names(model, optimizer)])


def judge(path, truth):
    """'right', 'asks', or what is wrong."""
    done = subprocess.run([CKPT, "optim", "ls", "--json", path], capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr
    optimizers = json.loads(done.stdout)["optimizers"]
    if [len(o["ids"]) for o in optimizers] != [len(t) for t in truth]:
        return "other ids than torch has"
    asked = False
    for optimizer, names in zip(optimizers, truth):
        for entry, name in zip(optimizer["ids"], names):
            if entry["name"] == name:
                continue
            if entry["name"] is not None:
                return (f"{optimizer['names']} ({optimizer['rule']}): id {entry['id']} is {name}, "
                        f"not {entry['name']}")
            if optimizer["names"] != "none" and name not in entry["possible_names"]:
                return f"{optimizer['rule']}: id {entry['id']} can be {name}, which is not printed"
            asked = True
    return "asks" if asked else "right"


def main():
    counts = {"right": 0, "asks": 0, "wrong": 0}
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "file.pt")
        for name, content, truth in files():
            torch.save(content, path)
            verdict = judge(path, truth)
            counts[verdict if verdict in counts else "wrong"] += 1
            if verdict != "right" and not (verdict == "asks" and name.startswith("random")):
                print(f"{name}: {verdict}")
    print(counts)
    return 1 if counts["wrong"] or sum(counts.values()) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
