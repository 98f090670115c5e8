"""Edits beyond those of testdata: what is saved, how it is changed in Python, and the arguments
that make ckpt do the same. edits_test.py compares the files, loads_test.py what torch loads.

EditCase.output_name names both outputs, because torch takes the archive's top folder from it.
"""
import argparse
import collections
import dataclasses
import json
from typing import Callable

import torch

import common
from make_cases import state_dicts, tensors, training
from make_cases.edits import (add_prefix, below, drop, inside, keep, renamed, replace_prefix,
                              strip_prefix, strip_wrappers)


@dataclasses.dataclass(frozen=True)
class EditCase:
    name: str
    build: Callable
    arguments: list
    change: Callable
    output_name: str = "edited.pt"


def ends_with(*endings):
    return lambda key: key.endswith(endings)


def starts_with(*beginnings):
    return lambda key: key.startswith(beginnings)


def rename_keys(names):
    return lambda state_dict: renamed(state_dict, lambda key: names.get(key, key))


def floats(count):
    return torch.arange(float(count))


def entries(count):
    """`count` names that share one small storage, as an OrderedDict."""
    base = floats(8)
    return lambda: collections.OrderedDict(
        (f"k{index}", base[index % 8:]) for index in range(count))


def three_ways_tied():
    shared = floats(6)
    return collections.OrderedDict(a=shared, own=floats(2), b=shared.view(2, 3), c=shared[2:],
                                   last=floats(3))


def bytes_and_views():
    """One storage, which the file names by two classes: bytes have one of their own."""
    shared = torch.arange(8, dtype=torch.uint8)
    return {"a": shared, "own": floats(2), "b": shared.view(torch.float8_e5m2),
            "c": shared.view(torch.uint16)[1:]}


def views_and_bytes():
    shared = torch.arange(8, dtype=torch.uint8)
    return {"own": floats(2), "b": shared.view(torch.uint32), "a": shared}


def ddp_model():
    model = state_dicts.Wrapper("module", state_dicts.BatchNormNet())
    return {"epoch": 1, "state_dict": model.state_dict(), "lr": 0.1}


def partly_prefixed():
    return {"module.a": floats(1), "b": floats(2), "module.c.module.d": floats(3)}


def deep_names():
    return {f"encoder.{layer}.{part}.{kind}": floats(2) for layer in range(12)
            for part in ("attn", "mlp") for kind in ("weight", "bias")}


def every_wrapper():
    inner = torch.nn.Linear(2, 2)
    for name in ("_checkpoint_wrapped_module", "_fsdp_wrapped_module", "_orig_mod",
                 "_forward_module", "module"):
        inner = state_dicts.Wrapper(name, inner)
    return torch.nn.Sequential(inner, torch.nn.Linear(2, 1)).state_dict()


def number_keys():
    return collections.OrderedDict(
        (str(index), torch.tensor([float(index)])) for index in range(12))


def shared_with_torch():
    """Constants that this process shares with torch's own code, and so the file does; after loading
    they are separate objects."""
    return {"model": {"weight": floats(2), "bias": floats(1)}, "device": "cpu", "kind": "storage"}


def shared_with_attributes():
    """Here "lr" is one object in the file: a key, and the name of an attribute. Loading interns the
    names of attributes, and so separates them."""
    return {"model": {"weight": floats(2), "bias": floats(1)}, "options": {"lr": 1, "momentum": 2},
            "args": argparse.Namespace(lr=1, momentum=2)}


def equal_texts():
    """Two equal keys that are one object, and two that are not."""
    same, other = "layer", "".join(["lay", "er"])
    return {"state_dict": {"weight": floats(1), "bias": floats(2)}, "a": {same: 1}, "b": {same: 2},
            "c": {other: 3}}


class Settings(dict):
    """A dict of another class, with attributes of its own."""


def other_dicts():
    settings = Settings({"weight": floats(2), "bias": floats(1), "fc.bias": floats(3)})
    settings.note = "x"
    return {"state_dict": settings, "counts": collections.defaultdict(int, a=1)}


def default_dict():
    return collections.defaultdict(list, {"a.weight": floats(2), "a.bias": floats(1)})


def long_integers():
    return {"model": {"weight": floats(2), "bias": floats(1)}, 2**70: {"x": 1}, -2**70: {"x": 2}}


def name_of_an_attribute():
    """"_metadata" is a key too: loading interns the attribute's name, and so separates them."""
    return {"model": state_dicts.plain(), "_metadata": {"_metadata": 1}, "t": floats(1)}


