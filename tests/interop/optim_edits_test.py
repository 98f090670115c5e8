"""What edits do to states that are unlike others: fused projections, pruned layers, 8-bit states,
counts in groups, orphans, empty groups; and what is refused, by name.

    optim_edits_test.py            (environment: CKPT, as the other tests here)
"""
import copy
import sys
from collections import OrderedDict

from optim_judge import (by_id, by_name, data, expect_end, final, made, make_suite, names_of, run,
                         train)

import torch
from torch import nn

SCENARIOS, scenario = make_suite()


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))
        self.norm = nn.LayerNorm(4)


class Stack(nn.Module):
    def __init__(self, count=4):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.layers = nn.ModuleList(Layer() for _ in range(count))
        self.head = nn.Linear(4, 7)


def every(model):
    return list(model.parameters())


def by_dimension(model):
    return [{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.1},
            {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]


def per_layer_decay(model):
    """The last layers first: each group with a learning rate of its own."""
    parts = [("head", "norm")] + [(f"layers.{i}.",) for i in range(3, -1, -1)] + [("embed",)]
    return [{"params": [p for n, p in model.named_parameters()
                        if any(n.startswith(x) for x in part)], "lr": 0.01 * 0.8**i}
            for i, part in enumerate(parts)]


def stepped(groups=every, kind=torch.optim.AdamW, steps=2, skipped=(), **options):
    model = made(Stack, 0)
    optimizer = kind(groups(model), **({"lr": 0.01} | options))
    for step in range(steps):
        torch.manual_seed(step)
        for name, p in model.named_parameters():
            p.grad = None if name in skipped else torch.randn_like(p)
        optimizer.step()
    return model, optimizer


def content_of(model, optimizer):
    return copy.deepcopy({"model": model.state_dict(), "optimizer": optimizer.state_dict()})


def edited(content, names, new_name):
    """What is left when every name becomes new_name(name), or goes where that is None."""
    states, groups = by_name(content["optimizer"], names)
    groups = [(hyper, [new_name(n) for n in members if new_name(n)]) for hyper, members in groups]
    model = copy.copy(content["model"])
    model.clear()
    model.update((new_name(k), v) for k, v in content["model"].items() if new_name(k))
    return {"model": model, "optimizer": by_id(
        {new_name(k): v for k, v in states.items() if new_name(k)}, [g for g in groups if g[1]])}


def without_layer_1(name):
    return None if name.startswith("layers.1.") else name


@scenario
def a_layer_pruned(work):
    for groups in (every, by_dimension, per_layer_decay):
        model, optimizer = stepped(groups)
        content = content_of(model, optimizer)
        work.save("in.pt", content)
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", "--drop", "layers.1")
        work.expect("out.pt", edited(content, names_of(model, optimizer), without_layer_1))


@scenario
def layers_renumbered(work):
    def new_name(name):
        if name.startswith("layers.1."):
            return None
        for i in (2, 3):
            name = name.replace(f"layers.{i}.", f"layers.{i - 1}.", 1) if name.startswith(
                f"layers.{i}.") else name
        return name

    model, optimizer = stepped(by_dimension)
    content = content_of(model, optimizer)
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "part.pt", "--drop", "layers.1")
    work.ckpt("remap", "part.pt", "-o", "out.pt", "--map", "layers.2=>layers.1", "--map",
              "layers.3=>layers.2")
    names = [[n for n in members] for members in names_of(model, optimizer)]
    work.expect("out.pt", {**edited(content, names, new_name)})


def fused(content, names):
    """q, k and v of layer 0 become qkv, in the place of q."""
    def join(tensors):
        return torch.cat(tensors)

    states, groups = by_name(content["optimizer"], names)
    model = OrderedDict()
    for key, value in content["model"].items():
        if not key.startswith(("layers.0.q.", "layers.0.k.", "layers.0.v.")):
            model[key] = value
        elif ".q." in key:
            parts = [key.replace(".q.", f".{x}.") for x in "qkv"]
            model[key.replace(".q.", ".qkv.")] = join([content["model"][p] for p in parts])
    for leaf in ("weight", "bias"):
        parts = [f"layers.0.{x}.{leaf}" for x in "qkv"]
        of = [states.pop(p) for p in parts]
        states[f"layers.0.qkv.{leaf}"] = {
            k: join([s[k] for s in of]) if k not in ("step", "eta", "mu", "mu_product") else v
            for k, v in of[0].items()}
    new_groups = []
    for hyper, members in groups:
        members = [n.replace(".q.", ".qkv.") if n.startswith("layers.0.q.") else n
                   for n in members if not n.startswith(("layers.0.k.", "layers.0.v."))]
        new_groups.append((hyper, members))
    order = list(model)
    new_groups = [(h, sorted(m, key=order.index)) for h, m in new_groups]
    return {"model": model, "optimizer": by_id(states, new_groups)}


