"""Checkpoints as people keep them: several optimizers, Lightning, names instead of ids, schedulers,
averages, frozen and late parameters. Each is edited by ckpt and compared with what torch makes by
hand; where an uninterrupted run exists, the resumed one must end where it does.

    optim_forms_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import (by_id, by_name, data, expect_end, final, made, make_suite, names_of, run,
                         train)

import torch
from torch import nn

SCENARIOS, scenario = make_suite()


class Net(nn.Module):
    """A stem, an auxiliary head in the middle, a trunk and a head."""

    def __init__(self, aux=True):
        super().__init__()
        self.stem = nn.Linear(6, 8)
        if aux:
            self.aux = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Linear(8, 8))
        self.trunk, self.head = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        h = torch.relu(self.stem(x))
        return self.head(torch.relu(self.trunk(h))), h


def loss_with_aux(model, step):
    y, h = model(data(step, 16, 6))
    return y.pow(2).mean() + (model.aux(h) - 1).pow(2).mean()


def loss(model, step):
    return model(data(step, 16, 6))[0].pow(2).mean()


def is_kept(name):
    return "aux." not in name


def without_aux(state_dict):
    kept = copy.copy(state_dict)
    for key in [k for k in kept if not is_kept(k)]:
        del kept[key]
    return kept


def optimizer_without_aux(state_dict, names):
    states, groups = by_name(state_dict, names)
    groups = [(hyper, [n for n in members if is_kept(n)]) for hyper, members in groups]
    return by_id({k: v for k, v in states.items() if is_kept(k)}, [g for g in groups if g[1]])


def kept_end(end):
    return {k: v for k, v in end.items() if is_kept(k)}


def adam(model, **options):
    return torch.optim.Adam(model.parameters(), lr=1e-2, **options)


def trained(make_optimizer=adam, steps=5, model=None):
    model = model or made(Net, 0)
    optimizer = make_optimizer(model)
    train(model, optimizer, loss_with_aux, 0, steps)
    return model, optimizer


def resume(work, name, make_optimizer, model_key="model", optimizer_key="optimizer"):
    out = work.load(name)
    model = made(Net, 9, False)
    optimizer = make_optimizer(model)
    model.load_state_dict(out[model_key])
    optimizer.load_state_dict(out[optimizer_key])
    return out, model, optimizer


@scenario
def lightning(work):
    model, optimizer = trained()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    content = copy.deepcopy({
        "epoch": 3, "global_step": 5, "pytorch-lightning_version": "2.2.0",
        "state_dict": {f"net.{k}": v for k, v in model.state_dict().items()},
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {}, "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [scheduler.state_dict()], "hparams_name": "kwargs"})
    expected = copy.deepcopy(content)
    expected["state_dict"] = without_aux(expected["state_dict"])
    expected["optimizer_states"] = [
        optimizer_without_aux(optimizer.state_dict(), names_of(model, optimizer))]
    work.save("in.ckpt", content)
    work.ckpt("filter", "in.ckpt", "-o", "out.ckpt", "--drop", "net.aux")
    work.expect("out.ckpt", expected)


@scenario
def gan_of_two_models(work):
    models = [made(Net, seed) for seed in (0, 1)]
    optimizers = [adam(m, betas=(0.5, 0.999)) for m in models]
    for m, optimizer in zip(models, optimizers):
        train(m, optimizer, loss_with_aux, 0, 3)
    content = {"generator": models[0].state_dict(), "discriminator": models[1].state_dict(),
               "g_optimizer": optimizers[0].state_dict(), "d_optimizer": optimizers[1].state_dict()}
    content = copy.deepcopy(content)
    expected = copy.deepcopy(content)
    expected["discriminator"] = without_aux(content["discriminator"])
    expected["d_optimizer"] = optimizer_without_aux(content["d_optimizer"],
                                                    names_of(models[1], optimizers[1]))
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--root", "discriminator", "--drop", "aux")
    work.expect("out.pt", expected)


@scenario
def gan_in_one_module(work):
    class Gan(nn.Module):
        def __init__(self):
            super().__init__()
            self.g, self.d = Net(), Net()

    gan = made(Gan, 0)
    optimizers = [torch.optim.Adam(gan.g.parameters()), torch.optim.Adam(gan.d.parameters())]
    train(gan, optimizers, lambda m, i: loss_with_aux(m.g, i) + loss_with_aux(m.d, i), 0, 3)
    content = copy.deepcopy({"state_dict": gan.state_dict(),
                             "optimizer_states": [o.state_dict() for o in optimizers]})
    expected = copy.deepcopy(content)
    expected["state_dict"] = without_aux(content["state_dict"])
    expected["optimizer_states"] = [
        optimizer_without_aux(o, names_of(gan, p))
        for o, p in zip(content["optimizer_states"], optimizers)]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "**.aux.*")
    work.expect("out.pt", expected)


def by_fully_qualified_names(state_dict, names):
    """As torch.distributed.checkpoint's get_optimizer_state_dict writes it."""
    states, groups = by_name(state_dict, names)
    return {"state": {n: states[n] for _, members in groups for n in members if n in states},
            "param_groups": [{**hyper, "params": members} for hyper, members in groups]}


