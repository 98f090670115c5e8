"""Checkpoints that hold the model as a pickled module: its parameters, in the order and with the
requires_grad that it says, name the ids of the optimizer.
"""
import copy
import json

import common
import torch
from torch import nn


class Block(nn.Module):
    """Registered in another order than used, with a buffer between, and one shape again and again."""

    def __init__(self, width):
        super().__init__()
        self.out = nn.Linear(width, width)
        self.register_buffer("scale", torch.ones(width))
        self.norm = nn.BatchNorm1d(width)
        self.query = nn.Linear(width, width, bias=False)
        self.gain = nn.Parameter(torch.ones(width))


class Net(nn.Module):
    def __init__(self, width=4, blocks=3):
        super().__init__()
        self.embed = nn.Embedding(7, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.head = nn.Linear(width, 7)


def tied():
    net = Net()
    net.head.weight = net.embed.weight
    return net


def frozen():
    net = Net()
    for parameter in [*net.embed.parameters(), *net.blocks[0].parameters(), net.blocks[1].gain]:
        parameter.requires_grad = False
    return net


def trained(net, groups=None, steps=2):
    optimizer = torch.optim.AdamW(groups or [p for p in net.parameters() if p.requires_grad], lr=0.01)
    generator = torch.Generator().manual_seed(3)
    for parameter in net.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.randn(parameter.shape, generator=generator)
    for _ in range(steps):
        optimizer.step()
    return optimizer


def by_dimensions(net):
    parameters = [p for p in net.parameters() if p.requires_grad]
    return [{"params": [p for p in parameters if p.dim() > 1]},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0}]


def names_by_id(net, optimizer):
    name_of = {id(parameter): name for name, parameter in net.named_parameters()}
    return [name_of[id(p)] for group in optimizer.param_groups for p in group["params"]]


