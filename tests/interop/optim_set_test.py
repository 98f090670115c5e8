"""`ckpt set` against the same assignment made in Python: everything else stays what it was.

    optim_set_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys

from optim_judge import run

import torch
from torch import nn

BETAS = (0.9, 0.999)


def checkpoint():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(
        [{"params": [model.weight]}, {"params": [model.bias], "foreach": False}],
        lr=torch.tensor(0.01), betas=BETAS)
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.StepLR(torch.optim.SGD(model.parameters(), 0.5), 2)
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(), "epoch": 7, "best": 0.5, "note": "run 1",
            "unsigned": torch.tensor(2**63 + 1, dtype=torch.uint64),
            "signed": torch.tensor(2**53 + 1), "complex": torch.tensor(1 + 2j),
            "is_ema": False, "seed": None, "sizes": [1, 2, 3], "big": 2**40}


def groups(content):
    return content["optimizer"]["param_groups"]


def all_groups(key, value):
    def change(content):
        for group in groups(content):
            group[key] = copy.copy(value)
    return change


def tensor_rates(content):
    for group in groups(content):
        group["lr"] = torch.tensor(1e-5)


def steps(content):
    for state in content["optimizer"]["state"].values():
        state["step"] = torch.tensor(0.0)


def one(key, value):
    return lambda content: content.__setitem__(key, value)


CASES = {
    "int": (["epoch=0"], one("epoch", 0)),
    "negative": (["epoch=-3"], one("epoch", -3)),
    "large": ([f"big={2**50}"], one("big", 2**50)),
    "float": (["best=2"], one("best", 2.0)),
    "small": (["best=1e-300"], one("best", 1e-300)),
    "infinite": (["best=-inf"], one("best", float("-inf"))),
    "nan": (["best=nan"], one("best", float("nan"))),
    "text": (["note=x=y: z"], one("note", "x=y: z")),
    "bool": (["is_ema=True"], one("is_ema", True)),
    "none_to_int": (["seed=3"], one("seed", 3)),
    "none_to_text": (["seed=abc"], one("seed", "abc")),
    "int_to_none": (["epoch=None"], one("epoch", None)),
    "tensor_lr": (["optimizer:param_groups:*:lr=1e-5"], tensor_rates),
    "weight_decay": (["optimizer:param_groups:*:weight_decay=0"], all_groups("weight_decay", 0.0)),
    "tuple": (["optimizer:param_groups:*:betas=(0.8, 0.9)"], all_groups("betas", (0.8, 0.9))),
    "one_tuple": (["optimizer:param_groups:1:betas=0.8,0.9"],
                  lambda c: groups(c)[1].__setitem__("betas", (0.8, 0.9))),
    "item_of_one_tuple": (["optimizer:param_groups:0:betas:0=0.5"],
                          lambda c: groups(c)[0].__setitem__("betas", (0.5, 0.999))),
    "items_of_every_tuple": (["optimizer:param_groups:*:betas:*=0.5"],
                             all_groups("betas", (0.5, 0.5))),
    "two_items": (["**:betas:0=0.5", "**:betas:1=0.6"], all_groups("betas", (0.5, 0.6))),
    "one_flag": (["optimizer:param_groups:0:amsgrad=true"],
                 lambda c: groups(c)[0].__setitem__("amsgrad", True)),
    "none_flag": (["optimizer:param_groups:*:foreach=None"], all_groups("foreach", None)),
    "steps": (["optimizer:state:*:step=0"], steps),
    "list": (["sizes=4,5,6"], one("sizes", [4, 5, 6])),
    "item": (["sizes:1=9"], one("sizes", [1, 9, 3])),
    "unsigned": ([f"unsigned={2**64 - 1}"],
                 one("unsigned", torch.tensor(2**64 - 1, dtype=torch.uint64))),
    "signed": ([f"signed={-2**63}"], one("signed", torch.tensor(-2**63))),
    "beyond_doubles": ([f"signed={2**62 + 1}"], one("signed", torch.tensor(2**62 + 1))),
    "complex": (["complex=3-0.1j"], one("complex", torch.tensor(3 - 0.1j))),
    "scheduler": (["scheduler:base_lrs:*=0.25", "scheduler:last_epoch=9"],
                  lambda c: c["scheduler"].update(base_lrs=[0.25], last_epoch=9)),
}

REFUSED = {
    "int_from_float": ("epoch=1.5", "of type int: expected an integer, got '1.5'"),
    "bool_from_int": ("is_ema=1", "of type bool: expected true or false, got '1'"),
    "tuple_of_three": ("optimizer:param_groups:0:betas=1,2,3", "expected 2 items"),
    "tensor": ("model:weight=1", "expected a tensor of one element there, got '1'"),
    "unsigned": (f"unsigned={2**64}", "expected a number of uint64, got '18446744073709551616'"),
    "signed": (f"signed={2**63}", "9223372036854775808 is not a value of int64"),
    "nowhere": ("optimiser:param_groups:0:lr=1", "nothing lies at 'optimiser:param_groups:0:lr'"),
}


def scenario(assignments, change):
    def run_it(work):
        content = checkpoint()
        work.save("in.pt", content)
        expected = copy.deepcopy(content)
        change(expected)
        work.ckpt("set", "in.pt", "-o", "out.pt", *assignments)
        work.expect("out.pt", expected)
        torch.load(work.path("out.pt"), weights_only=True)
    return run_it


def refusal(assignment, message):
    def run_it(work):
        work.save("in.pt", checkpoint())
        said = work.refusal("set", "in.pt", "-o", "out.pt", assignment)
        assert message in said, said
    return run_it


def root_tuple(work):
    work.save("in.pt", ({"lr": 0.1}, 30000))
    work.ckpt("set", "in.pt", "-o", "out.pt", "1=7", "0:lr=0.2")
    work.expect("out.pt", ({"lr": 0.2}, 7))


def nothing_changed(work):
    """The same file, of a protocol that ckpt itself does not write."""
    for protocol in (2, 4):
        torch.save(checkpoint(), work.path("in.pt"), pickle_protocol=protocol)
        work.ckpt("set", "in.pt", "-f", "-o", "out.pt", "epoch=7", "unsigned=9223372036854775809",
                  "optimizer:param_groups:*:betas=0.9,0.999", "**:step=1", "note=run 1")
        with open(work.path("in.pt"), "rb") as before, open(work.path("out.pt"), "rb") as after:
            assert before.read() == after.read(), protocol


def tensors_of_one_element(work):
    """What is more than its elements is not half written: it would be read back as it was."""
    noted = torch.tensor(1.0)
    noted.note = "x"
    content = {"flag": torch.tensor(False), "noted": noted, "view": torch.arange(3.0)[1:2],
               "quantized": torch.quantize_per_tensor(torch.ones(1), 0.5, 0, torch.qint8),
               "conjugated": torch.tensor(1 + 2j).conj()}
    work.save("in.pt", content)
    work.ckpt("set", "in.pt", "-o", "out.pt", "flag=true", "view=7")
    out = work.load("out.pt")
    assert out["flag"].equal(torch.tensor(True)) and out["view"].equal(torch.tensor([7.0])), out
    for name in ("noted", "quantized", "conjugated"):
        said = work.refusal("set", "in.pt", "-o", "out.pt", "-f", f"{name}=3")
        assert "without quantisation, attributes and flags" in said, said


if __name__ == "__main__":
    scenarios = {name: scenario(*case) for name, case in CASES.items()}
    scenarios |= {name: refusal(*case) for name, case in REFUSED.items()}
    sys.exit(run(scenarios | {"root_tuple": root_tuple, "nothing_changed": nothing_changed,
                              "tensors_of_one_element": tensors_of_one_element}))