def flattened(state_dict, names):
    states, groups = by_name(state_dict, names)
    flat = {f"state.{n}.{k}": v for n, state in states.items() for k, v in state.items()}
    for hyper, members in groups:
        for n in members:
            for key, value in hyper.items():
                flat[f"param_groups.{n}.{key}"] = value
    return flat


@scenario
def names_for_ids(work):
    model, optimizer = trained()
    names = names_of(model, optimizer)
    for form in (by_fully_qualified_names, flattened):
        content = copy.deepcopy({"model": model.state_dict(),
                                 "optim": form(optimizer.state_dict(), names)})
        work.save("in.pt", content)
        kept = optimizer_without_aux(optimizer.state_dict(), names)
        kept_names = [[n for n in members if is_kept(n)] for members in names]
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", "--drop", "aux")
        work.expect("out.pt", {"model": without_aux(content["model"]),
                               "optim": form(kept, kept_names)})
        renamed = [[n.replace("trunk.", "body.") for n in members] for members in names]
        work.ckpt("remap", "in.pt", "-o", "renamed.pt", "-f", "--map", "trunk=>body")
        work.expect("renamed.pt", {
            "model": type(content["model"])((k.replace("trunk.", "body."), v)
                                            for k, v in content["model"].items()),
            "optim": form(optimizer.state_dict(), renamed)})


@scenario
def flattened_without_states(work):
    """SGD without momentum keeps hyperparameters alone: its names follow."""
    content = {"model": {"w": torch.ones(2), "aux.b": torch.ones(3)},
               "optimizer": {"param_groups.w.lr": .1, "param_groups.aux.b.lr": .2}, "epoch": 1}
    work.save("in.pt", content)
    work.ckpt("remap", "in.pt", "-o", "out.pt", "--add-prefix", "m.")
    work.expect("out.pt", {"model": {"m." + k: v for k, v in content["model"].items()},
                           "optimizer": {"param_groups.m.w.lr": .1, "param_groups.m.aux.b.lr": .2},
                           "epoch": 1})
    work.ckpt("filter", "in.pt", "-o", "small.pt", "--drop", "aux")
    work.expect("small.pt", {"model": {"w": torch.ones(2)},
                             "optimizer": {"param_groups.w.lr": .1}, "epoch": 1})


@scenario
def a_child_called_state(work):
    """The names of its tensors begin as those of a flattened optimizer do; it is a model."""
    model = made(lambda: nn.ModuleDict({"state": nn.ModuleDict({
        "aux": nn.Linear(3, 3), "trunk": nn.Linear(3, 3)})}), 0)
    optimizer = torch.optim.Adam(model.named_parameters())
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    optimizer.step()
    content = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    work.save("in.pt", content)
    work.ckpt("optim", "drop", "in.pt", "-o", "dropped.pt")
    work.expect("dropped.pt", {"model": content["model"]})
    expected = {"model": without_aux(content["model"]), "optimizer": optimizer_without_aux(
        content["optimizer"], names_of(model, optimizer))}
    group = expected["optimizer"]["param_groups"][0]
    group["param_names"] = group["param_names"][-2:]
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "state.aux")
    work.expect("out.pt", expected)


