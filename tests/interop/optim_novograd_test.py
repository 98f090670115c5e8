"""apex's NovoGrad, which keeps one number of every parameter in its groups, as apex writes it: cut,
permuted, joined, replaced and averaged with the parameters, and resumed runs.

    optim_novograd_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import data, expect_end, final, made, make_suite, run, train
from optim_merge_test import by_dimension, content_of, every

import torch
from torch import nn

SCENARIOS, scenario = make_suite()


def save_both(work, a, b):
    work.save("a.pt", content_of(*a))
    work.save("b.pt", content_of(*b))


class NovoGrad(torch.optim.Optimizer):
    """Steps as apex.optimizers.FusedNovoGrad does, on any device: one running norm a parameter,
    in the group, by precision, of the parameters that have gradients."""

    def __init__(self, params, lr=1e-2, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, bias_correction=True, betas=betas, eps=eps,
                                      weight_decay=weight_decay, grad_averaging=False,
                                      norm_type=2, init_zero=False))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            group["step"] = group.get("step", 0) + 1
            of = ([], [])
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                    of[p.dtype == torch.float32].append(p)
            norms = [torch.tensor([float(p.grad.float().norm()) for p in ps]) for ps in of]
            if "exp_avg_sq" not in group:
                group["exp_avg_sq"] = norms
            for i, ps in enumerate(of):
                assert len(ps) == group["exp_avg_sq"][i].numel(), "numbers and parameters"
                beta = group["betas"][1]
                group["exp_avg_sq"][i] = (beta * group["exp_avg_sq"][i]**2
                                          + (1 - beta) * norms[i]**2).sqrt()
                for p, norm in zip(ps, group["exp_avg_sq"][i]):
                    moment = self.state[p]["exp_avg"]
                    moment.mul_(group["betas"][0]).add_(p.grad / (norm + group["eps"]))
                    p.sub_(group["lr"] * moment)


def halved(model):
    """The second layer's parameters in half precision."""
    for p in model.head.parameters():
        p.data = p.data.half()


class Mixed(nn.Module):
    def __init__(self, has_aux=True):
        super().__init__()
        self.enc = nn.Linear(6, 8)
        self.aux = nn.Linear(8, 3) if has_aux else None
        self.mid = nn.Linear(8, 8)
        self.head = nn.Linear(8, 4)
        halved(self)

    def forward(self, x):
        h = torch.tanh(self.mid(torch.tanh(self.enc(x))))
        return self.head(h.half()).float()


def mixed_loss(model, step):
    x = data(step, 16, 6)
    out = (model(x) - 1).pow(2).mean()
    if getattr(model, "aux", None) is not None and step < 4:
        out = out + model.aux(torch.tanh(model.enc(x))).pow(2).mean().mul(1e-3)
    return out


def novo(model, groups=every):
    return NovoGrad(groups(model))


def novo_trained(seed=0, make=Mixed, groups=every):
    model = made(make, seed)
    optimizer = novo(model, groups)
    train(model, optimizer, mixed_loss, 0, 4)
    return model, optimizer


def numbers_of(model, optimizer):
    """The number of every parameter, by name."""
    names = {id(p): n for n, p in model.named_parameters()}
    numbers = {}
    for group in optimizer.param_groups:
        for i, dtype in enumerate((torch.float16, torch.float32)):
            members = [p for p in group["params"] if p.dtype == dtype and p in optimizer.state]
            for p, number in zip(members, group["exp_avg_sq"][i].tolist()):
                numbers[names[id(p)]] = number
    return numbers


