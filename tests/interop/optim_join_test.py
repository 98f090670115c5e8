"""What `ckpt optim merge` does beyond plain ids: groups of a reference (--groups like:REF), and
flattened optimizers of torch.distributed.checkpoint. Judged by what torch makes by hand, and by
resumed runs.

    optim_join_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import by_id, by_name, expect_end, final, made, make_suite, names_of, run, train
from optim_merge_test import (Net, Pair, averaged, both_ends, by_dimension, content_of, every,
                              expect_close_to_a_rounding, joined, joined_model, loss, pair_loss,
                              prefixed, replaced, trained)

import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict
from torch.distributed.checkpoint.state_dict import set_state_dict

SCENARIOS, scenario = make_suite()


# ---- groups of a reference

def heads_first(model):
    """Groups across both parts, heads before the rest, in an order of their own."""
    named = list(model.named_parameters())
    return [{"params": [p for n, p in reversed(named) if ".head." in n], "lr": 0.05},
            {"params": [p for n, p in named if ".head." not in n and p.ndim > 1], "lr": 0.01},
            {"params": [p for n, p in named if ".head." not in n and p.ndim < 2], "lr": 0.02,
             "weight_decay": 0.0}]


def named_groups(groups):
    def with_names(model):
        names = {id(p): n for n, p in model.named_parameters()}
        return [{**g, "params": [(names[id(p)], p) for p in g["params"]]} for g in groups(model)]
    return with_names


def reference_of(work, groups, steps=1, kind=torch.optim.AdamW):
    pair = made(Pair, 5)
    optimizer = kind(groups(pair), lr=0.03)
    train(pair, optimizer, pair_loss, 0, steps)
    work.save("ref.pt", content_of(pair, optimizer))
    return pair, optimizer


def like(reference, *parts):
    """By hand: the groups of the reference, filled by name."""
    states = {}
    for prefix, part in zip(("a.", "b."), parts):
        states |= prefixed(prefix, part[1].state_dict(), names_of(*part))[0]
    _, groups = by_name(reference[1].state_dict(), names_of(*reference))
    return by_id(states, groups)


def merge_like(work, *options):
    return work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "--groups", "like:ref.pt", "-o",
                     "out.pt", "-f", *options)


def save_both(work, a, b):
    work.save("a.pt", content_of(*a))
    work.save("b.pt", content_of(*b))


@scenario
def like_a_reference_and_resume(work):
    a, b = trained(0, groups=by_dimension, steps=3), trained(1, steps=5)
    save_both(work, a, b)
    for groups in (by_dimension, named_groups(heads_first)):
        reference = reference_of(work, groups)
        merge_like(work)
        expected = {"model": joined_model(a[0], b[0]), "optimizer": like(reference, a, b)}
        work.expect("out.pt", expected)
        ends = []
        for content in (work.load("out.pt"), expected):
            pair = made(Pair, 9)
            optimizer = torch.optim.AdamW(groups(pair), lr=0.03)
            pair.load_state_dict(content["model"])
            optimizer.load_state_dict(copy.deepcopy(content["optimizer"]))
            train(pair, optimizer, pair_loss, 5, 8)
            ends.append(final(pair, optimizer))
        expect_end(*ends)


@scenario
def like_equal_groups_goes_on_as_both_did(work):
    """At equal hyperparameters other groups change nothing: bit for bit the two runs."""
    a, b = trained(0, lr=0.03), trained(1, lr=0.03)
    save_both(work, a, b)

    def halves(model):
        named = list(model.named_parameters())
        return [{"params": [(n, p) for n, p in named if n.startswith("b.")]},
                {"params": [(n, p) for n, p in named if n.startswith("a.")]}]
    reference_of(work, halves)
    merge_like(work)
    out = work.load("out.pt")
    train(*a, loss, 4, 7)
    train(*b, loss, 4, 7)
    pair = made(Pair, 9)
    optimizer = torch.optim.AdamW(halves(pair), lr=0.03)
    pair.load_state_dict(out["model"])
    optimizer.load_state_dict(out["optimizer"])
    train(pair, optimizer, pair_loss, 4, 7)
    expect_end(final(pair, optimizer), both_ends(a, b))


@scenario
def like_a_reference_that_trains_less(work):
    a, b = trained(0, skipped=("head.bias",)), trained(1)
    save_both(work, a, b)
    reference = reference_of(work, lambda m: [(n, p) for n, p in m.named_parameters()
                                              if not n.startswith("b.enc.0")])
    said = merge_like(work).stderr
    assert "b.pt: 2 states of parameters that ref.pt does not train left out" in said, said
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": like(reference, a, b)})


@scenario
def like_a_reference_with_other_hyperparameters(work):
    a, b = trained(0), trained(1)
    save_both(work, a, b)
    reference = reference_of(work, every)
    said = merge_like(work).stderr
    assert "group 0 is ref.pt's, not a.pt's: 'lr' is 0.03 and 0.01" in said, said
    expected = like(reference, a, b)
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})
    merge_like(work, "--hyper", "lr=0.5")
    expected["param_groups"][0]["lr"] = 0.5
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})


@scenario
def like_takes_the_lists_of_schedulers(work):
    a, b = trained(0), trained(1)
    for part, name in ((a, "a.pt"), (b, "b.pt")):
        scheduler = torch.optim.lr_scheduler.StepLR(part[1], 3)
        work.save(name, content_of(*part, scheduler=scheduler.state_dict()))
    pair = made(Pair, 5)
    optimizer = torch.optim.AdamW(named_groups(heads_first)(pair), lr=0.03)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    train(pair, optimizer, pair_loss, 0, 1)
    work.save("ref.pt", content_of(pair, optimizer))
    said = work.refusal("optim", "merge", "a.=a.pt", "b.=b.pt", "--groups", "like:ref.pt", "-o",
                        "out.pt")
    assert "scheduler 'scheduler' has lists for 1 group" in said, said
    work.save("ref.pt", content_of(pair, optimizer, scheduler=scheduler.state_dict()))
    merge_like(work)
    out = work.load("out.pt")
    assert out["scheduler"]["base_lrs"] == [0.05, 0.01, 0.02], out["scheduler"]
    optimizer.load_state_dict(out["optimizer"])
    scheduler.load_state_dict(out["scheduler"])
    scheduler.step()


@scenario
def like_gives_adagrad_the_states_that_it_needs(work):
    """A parameter that was frozen has none to bring; Adagrad cannot step without."""
    kind = torch.optim.Adagrad

    def without_bias(model):
        return [p for n, p in model.named_parameters() if n != "head.bias"]
    a = trained(0, kind, without_bias)
    b = trained(1, kind)
    save_both(work, a, b)
    reference = made(Pair, 5)
    optimizer = kind(reference.named_parameters(), lr=0.01, initial_accumulator_value=0.25)
    train(reference, optimizer, pair_loss, 0, 1)
    work.save("ref.pt", content_of(reference, optimizer))
    merge_like(work)
    expected = like((reference, optimizer), a, b)
    i = [n for n, _ in reference.named_parameters()].index("a.head.bias")
    fresh = kind([torch.zeros(4)], initial_accumulator_value=0.25).state_dict()["state"][0]
    expected["state"] = dict(sorted((expected["state"] | {i: fresh}).items()))
    work.expect("out.pt", {"model": joined_model(a[0], b[0]), "optimizer": expected})


@scenario
def averages_of_one_model_are_said_to_stay(work):
    a, b = trained(0), trained(1)
    work.save("a.pt", content_of(*a, ema=a[0].state_dict()))
    work.save("b.pt", content_of(*b))
    said = work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt").stderr
    assert "'ema': left as it is in the first file" in said, said


@scenario
def like_refused(work):
    save_both(work, trained(0), trained(1))

    def refusal():
        return work.refusal("optim", "merge", "a.=a.pt", "b.=b.pt", "--groups", "like:ref.pt",
                            "-o", "out.pt")
    reference_of(work, every, kind=torch.optim.RMSprop)
    said = refusal()
    assert "is RMSprop, those to be joined are AdamW" in said, said
    other = made(Net, 3)
    optimizer = torch.optim.AdamW(other.named_parameters())
    train(other, optimizer, loss, 0, 1)
    work.save("ref.pt", content_of(other, optimizer))
    said = refusal()
    assert "trains 'enc.0.weight', which no file to be joined has" in said, said
    assert "'a.enc.0.weight'" in said, said


# ---- flattened optimizers

def flattened_content(part, **more):
    model, optimizer = get_state_dict(*part, options=StateDictOptions(
        flatten_optimizer_state_dict=True))
    return copy.deepcopy({"model": model, "optimizer": optimizer, **more})


def loaded_pair(content, groups):
    pair = made(Pair, 9)
    optimizer = torch.optim.AdamW(groups(pair), lr=0.3)
    set_state_dict(pair, optimizer, model_state_dict=content["model"],
                   optim_state_dict=content["optimizer"],
                   options=StateDictOptions(flatten_optimizer_state_dict=True))
    return pair, optimizer


@scenario
def flattened_joined(work):
    a, b = trained(0, groups=by_dimension, steps=3), trained(1, groups=by_dimension, steps=5)
    work.save("a.pt", flattened_content(a))
    work.save("b.pt", flattened_content(b))
    work.ckpt("optim", "merge", "a.=a.pt", "b.=b.pt", "-o", "out.pt")
    pair = made(Pair, 9)
    optimizer = torch.optim.AdamW(by_dimension(pair), lr=0.01)
    pair.load_state_dict(joined_model(a[0], b[0]))
    optimizer.load_state_dict(joined(a, b, True))
    out = work.load("out.pt")
    expected = flattened_content((pair, optimizer))["optimizer"]
    assert set(out["optimizer"]) == set(expected), set(out["optimizer"]) ^ set(expected)
    expect_close_to_a_rounding(out["optimizer"], expected)
    other = loaded_pair(out, by_dimension)
    train(pair, optimizer, pair_loss, 5, 8)
    train(*other, pair_loss, 5, 8)
    expect_end(final(*other), final(pair, optimizer))


@scenario
def flattened_replaced(work):
    a, b = trained(0, groups=by_dimension), trained(1, steps=6)
    work.save("a.pt", flattened_content(a))
    work.save("b.pt", flattened_content(b))
    work.ckpt("optim", "merge", "a.pt", "b.pt", "--replace", "enc", "-o", "out.pt")
    expected = replaced(a, b, "enc.")
    a[0].load_state_dict(expected["model"])
    a[1].load_state_dict(expected["optimizer"])
    work.expect("out.pt", flattened_content(a))


@scenario
def flattened_averaged(work):
    a, b = trained(0, groups=by_dimension, steps=4), trained(1, groups=by_dimension, steps=6)
    work.save("a.pt", flattened_content(a))
    work.save("b.pt", flattened_content(b))
    work.ckpt("optim", "merge", "--average", "a.pt", "b.pt", "-o", "out.pt", "--hyper", "eps=1e-7")
    expected = averaged([a, b], (0.5, 0.5))
    a[0].load_state_dict(expected["model"])
    a[1].load_state_dict(expected["optimizer"])
    for group in a[1].param_groups:
        group["eps"] = 1e-7
    expect_close_to_a_rounding(work.load("out.pt"), flattened_content(a))


@scenario
def flattened_like_a_reference(work):
    a, b = trained(0), trained(1)
    work.save("a.pt", flattened_content(a))
    work.save("b.pt", flattened_content(b))
    reference = made(Pair, 5)
    optimizer = torch.optim.AdamW(heads_first(reference), lr=0.03)
    work.save("ref.pt", flattened_content((reference, optimizer)))
    merge_like(work)
    reference.load_state_dict(joined_model(a[0], b[0]))
    optimizer.load_state_dict(like((reference, optimizer), a, b))
    expected = flattened_content((reference, optimizer))
    out = work.load("out.pt")
    expect_close_to_a_rounding(out["optimizer"], expected["optimizer"])


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