@scenario
def torch_writes_names(work):
    """get_state_dict of torch itself, both ways."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict
    model, optimizer = trained()
    for flatten in (False, True):
        parts = get_state_dict(model, optimizer, options=StateDictOptions(
            flatten_optimizer_state_dict=flatten))
        content = copy.deepcopy({"model": parts[0], "optimizer": parts[1]})
        small = made(Net, 0, False)
        small_optimizer = adam(small)
        small.load_state_dict(without_aux(model.state_dict()))
        small_optimizer.load_state_dict(
            optimizer_without_aux(optimizer.state_dict(), names_of(model, optimizer)))
        expected = get_state_dict(small, small_optimizer, options=StateDictOptions(
            flatten_optimizer_state_dict=flatten))
        work.save("in.pt", content)
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", "--drop", "aux")
        work.expect("out.pt", copy.deepcopy({"model": expected[0], "optimizer": expected[1]}))


@scenario
def wrapped_names_beside_bare_ids(work):
    """DDP and compile prefixes in the model part, param_names without them."""
    model = made(Net, 0)
    optimizer = torch.optim.AdamW(model.named_parameters(), lr=1e-2)
    train(model, optimizer, loss_with_aux, 0, 3)
    wrapped = {f"module._orig_mod.{k}": v for k, v in model.state_dict().items()}
    work.save("in.pt", {"model": wrapped, "optimizer": optimizer.state_dict()})
    work.ckpt("remap", "in.pt", "-o", "bare.pt", "--strip-wrappers")
    work.expect("bare.pt", {"model": dict(model.state_dict()),
                            "optimizer": optimizer.state_dict()})
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "**.aux")
    expected = optimizer_without_aux(optimizer.state_dict(), names_of(model, optimizer))
    for group in expected["param_groups"]:
        group["param_names"] = [n for n in group["param_names"] if is_kept(n)]
    work.expect("out.pt", {"model": without_aux(wrapped), "optimizer": expected})


def in_three_groups(model):
    of = {part: [p for n, p in model.named_parameters() if n.startswith(part)]
          for part in ("stem", "aux", "trunk", "head")}
    groups = [{"params": of["stem"], "lr": 0.01}, {"params": of["aux"], "lr": 0.02},
              {"params": of["trunk"] + of["head"], "lr": 0.03}]
    return torch.optim.SGD([g for g in groups if g["params"]], momentum=0.9)


def half(epoch):
    return 0.5**epoch


def schedulers_of(optimizer):
    s = torch.optim.lr_scheduler
    rates = [g["lr"] for g in optimizer.param_groups]
    return {
        "step": lambda: s.StepLR(optimizer, 2),
        "lambda": lambda: s.LambdaLR(optimizer, half),
        "one_cycle": lambda: s.OneCycleLR(optimizer, [5 * r for r in rates], total_steps=20),
        "cyclic": lambda: s.CyclicLR(optimizer, rates, [2 * r for r in rates],
                                     step_size_up=4),
        "restarts": lambda: s.CosineAnnealingWarmRestarts(optimizer, 3),
        "sequential": lambda: s.SequentialLR(
            optimizer, [s.LinearLR(optimizer, 0.1, total_iters=3), s.ExponentialLR(optimizer, 0.9)],
            [3]),
        "chained": lambda: s.ChainedScheduler(
            [s.ConstantLR(optimizer, 0.5, 2), s.ExponentialLR(optimizer, 0.9)]),
        "plateau": lambda: s.ReduceLROnPlateau(optimizer, min_lr=[r / 10 for r in rates],
                                               patience=1),
    }


class Stepper:
    """A scheduler under one method, whatever it is."""

    def __init__(self, scheduler):
        self.scheduler = scheduler

    def step(self):
        is_plateau = isinstance(self.scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
        self.scheduler.step(*([1.0] if is_plateau else []))


def scheduler_scenario(kind):
    def run_it(work):
        model = made(Net, 0)
        optimizer = in_three_groups(model)
        scheduler = schedulers_of(optimizer)[kind]()
        train(model, optimizer, loss_with_aux, 0, 4, [Stepper(scheduler)])
        work.save("in.pt", copy.deepcopy({
            "model": model.state_dict(), "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict()}))
        train(model, optimizer, loss, 4, 9, [Stepper(scheduler)])
        work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
        small = made(Net, 9, False)
        small_optimizer = in_three_groups(small)
        small_scheduler = schedulers_of(small_optimizer)[kind]()
        out = work.load("out.pt")
        small.load_state_dict(out["model"])
        small_optimizer.load_state_dict(out["optimizer"])
        small_scheduler.load_state_dict(out["scheduler"])
        assert len(small_optimizer.param_groups) == 2
        train(small, small_optimizer, loss, 4, 9, [Stepper(small_scheduler)])
        expect_end(final(small, small_optimizer), kept_end(final(model, optimizer)))
        rates = [g["lr"] for g in optimizer.param_groups]
        assert [g["lr"] for g in small_optimizer.param_groups] == [rates[0], rates[2]]

    return run_it


for name in schedulers_of(torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)):
    SCENARIOS["scheduler_" + name] = scheduler_scenario(name)


@scenario
def averages_and_scaler(work):
    model, optimizer = trained()
    averaged = torch.optim.swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    scaler = {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5,
              "growth_interval": 2000, "_growth_tracker": 3}
    shadow = [p.detach().clone() * 0.5 for p in model.parameters()]
    content = copy.deepcopy({
        "model": model.state_dict(), "ema": averaged.state_dict(), "scaler": scaler,
        "ema_torch": {"decay": 0.999, "num_updates": 5, "shadow_params": shadow,
                      "collected_params": None},
        "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state()})
    expected = copy.deepcopy(content)
    expected["model"], expected["ema"] = without_aux(content["model"]), without_aux(content["ema"])
    expected["optimizer"] = optimizer_without_aux(content["optimizer"], names_of(model, optimizer))
    expected["ema_torch"]["shadow_params"] = [
        s for s, (n, _) in zip(content["ema_torch"]["shadow_params"], model.named_parameters())
        if is_kept(n)]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
    work.expect("out.pt", expected)


@scenario
def averages_of_frozen_parameters(work):
    """The list holds all parameters, the optimizer those that are trained."""
    model = made(Net, 0)
    for p in model.stem.parameters():
        p.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    train(model, optimizer, loss_with_aux, 0, 3)
    shadow = [p.detach().clone() * 0.5 for p in model.parameters()]
    content = copy.deepcopy({
        "model": model.state_dict(), "optimizer": optimizer.state_dict(),
        "ema": {"decay": 0.999, "optimization_step": 3, "shadow_params": shadow}})
    expected = copy.deepcopy(content)
    expected["model"] = without_aux(content["model"])
    expected["optimizer"] = optimizer_without_aux(content["optimizer"], names_of(model, optimizer))
    expected["ema"]["shadow_params"] = [
        s for s, (n, _) in zip(shadow, model.named_parameters()) if is_kept(n)]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
    work.expect("out.pt", expected)


@scenario
def tied_weights(work):
    class Tied(nn.Module):
        def __init__(self, aux=True):
            super().__init__()
            self.wte = nn.Embedding(12, 8)
            if aux:
                self.aux = nn.Linear(8, 12)
            self.mix, self.lm_head = nn.Linear(8, 8), nn.Linear(8, 12, bias=False)
            self.lm_head.weight = self.wte.weight

        def forward(self, x):
            return self.lm_head(torch.tanh(self.mix(self.wte(x))))

    def tied_loss(m, step):
        h = m(torch.arange(12)).pow(2).mean()
        return h + (m.aux(m.wte.weight).pow(2).mean() if hasattr(m, "aux") and step < 4 else 0)

    model = made(Tied, 0)
    optimizer = adam(model)
    train(model, optimizer, tied_loss, 0, 4)
    content = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    work.save("in.pt", content)
    train(model, optimizer, tied_loss, 4, 8)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
    out = work.load("out.pt")
    assert out["model"]["wte.weight"].data_ptr() == out["model"]["lm_head.weight"].data_ptr()
    small = made(Tied, 9, False)
    small_optimizer = adam(small)
    small.load_state_dict(out["model"])
    small_optimizer.load_state_dict(out["optimizer"])
    train(small, small_optimizer, tied_loss, 4, 8)
    expect_end(final(small, small_optimizer), kept_end(final(model, optimizer)))


@scenario
def unfrozen_later(work):
    """The trunk joins as a group of its own after three steps: steps differ, order is not the
    model's."""
    model = made(Net, 0)

    def start(m):
        return torch.optim.AdamW([p for n, p in m.named_parameters()
                                  if not n.startswith("stem")], lr=1e-2)

    optimizer = start(model)
    train(model, optimizer, loss_with_aux, 0, 3)
    optimizer.add_param_group({"params": list(model.stem.parameters()), "lr": 1e-3})
    train(model, optimizer, loss_with_aux, 3, 5)
    names = names_of(model, optimizer)
    content = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
    work.expect("out.pt", {"model": without_aux(content["model"]),
                           "optimizer": optimizer_without_aux(content["optimizer"], names)})