FUSION = ("-e", "layers.0.{q,k,v}.{p:weight,bias} -> layers.0.qkv.{p:weight,bias} | cat(0)",
          "-e", "keep **")


@scenario
def q_k_v_fused(work):
    o = torch.optim
    for kind, options in ((o.AdamW, {"amsgrad": True}), (o.SGD, {"momentum": 0.9}), (o.Adamax, {}),
                          (o.RMSprop, {"centered": True}), (o.Adagrad, {}), (o.NAdam, {}),
                          (o.ASGD, {}), (o.Rprop, {}), (o.Adadelta, {})):
        for groups in (every, by_dimension) if kind is o.AdamW else (every,):
            model, optimizer = stepped(groups, kind, **options)
            content = content_of(model, optimizer)
            content["model"] = OrderedDict(content["model"])
            expected = fused(content, names_of(model, optimizer))
            work.save("in.pt", content)
            open(work.path("order.txt"), "w").write("\n".join(expected["model"]))
            work.ckpt("remap", "in.pt", "-o", "out.pt", "-f", "--order", "order.txt", *FUSION)
            work.expect("out.pt", expected)


@scenario
def fusion_refused(work):
    model, optimizer = stepped()
    content = content_of(model, optimizer)
    content["optimizer"]["state"][1]["step"] += 1
    work.save("in.pt", content)
    said = work.refusal("remap", "in.pt", "-o", "out.pt", *FUSION)
    assert "'layers.0.qkv.weight'" in said and "step" in said, said
    model, optimizer = stepped(kind=torch.optim.Adafactor)
    work.save("in.pt", content_of(model, optimizer))
    said = work.refusal("remap", "in.pt", "-o", "out.pt", *FUSION)
    assert "row_var" in said and "--optimizer" in said, said


@scenario
def some_with_amsgrad(work):
    """max_exp_avg_sq for some: the flag was raised in one group."""
    def groups(model):
        first, second = by_dimension(model)
        return [first, {**second, "amsgrad": True}]

    model, optimizer = stepped(groups)
    content = content_of(model, optimizer)
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    work.expect("out.pt", edited(content, names_of(model, optimizer), without_layer_1))


def quantized(state, qmap):
    blocks = -(-state["exp_avg"].numel() // 256)
    return {"step": 2, "state1": state["exp_avg"].mul(50).to(torch.uint8),
            "state2": state["exp_avg_sq"].mul(50).to(torch.uint8), "qmap1": qmap, "qmap2": qmap,
            "absmax1": torch.rand(blocks), "absmax2": torch.rand(blocks)}


@scenario
def eight_bit(work):
    """bitsandbytes: whole tensors follow; constants shared by all stay shared; slices do not."""
    model, optimizer = stepped()
    content = content_of(model, optimizer)
    qmap = torch.linspace(-1, 1, 256)
    states = content["optimizer"]["state"]
    content["optimizer"]["state"] = {i: quantized(s, qmap) for i, s in states.items()}
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    work.expect("out.pt", edited(content, names_of(model, optimizer), without_layer_1))
    maps = {s["qmap1"].data_ptr() for s in work.load("out.pt")["optimizer"]["state"].values()}
    assert len(maps) == 1
    said = work.refusal("remap", "in.pt", "-o", "fused.pt", *FUSION)
    assert "'layers.0.qkv.weight'" in said and "--optimizer" in said, said


@scenario
def counts_in_groups(work):
    """apex keeps the step in the group."""
    model, optimizer = stepped(by_dimension)
    content = content_of(model, optimizer)
    for group in content["optimizer"]["param_groups"]:
        group["step"], group["bias_correction"] = 2, True
    for state in content["optimizer"]["state"].values():
        del state["step"]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    work.expect("out.pt", edited(content, names_of(model, optimizer), without_layer_1))


@scenario
def orphans_and_empty_states(work):
    model, optimizer = stepped()
    names = names_of(model, optimizer)
    content = content_of(model, optimizer)
    expected = edited(content, names, without_layer_1)
    state = content["optimizer"]["state"]
    content["optimizer"]["state"] = {99: state[0], **state}
    work.save("in.pt", content)
    said = work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1").stderr
    assert "1 state of ids that no group lists dropped" in said, said
    work.expect("out.pt", expected)
    content["optimizer"]["state"] = {**state, 0: {}}
    del expected["optimizer"]["state"][0]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", "--drop", "layers.1")
    work.expect("out.pt", expected)


@scenario
def empty_groups_kept(work):
    def groups(model):
        named = dict(model.named_parameters())
        return [{"params": [p for n, p in named.items() if not n.startswith("head")]},
                {"params": [p for n, p in named.items() if n.startswith("head")], "lr": 0.1}]

    model, optimizer = stepped(groups)
    content = content_of(model, optimizer)
    names = names_of(model, optimizer)
    expected = edited(content, names, lambda n: None if n.startswith("head") else n)
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "head")
    work.expect("out.pt", expected)
    work.ckpt("filter", "in.pt", "-o", "kept.pt", "--drop", "head", "--keep-empty-groups")
    expected["optimizer"]["param_groups"].append(
        {**copy.deepcopy(content["optimizer"]["param_groups"][1]), "params": []})
    work.expect("kept.pt", expected)