def remade(state_dict, rename):
    """The same dict, of whatever class, with other keys."""
    entries = [(rename(key), value) for key, value in state_dict.items()]
    state_dict.clear()
    state_dict.update(entries)
    return state_dict


FILTERS = [
    EditCase("a dict of another class", other_dicts, ["filter", "--drop", "{bias,fc}"],
             inside("state_dict", drop(below("bias", "fc")))),
    EditCase("a defaultdict", default_dict, ["filter", "--drop", "**.bias"],
             drop(ends_with(".bias"))),
    EditCase("integer keys beyond 64 bits", long_integers,
             ["filter", "--drop", f":{2**70}", "--drop", "bias"],
             lambda checkpoint: inside("model", drop(below("bias")))(
                 drop(lambda key: key == 2**70)(checkpoint))),
    EditCase("one key is kept", state_dicts.plain, ["filter", "--keep", "fc.weight"],
             keep(below("fc.weight"))),
    EditCase("a glob across parts", state_dicts.plain, ["filter", "--keep", "**.weight"],
             keep(ends_with(".weight"))),
    EditCase("drop wins over keep", state_dicts.plain,
             ["filter", "--keep", "fc", "--drop", "fc.bias"],
             keep(below("fc.weight"))),
    EditCase("alternatives", state_dicts.plain, ["filter", "--keep", "{conv,fc}.bias"],
             keep(ends_with(".bias"))),
    EditCase("a regular expression", state_dicts.plain, ["filter", "--drop", r"re:^conv\..*$"],
             drop(below("conv"))),
    EditCase("include is keep", state_dicts.plain, ["filter", "--include", "fc"],
             keep(below("fc"))),
    EditCase("exclude is drop", state_dicts.plain, ["filter", "--exclude", "fc"],
             drop(below("fc"))),
    EditCase("an exclusion among the kept", state_dicts.plain,
             ["filter", "--keep", "**", "--keep", "!fc"], drop(below("fc"))),
    EditCase("_metadata stays whole", state_dicts.batchnorm, ["filter", "--drop", "bn1"],
             drop(below("bn1"))),
    EditCase("the first of the tied goes", three_ways_tied, ["filter", "--drop", "a"],
             drop(below("a"))),
    EditCase("all but the last of the tied go", three_ways_tied, ["filter", "--keep", "c"],
             keep(below("c"))),
    EditCase("the tied go and storages are renumbered", three_ways_tied,
             ["filter", "--drop", "{a,b,c}"], drop(below("a", "b", "c"))),
    EditCase("bytes and their views stay", bytes_and_views, ["filter", "--drop", "own"],
             drop(below("own"))),
    EditCase("views and their bytes stay", views_and_bytes, ["filter", "--drop", "own"],
             drop(below("own"))),
    EditCase("the first storages go", tensors.many_tensors, ["filter", "--drop", "layer?"],
             drop(lambda key: len(key) == len("layer0.weight"))),
    EditCase("long memo indices become short", tensors.many_tensors,
             ["filter", "--keep", "layer6?"],
             keep(starts_with("layer60", "layer61", "layer62", "layer63", "layer64", "layer65",
                              "layer66", "layer67", "layer68", "layer69"))),
    EditCase("one entry of an OrderedDict", tensors.many_tensors, ["filter", "--keep", "layer42"],
             keep(below("layer42"))),
    EditCase("one entry of a dict", state_dicts.plain_dict, ["filter", "--keep", "fc.bias"],
             keep(below("fc.bias"))),
    EditCase("1001 entries become 1000", entries(1001), ["filter", "--drop", "k7"],
             drop(below("k7"))),
    EditCase("1002 entries become 1001", entries(1002), ["filter", "--drop", "k7"],
             drop(below("k7"))),
    EditCase("2001 entries become 2000", entries(2001), ["filter", "--drop", "k0"],
             drop(below("k0"))),
    EditCase("1500 entries become 1000", entries(1500), ["filter", "--drop", "k1???"],
             drop(lambda key: len(key) == 5)),
    EditCase("a whole storage goes, its views stay", tensors.views,
             ["filter", "--keep", "{overlapping,diagonal,column}"],
             keep(below("overlapping", "diagonal", "column"))),
    EditCase("expanded", tensors.expanded, ["filter", "--drop", "rows"], drop(below("rows"))),
    EditCase("empty tensors", tensors.empty, ["filter", "--drop", "flat", "--drop", "full"],
             drop(below("flat", "full"))),
    EditCase("scalars and a float beside them", tensors.scalars, ["filter", "--drop", "float"],
             drop(below("float"))),
    EditCase("strides", tensors.non_contiguous, ["filter", "--drop", "transposed"],
             drop(below("transposed"))),
    EditCase("untyped storages", tensors.untyped_dtypes, ["filter", "--drop", "uint16"],
             drop(below("uint16"))),
    EditCase("typed storages", tensors.strided_dtypes,
             ["filter", "--keep", "{bool,complex*,int64}"],
             keep(lambda key: key.startswith(("bool", "complex", "int64")))),
    EditCase("quantised", tensors.quantized, ["filter", "--drop", "per_tensor"],
             drop(below("per_tensor"))),
    EditCase("sparse", tensors.sparse, ["filter", "--drop", "dense"], drop(below("dense"))),
    EditCase("conjugated and negated", tensors.conj_neg, ["filter", "--drop", "base"],
             drop(below("base"))),
    EditCase("meta", tensors.meta, ["filter", "--drop", "here"], drop(below("here"))),
    EditCase("Parameters", state_dicts.parameters, ["filter", "--drop", "weight"],
             drop(below("weight"))),
    EditCase("Parameters with attributes", state_dicts.parameter_with_state,
             ["filter", "--drop", "bare"], drop(below("bare"))),
    EditCase("extra state", state_dicts.extra_state, ["filter", "--drop", "{0,1}.weight"],
             drop(below("0.weight", "1.weight"))),
    EditCase("keys of any script", state_dicts.unicode_keys,
             ["filter", "--drop", "层.权重", "--drop", "emoji*", "--drop", r"re:^nul"],
             drop(starts_with("层.权重", "emoji", "nul"))),
]