@scenario
def frozen_and_never_stepped(work):
    model = made(Net, 0)
    for p in model.stem.parameters():
        p.requires_grad_(False)

    def make_optimizer(m):
        return torch.optim.Adagrad([p for p in m.parameters() if p.requires_grad], lr=0.1)

    optimizer = make_optimizer(model)
    train(model, optimizer, loss, 0, 4)  # aux has ids and no gradients
    content = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    names = names_of(model, optimizer)
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "aux")
    work.expect("out.pt", {"model": without_aux(content["model"]),
                           "optimizer": optimizer_without_aux(content["optimizer"], names)})


@scenario
def reset_then_resume(work):
    for make_optimizer in (adam, in_three_groups,
                           lambda m: torch.optim.Adagrad(m.parameters(), lr=0.1,
                                                         initial_accumulator_value=0.25)):
        model, optimizer = trained(make_optimizer)
        work.save("in.pt", {"model": model.state_dict(), "optimizer": optimizer.state_dict()})
        weights = copy.deepcopy(model.state_dict())
        work.ckpt("optim", "reset", "in.pt", "-o", "out.pt", "-f")
        ends = []
        for state_dict in (make_optimizer(made(Net, 3)).state_dict(),
                           work.load("out.pt")["optimizer"]):
            again = made(Net, 3)
            again_optimizer = make_optimizer(again)
            again.load_state_dict(copy.deepcopy(weights))
            again_optimizer.load_state_dict(state_dict)
            train(again, again_optimizer, loss_with_aux, 5, 8)
            ends.append(final(again, again_optimizer))
        expect_end(ends[1], ends[0])


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
