"""`--verify OLDER`: names that shapes and rules leave open, settled by how the weights moved since
an older checkpoint of the same run; and names beside states in `ckpt ls --all`. The truth is what
torch was told.

    optim_verify_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import json
import sys
import zipfile

from optim_judge import data, made, make_suite, names_of, run, train

import torch
from torch import nn

SCENARIOS, scenario = make_suite()


class Tower(nn.Sequential):
    """Equal layers: nothing but the values tells them apart."""

    def __init__(self):
        super().__init__(*[nn.Sequential(nn.Linear(24, 24), nn.Tanh()) for _ in range(6)])


def loss(model, step):
    return (model(data(step, 32, 24)) - 0.3).pow(2).mean()


def one_layer_apart(which):
    def groups(model):
        apart = list(model[which].parameters())
        rest = [p for p in model.parameters() if not any(p is q for q in apart)]
        return [{"params": apart, "lr": 0.02}, {"params": rest, "lr": 0.01}]
    return groups


def two_checkpoints(work, groups, kind, gap, **options):
    """Writes old.pt and new.pt, `gap` steps apart; the true name of every id."""
    model = made(Tower, 0)
    optimizer = kind(groups(model), **options)
    train(model, optimizer, loss, 0, 6)
    work.save("old.pt", {"model": model.state_dict()})
    train(model, optimizer, loss, 6, 6 + gap)
    work.save("new.pt", copy.deepcopy({"model": model.state_dict(),
                                       "optimizer": optimizer.state_dict()}))
    return [n for group in names_of(model, optimizer) for n in group]


def listing(work, *options):
    found = json.loads(work.ckpt("optim", "ls", "new.pt", "--json", *options).stdout)
    optimizer, = found["optimizers"]
    return optimizer


@scenario
def ambiguous_names_are_settled(work):
    kinds = [(torch.optim.Adam, {}), (torch.optim.AdamW, {"weight_decay": 0.01}),
             (torch.optim.SGD, {"momentum": 0.9}), (torch.optim.NAdam, {})]
    for kind, options in kinds:
        for which in (0, 2, 5):
            for gap in (1, 20):
                truth = two_checkpoints(work, one_layer_apart(which), kind, gap, **options)
                place = f"{kind.__name__}, layer {which}, gap {gap}"
                assert listing(work)["names"] == "ambiguous", place
                found = listing(work, "--verify", "old.pt")
                assert found["names"] == "assumed", f"{place}: {found['rule']}"
                assert [i["name"] for i in found["ids"]] == truth, f"{place}: {found['rule']}"


@scenario
def an_edit_goes_on_with_what_was_settled(work):
    two_checkpoints(work, one_layer_apart(2), torch.optim.Adam, 5)
    said = work.refusal("filter", "new.pt", "-o", "out.pt", "--drop", "2")
    assert "--verify OLDER" in said, said
    work.ckpt("filter", "new.pt", "-o", "out.pt", "--drop", "2", "--verify", "old.pt")
    whole, cut = work.load("new.pt")["optimizer"], work.load("out.pt")["optimizer"]
    assert [g["lr"] for g in cut["param_groups"]] == [0.01], cut["param_groups"]
    for i in range(10):  # the group of layer 2 went, with its ids 0 and 1
        assert torch.equal(cut["state"][i]["exp_avg"], whole["state"][i + 2]["exp_avg"])


@scenario
def the_same_file_settles_nothing(work):
    two_checkpoints(work, one_layer_apart(2), torch.optim.Adam, 5)
    found = listing(work, "--verify", "new.pt")
    assert found["names"] == "ambiguous" and "does not settle it" in found["rule"], found["rule"]


@scenario
def a_wrong_order_is_noticed(work):
    truth = two_checkpoints(work, one_layer_apart(2), torch.optim.Adam, 5)
    for order, level in ((truth, "named"), (truth[4:] + truth[:4], "ambiguous")):
        with open(work.path("order.txt"), "w") as file:
            file.write("\n".join(order) + "\n")
        found = listing(work, "--order", "order.txt", "--verify", "old.pt")
        assert found["names"] == level, found["rule"]


@scenario
def another_model_is_refused(work):
    two_checkpoints(work, one_layer_apart(2), torch.optim.Adam, 5)
    work.save("old.pt", {"model": nn.Linear(3, 3).state_dict()})
    said = work.refusal("optim", "ls", "new.pt", "--verify", "old.pt")
    assert "--verify: has no" in said, said


# ---- names beside states

@scenario
def integer_steps_have_names(work):
    model = made(Tower, 0)
    optimizer = torch.optim.Adam(model.parameters())
    train(model, optimizer, loss, 0, 2)
    content = copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    for state in content["optimizer"]["state"].values():
        state["step"] = int(state["step"])
    work.save("in.pt", content)
    found = json.loads(work.ckpt("ls", "--all", "--json", "in.pt").stdout)
    steps = {row["path"]: row.get("parameter") for row in found["values"]
             if row["path"].endswith(":step")}
    assert steps == {f"optimizer:state:{i}:step": n
                     for i, (n, _) in enumerate(model.named_parameters())}, steps


@scenario
def a_damaged_file_is_listed_without_names(work):
    """Two equal tensors of which one has no id: only their bytes tell that they were tied."""
    model = nn.Sequential(nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False),
                          nn.Linear(8, 4, bias=False))
    optimizer = torch.optim.Adam([model[0].weight, model[2].weight])
    model(torch.ones(2, 8)).sum().backward()
    optimizer.step()
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    weights["1.weight"] = weights["0.weight"].clone()
    whole = work.save("whole.pt", {"model": weights, "optimizer": optimizer.state_dict()})
    said = work.ckpt("ls", "--all", "whole.pt").stdout
    assert "0.weight (assumed)" in said and "2.weight (assumed)" in said, said
    damaged = with_damaged_storages(whole, work.path("damaged.pt"))
    done = work.ckpt("ls", "--all", damaged)
    assert "optimizer:state:1:exp_avg" in done.stdout and "(assumed)" not in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and "names beside states left out: " in lines[0], done.stderr


def with_damaged_storages(path, damaged):
    """The same file with its storages compressed, and the middle of each overwritten."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(damaged, "w") as target:
        for entry in source.infolist():
            is_storage = "/data/" in entry.filename
            target.writestr(entry.filename, source.read(entry),
                            zipfile.ZIP_DEFLATED if is_storage else zipfile.ZIP_STORED)
    with zipfile.ZipFile(damaged) as target, open(damaged, "r+b") as file:
        for entry in target.infolist():
            if entry.compress_type != zipfile.ZIP_DEFLATED:
                continue
            file.seek(entry.header_offset + 30 + len(entry.filename))
            file.write(b"\xff" * min(16, entry.compress_size))
    return damaged


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
