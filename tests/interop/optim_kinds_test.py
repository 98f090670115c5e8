"""Every optimizer of torch through the edits that compute nothing: a part dropped, modules renamed
and reordered. The file must be what torch makes by hand, and training resumed from it must end where
the uninterrupted run does.

    optim_kinds_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import by_id, by_name, data, expect_end, final, made, names_of, run, train

import torch
from torch import nn


class Before(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(6, 8)
        self.aux = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))
        self.b, self.c = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        return self.c(torch.tanh(self.b(torch.tanh(self.a(x)))))


class After(nn.Module):
    """aux is gone, c is registered first and called out."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 8)
        self.a, self.b = nn.Linear(6, 8), nn.Linear(8, 8)

    def forward(self, x):
        return self.out(torch.tanh(self.b(torch.tanh(self.a(x)))))


def loss_before(model, step):
    h = torch.tanh(model.a(data(step, 16, 6)))
    return model(data(step, 16, 6)).pow(2).mean() + model.aux(h).sub(1).pow(2).mean()


def loss_after(model, step):
    return model(data(step, 16, 6)).pow(2).mean()


def new_name(name):
    if name.startswith("aux."):
        return None
    return name.replace("c.", "out.", 1) if name.startswith("c.") else name


def matrices_only(model):
    return [p for p in model.parameters() if p.ndim == 2]


def every(model):
    return list(model.parameters())


def in_two_groups(model):
    return [{"params": matrices_only(model)},
            {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]


o = torch.optim
KINDS = {
    "sgd": (every, o.SGD, dict(lr=0.1)),
    "sgd_momentum": (every, o.SGD, dict(lr=0.1, momentum=0.9, dampening=0.1)),
    "sgd_nesterov": (in_two_groups, o.SGD, dict(lr=0.1, momentum=0.9, nesterov=True)),
    "sgd_fused": (every, o.SGD, dict(lr=0.1, momentum=0.9, fused=True)),
    "adam": (every, o.Adam, dict(lr=0.01)),
    "adam_amsgrad": (in_two_groups, o.Adam, dict(lr=0.01, amsgrad=True)),
    "adam_foreach": (every, o.Adam, dict(lr=0.01, foreach=True)),
    "adam_fused": (every, o.Adam, dict(lr=0.01, fused=True)),
    "adam_differentiable": (every, o.Adam, dict(lr=0.01, maximize=True)),
    "adam_tensor_lr": (in_two_groups, o.Adam, dict(lr=torch.tensor(0.01))),
    "adamw": (in_two_groups, o.AdamW, dict(lr=0.01)),
    "adamax": (every, o.Adamax, dict(lr=0.01)),
    "nadam": (every, o.NAdam, dict(lr=0.01, decoupled_weight_decay=True, weight_decay=0.1)),
    "radam": (in_two_groups, o.RAdam, dict(lr=0.01)),
    "adagrad": (in_two_groups, o.Adagrad, dict(lr=0.01, initial_accumulator_value=0.5)),
    "adadelta": (every, o.Adadelta, dict(lr=0.5)),
    "rmsprop": (every, o.RMSprop, dict(lr=0.01, momentum=0.9, centered=True)),
    "rprop": (every, o.Rprop, dict(lr=0.01)),
    "asgd": (in_two_groups, o.ASGD, dict(lr=0.01)),
    "adafactor": (in_two_groups, o.Adafactor, dict(lr=0.01)),
    "muon": (matrices_only, o.Muon, dict(lr=0.01)),
    "lbfgs": (every, o.LBFGS, dict(lr=0.1, max_iter=3)),
}


def scenario(parameters, kind, options):
    def make_optimizer(model):
        return kind(parameters(model), **copy.deepcopy(options))

    def run_it(work):
        model = made(Before, 0)
        optimizer = make_optimizer(model)
        train(model, optimizer, loss_before, 0, 4)
        before = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
        old_names = names_of(model, optimizer)
        train(model, optimizer, loss_after, 4, 7)

        after = made(After, 1)
        new_names = names_of(after, make_optimizer(after))
        states, groups = by_name(before["optimizer"], old_names)
        states = {new_name(k): v for k, v in states.items() if new_name(k)}
        if kind is o.LBFGS:
            states = {}
        weights = {new_name(k): v for k, v in before["model"].items()}
        expected_model = copy.copy(after.state_dict())
        for key in expected_model:
            expected_model[key] = weights[key]
        expected = {"model": expected_model, "optimizer": by_id(states, [
            (hyper, names) for (hyper, _), names in zip(groups, new_names)])}

        work.save("in.pt", before)
        open(work.path("order.txt"), "w").write("\n".join(after.state_dict()))
        work.ckpt("filter", "in.pt", "-o", "part.pt", "--drop", "aux")
        work.ckpt("remap", "part.pt", "-o", "out.pt", "--map", "c=>out", "--order", "order.txt")
        work.expect("out.pt", expected)
        out = work.load("out.pt")
        resumed = made(After, 9)
        resumed_optimizer = make_optimizer(resumed)
        resumed.load_state_dict(out["model"])
        resumed_optimizer.load_state_dict(out["optimizer"])
        if kind is o.LBFGS:
            return  # its flat state cannot follow: there is no uninterrupted run
        train(resumed, resumed_optimizer, loss_after, 4, 7)
        wanted = {}
        for key, value in final(model, optimizer).items():
            section, name = key.split("/", 1)
            if new_name(name):
                wanted[f"{section}/{new_name(name)}"] = value
        expect_end(final(resumed, resumed_optimizer), wanted)

    return run_it


if __name__ == "__main__":
    sys.exit(run({name: scenario(*row) for name, row in KINDS.items()}))