SECTIONS = [
    EditCase("the optimizer goes", training.training, ["filter", "--sections", "model,rest"],
             drop(below("optimizer"))),
    EditCase("the rest goes", training.training, ["filter", "--sections", "model,optimizer"],
             keep(below("model", "optimizer"))),
    EditCase("only the model stays", training.sgd, ["filter", "--sections", "model"],
             keep(below("state_dict"))),
    EditCase("the optimizer goes and keys too", training.sgd,
             ["filter", "--sections", "model,rest", "--drop", "2"],
             lambda checkpoint: inside("state_dict", drop(below("2")))(
                 drop(below("optimizer"))(checkpoint))),
    EditCase("a root that is named", training.average_beside_model,
             ["filter", "--root", "ema", "--drop", "bn1"], inside("ema", drop(below("bn1")))),
    EditCase("a root that is found", ddp_model, ["filter", "--keep", "**.weight"],
             inside("state_dict", keep(ends_with(".weight")))),
]

RENAMES = [
    EditCase("a dict of another class, renamed", other_dicts, ["remap", "--map", "fc=>head"],
             inside("state_dict", lambda state: remade(
                 state, lambda key: key.replace("fc.", "head.")))),
    EditCase("a defaultdict with a prefix", default_dict, ["remap", "--add-prefix", "m."],
             lambda state: remade(state, lambda key: "m." + key)),
    EditCase("a prefix goes", ddp_model, ["remap", "--strip-prefix", "module."],
             inside("state_dict", strip_prefix("module."))),
    EditCase("a prefix goes where it is", partly_prefixed, ["remap", "--strip-prefix", "module."],
             strip_prefix("module.")),
    EditCase("a prefix comes", state_dicts.batchnorm, ["remap", "--add-prefix", "net.body."],
             add_prefix("net.body.")),
    EditCase("a prefix that is no module", state_dicts.plain_dict, ["remap", "--add-prefix", "x_"],
             add_prefix("x_")),
    EditCase("a key and all below it", state_dicts.plain, ["remap", "--map", "fc=>head"],
             replace_prefix("fc.", "head.")),
    EditCase("two maps", state_dicts.plain,
             ["remap", "--map", "fc.*=>head.*", "--map", "conv.*=>stem.conv.*"],
             lambda state: replace_prefix("conv.", "stem.conv.")(
                 replace_prefix("fc.", "head.")(state))),
    EditCase("numbers are carried over", deep_names,
             ["remap", "--map", "encoder.*.attn.*=>enc.*.attention.*"],
             lambda state: renamed(state, lambda key: key if ".attn." not in key else
                                   key.replace("encoder.", "enc.").replace("attn", "attention"))),
    EditCase("everything below", deep_names, ["remap", "--map", "encoder.**=>backbone.layers.**"],
             replace_prefix("encoder.", "backbone.layers.")),
    EditCase("names of one character", state_dicts.plain_dict,
             ["remap", "--map", "fc.weight=>0", "--map", "fc.bias=>1"],
             rename_keys({"fc.weight": "0", "fc.bias": "1"})),
    EditCase("names that were of one character", number_keys, ["remap", "--add-prefix", "layer."],
             add_prefix("layer.")),
    EditCase("numbers that lose their prefix",
             lambda: add_prefix("layer.")(number_keys()), ["remap", "--strip-prefix", "layer."],
             strip_prefix("layer.")),
    EditCase("tied names", state_dicts.tied, ["remap", "--map", "lm_head.*=>head.*"],
             replace_prefix("lm_head.", "head.")),
    EditCase("every wrapper", every_wrapper, ["remap", "--strip-wrappers"], strip_wrappers),
    EditCase("1001 names", entries(1001), ["remap", "--add-prefix", "model."],
             add_prefix("model.")),
    EditCase("views", tensors.views, ["remap", "--add-prefix", "model."], add_prefix("model.")),
    EditCase("untyped storages renamed", tensors.untyped_dtypes, ["remap", "--add-prefix", "m."],
             add_prefix("m.")),
    EditCase("one tensor object under two names", state_dicts.tied_objects,
             ["remap", "--map", "a=>first"], rename_keys({"a": "first"})),
    EditCase("names beside an optimizer", training.training, ["remap", "--add-prefix", "net."],
             inside("model", add_prefix("net."))),
    EditCase("non-ASCII names", state_dicts.plain, ["remap", "--map", "fc.*=>頭.*"],
             replace_prefix("fc.", "頭.")),
]

