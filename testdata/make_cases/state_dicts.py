"""State dicts: what `torch.save(model.state_dict())` leaves on disks."""
import collections
import io

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


class BatchNormNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(2)
        self.fc = nn.Linear(2, 2)
        self.register_buffer("mean", torch.tensor([0.5, 0.25]))
        self.register_buffer("mask", torch.tensor([True, False]))


class Wrapper(nn.Module):
    """What DataParallel and torch.compile do to the names, without the machinery."""

    def __init__(self, name, inner):
        super().__init__()
        self.add_module(name, inner)


class TiedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.norm = nn.LayerNorm(3)
        self.lm_head = nn.Linear(3, 5, bias=False)
        self.lm_head.weight = self.embed.weight


class BytesState(nn.Module):
    """A module whose extra state is whatever it is given."""

    def __init__(self, state):
        super().__init__()
        self.state = state
        self.weight = nn.Parameter(torch.ones(2))

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


def plain():
    return Net().state_dict()


def plain_dict():
    return dict(Net().state_dict())


def tied():
    return TiedNet().state_dict()


def tied_objects():
    """One tensor object under two keys: the second is a memo reference, not a second rebuild."""
    shared = torch.arange(4.0)
    return {"a": shared, "b": torch.zeros(2), "c": shared, "nested": {"d": [shared, shared]}}


def batchnorm():
    net = BatchNormNet()
    with torch.no_grad():
        net.bn1(torch.randn(4, 2, 3, 3))
    return net.state_dict()


def wrapped():
    return Wrapper("module", Wrapper("_orig_mod", BatchNormNet())).state_dict()


def wrapped_inside():
    """A wrapper in the middle of the names, as compiling or checkpointing a submodule leaves it."""
    return nn.Sequential(Wrapper("_checkpoint_wrapped_module", nn.Linear(2, 2)),
                         Wrapper("_orig_mod", nn.Linear(2, 1))).state_dict()


def parameters():
    from_module = dict(nn.Linear(2, 3).named_parameters())
    frozen = nn.Parameter(torch.ones(2), requires_grad=False)
    return {**from_module, "frozen": frozen, "leaf": torch.ones(2, requires_grad=True)}


def parameter_with_state():
    marked = nn.Parameter(torch.arange(3.0))
    marked.is_expert = True
    marked.partition = {"dim": 0}
    return {"marked": marked, "bare": nn.Parameter(torch.zeros(1))}


def buffers_as_objects():
    return {"running": nn.Buffer(torch.arange(3.0)),
            "scratch": nn.Buffer(torch.zeros(2), persistent=False)}


def extra_state():
    members = [b"\x00\x7f\x80\xffraw", None, {"scale": 0.5, "history": torch.arange(3.0)},
               torch.tensor([1, 2, 3], dtype=torch.uint8),
               io.BytesIO(b"as transformer-engine does")]
    return nn.ModuleList(BytesState(member) for member in members).state_dict()


def int_keys():
    return {0: torch.zeros(2), 7: torch.ones(3), -1: {"weight": torch.full((1,), 2.0)},
            2**40: torch.arange(2), "0": torch.tensor([5.0]), None: torch.tensor(1.0),
            True: torch.tensor(2.0), 1.5: torch.tensor(3.0), b"raw": torch.tensor(4.0),
            (1, "a"): torch.tensor(6.0)}


def unicode_keys():
    keys = ["emoji \U0001f600", "层.权重", "é", "e\u0301", "lone \ud83d surrogate", "nul \0 inside",
            "new\nline", "tab\tand\x1b[31mescape", "with:colon", 'with "quotes"', "with 'single'",
            "back\\slash", "has.many.dots", "", " ", "[0]", "!not", "re:x", "star*", "{brace}",
            "0", "-1", "3.5", "None", "\u202ereversed", "\ufeffbom", "x" * 300]
    state = {key: torch.tensor([float(index)]) for index, key in enumerate(keys)}
    state["nested:levels"] = {"a:b": torch.ones(1), "": {"": torch.zeros(1)}}
    return state


def one_char_keys():
    """CPython keeps one object for each string of one character up to U+00FF, so these keys and the
    storage keys "0", "1"... of the file are the same objects and share memo entries."""
    state = collections.OrderedDict()
    for index, key in enumerate(["a", "1", "0", "2", "é", "Ā", "9", "10"]):
        state[key] = torch.tensor([float(index)])
    state["x"] = collections.OrderedDict([("a", torch.ones(1)), ("é", "a"), ("Ā", "0")])
    return state


BUILDERS = {builder.__name__: builder for builder in (
    plain, plain_dict, tied, tied_objects, batchnorm, wrapped, wrapped_inside, parameters,
    parameter_with_state, extra_state, int_keys, unicode_keys, one_char_keys)}
BUILDERS_SINCE_2 = {builder.__name__: builder for builder in (buffers_as_objects,)}