class PickledModules(common.TestCase):
    def save(self, value, name):
        path = self.folder / name
        torch.save(value, path)
        return path

    def listed(self, path, *options):
        return json.loads(self.run_ckpt("optim", "ls", path, "--json", *options))["optimizers"]

    def assert_named(self, path, *expected, options=()):
        optimizers = self.listed(path, *options)
        self.assertEqual([[one["name"] for one in optimizer["ids"]] for optimizer in optimizers],
                         list(expected))
        for optimizer in optimizers:
            self.assertIn(optimizer["names"], ("proved", "assumed"))
        return optimizers

    def test_names_are_those_of_named_parameters(self):
        for make in (Net, tied, frozen):
            for groups in (None, by_dimensions):
                net = make()
                optimizer = trained(net, groups(net) if groups else None)
                expected = names_by_id(net, optimizer)
                state = optimizer.state_dict()
                checkpoints = {
                    "plain": {"model": net, "optimizer": state},
                    "last": {"epoch": 3, "optimizer": state, "net": net},
                    "half": {"model": copy.deepcopy(net).half(), "optimizer": state},
                    "ema": {"ema": copy.deepcopy(net), "model": net, "optimizer": state},
                    "wrapped": {"model": nn.DataParallel(net), "optimizer": state},
                }
                for name, checkpoint in checkpoints.items():
                    with self.subTest(f"{make.__name__}, {name}, {groups}"):
                        prefix = "module." if name == "wrapped" else ""
                        path = self.save(checkpoint, "checkpoint.pt")
                        one, = self.assert_named(path, [prefix + each for each in expected])
                        part = "net" if name == "last" else "model"
                        self.assertEqual(one["model"], part)

    def test_an_optimizer_beside_its_model(self):
        net = frozen()
        optimizer = trained(net)
        expected = names_by_id(net, optimizer)
        alone = self.save(optimizer.state_dict(), "optimizer.pt")
        self.assert_named(alone, expected, options=("--model", self.save(net, "model.pt")))
        self.assert_named(alone, expected,
                          options=("--model", self.save({"model": net, "epoch": 1}, "whole.pt")))

    def test_an_order_known_from_a_pickled_module(self):
        """A state dict without its order, as a safetensors file would leave it."""
        net = Net()
        optimizer = trained(net)
        shuffled = dict(sorted((name, tensor) for name, tensor in net.state_dict().items()
                               if not name.endswith("scale")))
        path = self.save({"model": shuffled, "optimizer": optimizer.state_dict()}, "sorted.pt")
        reference = self.save({"model": net, "optimizer": None}, "reference.pt")
        out = self.folder / "named.pt"
        self.run_ckpt("optim", "names", path, "-o", out, "--names-from", reference)
        group, = common.load(out)["optimizer"]["param_groups"]
        self.assertEqual(group["param_names"], names_by_id(net, optimizer))

    def test_names_are_settled_by_how_a_pickled_module_moved(self):
        net = Net()
        older = self.save({"model": copy.deepcopy(net)}, "older.pt")
        some = [net.blocks[0].query.weight, net.blocks[2].query.weight]
        optimizer = trained(net, [{"params": some}], steps=20)
        path = self.save({"model": net, "optimizer": optimizer.state_dict()}, "now.pt")
        out = self.folder / "named.pt"
        self.run_ckpt("optim", "names", path, "-o", out, exit_code=2)
        self.run_ckpt("optim", "names", path, "-o", out, "--verify", older)
        group, = common.load(out)["optimizer"]["param_groups"]
        self.assertEqual(group["param_names"], names_by_id(net, optimizer))

    def test_an_edit_of_one_layer_takes_the_states_along(self):
        net = Net()
        optimizer = trained(net)
        path = self.save({"model": net, "optimizer": optimizer.state_dict()}, "model.pt")
        out = self.folder / "out.pt"
        self.run_ckpt("filter", path, "-o", out, "--root", "model:_modules:head:_parameters",
                      "--drop", "bias")
        value = common.load(out)
        self.assertNotIn("bias", value["model"].head._parameters)
        expected = optimizer.state_dict()
        dropped = names_by_id(net, optimizer).index("head.bias")
        states = list(value["optimizer"]["state"].values())
        del expected["state"][dropped]
        self.assertEqual(len(states), len(expected["state"]))
        for ours, theirs in zip(states, expected["state"].values()):
            self.assertIsNone(common.loaded_difference(ours, theirs))

    def test_a_frozen_parameter_may_have_an_id_where_the_counts_do_not_say_otherwise(self):
        net = nn.Sequential(*[nn.Linear(3, 3, bias=False) for _ in range(4)])
        net[0].weight.requires_grad = False
        optimizer = trained(net, [net[2].weight, net[0].weight])
        for model, root in ((net.state_dict(keep_vars=True), "model"),
                            (net, 'model:_modules:"0":_parameters')):
            path = self.save({"model": model, "optimizer": optimizer.state_dict()}, "model.pt")
            name = "0.weight" if root == "model" else "weight"
            self.run_ckpt("filter", path, "-o", self.folder / "out.pt", "--root", root,
                          "--drop", name, exit_code=2)

    def test_a_frozen_parameter_with_an_id_takes_it_along(self):
        net = frozen()
        optimizer = trained(net, list(net.parameters()))
        expected = names_by_id(net, optimizer)
        state = net.state_dict(keep_vars=True)
        path = self.save({"model": state, "optimizer": optimizer.state_dict()}, "model.pt")
        self.assert_named(path, expected)
        out = self.folder / "out.pt"
        self.run_ckpt("filter", path, "-o", out, "--drop", "blocks.1.gain")
        group, = common.load(out)["optimizer"]["param_groups"]
        self.assertEqual(len(group["params"]), len(expected) - 1)

    def test_states_are_copied_from_module_to_module(self):
        source, target = tied(), tied()
        with torch.no_grad():
            for parameter in source.parameters():
                parameter.mul_(2)
        given, taken = trained(source, steps=3), trained(target)
        paths = (self.save({"model": source, "optimizer": given.state_dict()}, "source.pt"),
                 self.save({"model": target, "optimizer": taken.state_dict()}, "target.pt"))
        out = self.folder / "out.pt"
        self.run_ckpt("copy", *paths, "-o", out)
        value = common.load(out)
        for name, tensor in source.state_dict().items():
            self.assertTrue(torch.equal(value["model"].state_dict()[name], tensor), name)
        self.assertIsNone(common.loaded_difference(value["optimizer"]["state"],
                                                   given.state_dict()["state"]))


if __name__ == "__main__":
    common.main()