@scenario
def kept_dropped_reset(work):
    model, optimizer = stepped()
    content = content_of(model, optimizer)
    names = names_of(model, optimizer)
    expected = edited(content, names, without_layer_1)
    work.save("in.pt", content)
    said = work.ckpt("filter", "in.pt", "-o", "kept.pt", "--drop", "layers.1", "--optimizer",
                     "keep").stderr
    assert "kept, with states of parameters that are gone" in said, said
    work.expect("kept.pt", {**expected, "optimizer": content["optimizer"]})
    work.ckpt("filter", "in.pt", "-o", "dropped.pt", "--drop", "layers.1", "--optimizer", "drop")
    work.expect("dropped.pt", {"model": expected["model"]})
    work.ckpt("filter", "in.pt", "-o", "reset.pt", "--drop", "layers.1", "--optimizer", "reset")
    expected["optimizer"]["state"] = {}
    work.expect("reset.pt", expected)


@scenario
def the_model_left_out(work):
    """An optimizer or an average is all that is wanted: they are no part of an edited model."""
    model, optimizer = stepped(by_dimension)
    content = content_of(model, optimizer)
    content["ema"] = torch.optim.swa_utils.AveragedModel(model).state_dict()
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "optimizer.pt", "--keep", "optimizer:**")
    work.expect("optimizer.pt", {"optimizer": content["optimizer"]})
    work.ckpt("filter", "in.pt", "-o", "ema.pt", "--keep", "ema:**")
    work.expect("ema.pt", {"ema": content["ema"]})
    rest = {key: value for key, value in content.items() if key != "model"}
    work.ckpt("filter", "in.pt", "-o", "rest.pt", "--drop", ":model")
    work.expect("rest.pt", rest)
    work.ckpt("filter", "in.pt", "-o", "no_optimizer.pt", "--drop", ":model", "--optimizer", "drop")
    work.expect("no_optimizer.pt", {"ema": content["ema"]})
    said = work.refusal("filter", "in.pt", "-o", "out.pt", "--drop", "**")
    assert "no tensor of the state dict would be left" in said, said


@scenario
def treated_whatever_else_goes(work):
    """--optimizer is obeyed where no parameter goes."""
    model, optimizer = stepped()
    content = {**content_of(model, optimizer), "epoch": 3}
    work.save("in.pt", content)
    for what in (("--drop", ":epoch"), ("--keep", "**")):
        expected = copy.deepcopy(content)
        if what[0] == "--drop":
            del expected["epoch"]
        expected["optimizer"]["state"] = {}
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", *what, "--optimizer", "reset")
        work.expect("out.pt", expected)
        del expected["optimizer"]
        work.ckpt("filter", "in.pt", "-o", "out.pt", "-f", *what, "--optimizer", "drop")
        work.expect("out.pt", expected)