IDENTITY = [
    EditCase("texts that the writer shared with torch", shared_with_torch,
             ["filter", "--drop", "bias"], inside("model", drop(below("bias")))),
    EditCase("texts that are names of attributes too", shared_with_attributes,
             ["filter", "--drop", "bias"], inside("model", drop(below("bias")))),
    EditCase("a key that is the name of an attribute", name_of_an_attribute,
             ["filter", "--drop", "fc"], inside("model", drop(below("fc")))),
    EditCase("equal texts that are two objects", equal_texts, ["filter", "--drop", "bias"],
             inside("state_dict", drop(below("bias")))),
    EditCase("keys that are storage keys too", state_dicts.one_char_keys,
             ["filter", "--drop", "{a,1}"], drop(below("a", "1"))),
]

FILE_NAMES = [
    EditCase(f"an output called {name}", state_dicts.plain, ["filter", "--drop", "fc"],
             drop(below("fc")), output_name=name)
    for name in ("a.b.c.pt", "no_extension", ".hidden.pt", "trailing.", "with space.pt",
                 "modèle.pt", "a" * 60 + ".pt", "a" * 61 + ".pt", "a" * 62 + ".pt")]

ALL = [*FILTERS, *SECTIONS, *RENAMES, *IDENTITY, *FILE_NAMES]


def write_input(case, folder):
    """The case's object, saved by torch; returns its path."""
    torch.manual_seed(0)
    path = folder / "input.pt"
    torch.save(case.build(), path)
    return path


def run_case(test, case, folder):
    """(input, ckpt's output, the object as changed in Python) of a case."""
    source = write_input(case, folder)
    (folder / "ckpt").mkdir()
    ours = folder / "ckpt" / case.output_name
    command, *options = case.arguments
    test.run_ckpt(command, source, "-o", ours, *options)
    return source, ours, case.change(common.load(source))


def testdata_edits():
    """(folder of the torch version, row of its edits.json) for every edit that make.py recorded."""
    for listing in sorted(common.TESTDATA.glob("torch-*/edits/edits.json")):
        for edit in json.loads(listing.read_text()):
            yield listing.parents[1], edit


def run_testdata_edit(test, folder, edit):
    """(ckpt's output, torch's output)"""
    theirs = folder / edit["output"]
    ours = test.fresh_folder(folder.name) / theirs.name
    command, *options = edit["arguments"]
    test.run_ckpt(command, folder / edit["input"], "-o", ours, *options)
    return ours, theirs