@scenario
def novograd_follows_its_parameters(work):
    for groups in (every, by_dimension):
        model, optimizer = novo_trained(groups=groups)
        work.save("in.pt", content_of(model, optimizer))
        numbers = numbers_of(model, optimizer)
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", "--drop", "aux")
        out = work.load("out.pt")
        small = made(Mixed, 9, False)
        small_optimizer = novo(small, groups)
        small.load_state_dict(out["model"])
        small_optimizer.load_state_dict(copy.deepcopy(out["optimizer"]))
        kept = {n: x for n, x in numbers.items() if not n.startswith("aux")}
        assert numbers_of(small, small_optimizer) == kept, numbers_of(small, small_optimizer)
        model.aux = None
        for group in optimizer.param_groups:  # as torch by hand: without the parameter
            group["params"] = [p for p in group["params"] if any(p is q for q in
                                                                 model.parameters())]
            names = {id(p): n for n, p in model.named_parameters()}
            group["exp_avg_sq"] = [torch.tensor([kept[names[id(p)]] for p in group["params"]
                                                 if p.dtype == dtype])
                                   for dtype in (torch.float16, torch.float32)]
        for p in [p for p in optimizer.state if not any(p is q for q in model.parameters())]:
            del optimizer.state[p]
        train(model, optimizer, mixed_loss, 4, 7)
        train(small, small_optimizer, mixed_loss, 4, 7)
        expect_end(final(small, small_optimizer), final(model, optimizer))


@scenario
def novograd_reordered(work):
    model, optimizer = novo_trained()
    work.save("in.pt", content_of(model, optimizer))
    numbers = numbers_of(model, optimizer)
    keys = list(model.state_dict())
    order = [k for k in keys if k.startswith("head")] + [
        k for k in reversed(keys) if not k.startswith("head")]
    with open(work.path("order.txt"), "w") as file:
        file.write("# the other way\n" + "\n".join(order) + "\n")
    work.ckpt("remap", "in.pt", "-o", "out.pt", "--order", "order.txt")
    group = work.load("out.pt")["optimizer"]["param_groups"][0]
    assert group["exp_avg_sq"][0].tolist() == [numbers[k] for k in order if "head" in k]
    assert group["exp_avg_sq"][1].tolist() == [numbers[k] for k in order if "head" not in k]


class MixedPair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Mixed(), Mixed()


def novograd_numbers_in(content, like_model, groups=every):
    optimizer = novo(like_model, groups)
    optimizer.load_state_dict(copy.deepcopy(content["optimizer"]))
    return numbers_of(like_model, optimizer)


@scenario
def novograd_joined_replaced_averaged(work):
    a, b = novo_trained(0), novo_trained(1)
    save_both(work, a, b)
    numbers = [numbers_of(*part) for part in (a, b)]
    both = {"a." + n: x for n, x in numbers[0].items()} | {
        "b." + n: x for n, x in numbers[1].items()}
    for groups in ("one", "per-source"):
        work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt", "-f", "--groups", groups)

        def layout(model, groups=groups):
            parts = [list(model.a.parameters()), list(model.b.parameters())]
            return [{"params": sum(parts, [])}] if groups == "one" else [
                {"params": part} for part in parts]
        assert novograd_numbers_in(work.load("out.pt"), made(MixedPair, 9), layout) == both
    work.ckpt("optim", "merge", "a.pt", "b.pt", "--replace", "mid", "-o", "out.pt", "-f")
    mixed = {n: numbers[n.startswith("mid")][n] for n in numbers[0]}
    assert novograd_numbers_in(work.load("out.pt"), made(Mixed, 9)) == mixed
    work.ckpt("optim", "merge", "--average", "a.pt", "b.pt", "-o", "out.pt", "-f")
    mean = novograd_numbers_in(work.load("out.pt"), made(Mixed, 9))
    for n in mean:
        wanted = float(torch.tensor((numbers[0][n] + numbers[1][n]) / 2))
        assert mean[n] == wanted, (n, mean[n], wanted)


@scenario
def novograd_reset_and_refused(work):
    part = novo_trained()
    work.save("in.pt", content_of(*part))
    work.ckpt("optim", "reset", "in.pt", "-o", "out.pt")
    group = work.load("out.pt")["optimizer"]["param_groups"][0]
    assert "exp_avg_sq" not in group and "step" not in group, group
    broken = content_of(*part)
    broken["optimizer"]["param_groups"][0]["exp_avg_sq"][1] = torch.ones(5)
    work.save("in.pt", broken)
    said = work.refusal("filter", "in.pt", "-o", "no.pt", "--drop", "aux")
    assert "a group keeps 2 and 5 numbers in 'exp_avg_sq'" in said, said


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