@scenario
def what_goes_with_a_layer_is_counted(work):
    model, optimizer = stepped()
    content = content_of(model, optimizer)
    work.save("in.pt", content)
    said = work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1").stderr
    out = work.load("out.pt")
    kept = len(out["model"]) + sum(map(len, out["optimizer"]["state"].values()))
    dropped = len(content["model"]) + 3 * len(content["model"]) - kept
    assert f"{kept} tensors kept, {dropped} dropped" in said, said


@scenario
def zero_shards_refused(work):
    model, _ = stepped()
    work.save("in.pt", {"model": model.state_dict(), "optimizer_state_dict": {
        "base_optimizer_state": {}, "single_partition_of_fp32_groups": [torch.ones(9)],
        "partition_count": 2, "zero_stage": 2}})
    said = work.refusal("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    assert "DeepSpeed ZeRO" in said and "--optimizer drop" in said, said
    listed = work.ckpt("optim", "ls", "in.pt").stdout
    assert "DeepSpeed ZeRO" in listed, listed
    work.ckpt("optim", "drop", "in.pt", "-o", "out.pt")
    work.expect("out.pt", {
        "model": model.state_dict()})


@scenario
def flat_fairseq_refused(work):
    model, _ = stepped()
    flat = torch.zeros(sum(p.numel() for p in model.parameters()))
    work.save("in.pt", {"model": model.state_dict(), "last_optimizer_state": {
        "state": {0: {"step": 3, "exp_avg": flat, "exp_avg_sq": flat.clone()}},
        "param_groups": [{"lr": 0.1, "params": [0]}], "loss_scale": 128.0}})
    said = work.refusal("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    assert "flat" in said and "--optimizer drop" in said, said
    listed = work.ckpt("optim", "ls", "in.pt").stdout
    assert "flat" in listed, listed


@scenario
def beside_the_model(work):
    model, optimizer = stepped(by_dimension)
    content = content_of(model, optimizer)
    expected = edited(content, names_of(model, optimizer), without_layer_1)
    work.save("pytorch_model.bin", content["model"])
    work.save("optimizer.pt", content["optimizer"])
    work.ckpt("filter", "optimizer.pt", "--model", "pytorch_model.bin", "-o", "out.pt", "--drop",
              "layers.1")
    work.expect("out.pt", expected["optimizer"])
    work.ckpt("filter", "optimizer.pt", "--model", ".", "-o", "out.pt", "-f", "--drop", "layers.1")
    work.expect("out.pt", expected["optimizer"])


@scenario
def states_of_optimizers_that_nobody_knows(work):
    """Whatever lies in a state goes with it."""
    model, optimizer = stepped()
    content = content_of(model, optimizer)
    for state in content["optimizer"]["state"].values():
        moment = state.pop("exp_avg")
        state.update(moment=moment, phase=torch.randn(moment.shape, dtype=torch.complex64),
                     half=moment.bfloat16(), norm=torch.tensor(1.5), row=moment.sum(-1), scale=0.5,
                     label="x", history=[torch.zeros(3), torch.ones(3)], is_warm=True)
        del state["exp_avg_sq"]
    work.save("in.pt", content)
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.1")
    work.expect("out.pt", edited(content, names_of(model, optimizer), without_layer_1))


class Words(nn.Module):
    """The first seven rows of the embedding are used, however many there are."""

    def __init__(self, count=7):
        super().__init__()
        self.embedding, self.out = nn.Embedding(count, 4), nn.Linear(4, 3)

    def forward(self):
        return self.out(torch.tanh(self.embedding(torch.arange(7))))


def words_loss(model, step):
    return (model() - data(step, 7, 3)).pow(2).mean()


@scenario
def rows_grown(work):
    """New rows start with zero moments under the old step; the old rows go on bit for bit."""
    o = torch.optim
    for kind, options in ((o.AdamW, {"amsgrad": True}), (o.SGD, {"momentum": 0.9}), (o.NAdam, {})):
        model = made(Words, 0)
        optimizer = kind(model.parameters(), lr=0.01, **options)
        train(model, optimizer, words_loss, 0, 4)
        content, rows = content_of(model, optimizer), torch.randn(2, 4)
        expected = copy.deepcopy(content)
        expected["model"]["embedding.weight"] = torch.cat(
            [content["model"]["embedding.weight"], rows])
        for key, value in expected["optimizer"]["state"][0].items():
            if value.shape == (7, 4):
                expected["optimizer"]["state"][0][key] = torch.cat([value, torch.zeros(2, 4)])
        work.save("in.pt", content)
        work.save("rows.pt", {"rows": rows})
        work.ckpt("remap", "in.pt", "rows.pt", "-o", "out.pt", "-f", "-e",
                  "embedding.weight, rows -> embedding.weight | cat(0)", "-e", "keep **")
        work.expect("out.pt", expected)
        larger = made(Words, 1, 9)
        optimizer_of_larger = kind(larger.parameters(), lr=0.01, **options)
        larger.embedding.weight.data[7:] = rows
        work.save("skeleton.pt", content_of(larger, optimizer_of_larger))
        work.ckpt("copy", "in.pt", "skeleton.pt", "-o", "copied.pt", "-f", "--on-mismatch", "pad")
        work.expect("copied.pt", expected)
        out = work.load("out.pt")
        larger.load_state_dict(out["model"])
        optimizer_of_larger.load_state_dict(out["optimizer"])
        if kind is o.AdamW:
            optimizer.param_groups[0]["weight_decay"] = 0.0
            optimizer_of_larger.param_groups[0]["weight_decay"] = 0.0
        train(model, optimizer, words_loss, 4, 7)
        train(larger, optimizer_of_larger, words_loss, 4, 7)
        end = final(larger, optimizer_of_larger)
        end["model/embedding.weight"] = end["model/embedding.weight"][:7]
        end["state/embedding.weight"] = {
            k: v[:7] if v.ndim else v for k, v in end["state/embedding.weight"].items()}
        expect_end(end, final(model, optimizer))


@scenario
def layers_doubled(work):
    """States are copied with their layers, into storages of their own."""
    for groups in (every, by_dimension):
        model, optimizer = stepped(groups)
        content = content_of(model, optimizer)
        larger = made(Stack, 1, 8)
        names = names_of(larger, torch.optim.AdamW(groups(larger)))
        states, old_groups = by_name(content["optimizer"], names_of(model, optimizer))

        def source(name):
            parts = name.split(".")
            if parts[0] == "layers":
                parts[1] = str(int(parts[1]) % 4)
            return ".".join(parts)

        weights = larger.state_dict()
        for key in weights:
            weights[key] = content["model"][source(key)]
        expected = copy.deepcopy({"model": weights, "optimizer": by_id(
            {n: states[source(n)] for members in names for n in members},
            [(hyper, members) for (hyper, _), members in zip(old_groups, names)])})
        work.save("in.pt", content)
        open(work.path("order.txt"), "w").write("\n".join(weights))
        work.ckpt("remap", "in.pt", "-o", "out.pt", "-f", "--order", "order.txt",
                  *[word for i in range(4)
                    for word in ("-e", f"layers.{i}.** -> layers.{{{i},{i + 4}}}.** | copy")],
                  "-e", "keep **")
        work.expect("out.pt", expected)
        moments = [v.data_ptr() for state in work.load("out.pt")["optimizer"]["state"].values()
                   for v in state.values()]
        assert len(moments) == len(set(moments))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.k, self.z, self.a = (nn.Linear(4, 4) for _ in range(3))


@scenario
def sorted_names_and_what_decides_them(work):
    """Three children alike: six orders fit, and the user knows."""
    model = made(lambda: nn.ModuleDict({
        "in": nn.Linear(3, 4), "layers": nn.ModuleList(Attention() for _ in range(11)),
        "out": nn.Linear(4, 2)}), 0)
    optimizer = torch.optim.Adam(model.parameters())
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    optimizer.step()
    content = {"model": dict(sorted(model.state_dict().items())),
               "optimizer": optimizer.state_dict()}
    expected = edited(copy.deepcopy(content), names_of(model, optimizer),
                      lambda n: None if ".z." in n else n)
    work.save("in.pt", content)
    said = work.refusal("filter", "in.pt", "-o", "out.pt", "--drop", "layers.*.z")
    assert "6 registration orders fit" in said and "--child-order" in said, said
    work.ckpt("filter", "in.pt", "-o", "out.pt", "--drop", "layers.*.z", "--child-order",
              "layers.0: k z a")
    work.expect("out.pt", expected)
    said = work.refusal("optim", "ls", "in.pt", "--child-order", "layers.0: k q a")
    assert "no module 'layers.0' has a child 'q'" in said, said


if __name__ == "__main__":
    sys.exit(run(SCENARIOS))
