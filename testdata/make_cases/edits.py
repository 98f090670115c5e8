"""Edits that torch's users write by hand: load, change the dict, torch.save. Beside each, the
command line of ckpt that should give the same file.

On a rename, `_metadata` follows: its keys are the module paths of the same names. On a drop it
stays whole, because `del state_dict[key]` does not touch it.
"""
import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Edit:
    source: str  # name of the input, without .pt
    name: str  # what is appended to it to name the output
    arguments: list  # of ckpt, without input and output: ["filter", "--drop", "fc"]
    change: Callable  # the loaded object -> the object to save


def renamed(state_dict, rename):
    """A state dict of the same type whose keys, and module paths in _metadata, are renamed.

    `rename` maps a full key; a module path is renamed as the keys below it are: "fc" as "fc.".
    """
    result = type(state_dict)((rename(key), value) for key, value in state_dict.items())
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is not None:
        # Of two paths that become one, the inner module's entry is the later and stays.
        result._metadata = type(metadata)(
            (rename(path + "." if path else "").removesuffix("."), entry)
            for path, entry in metadata.items())
    return result


def strip_prefix(prefix):
    return lambda state_dict: renamed(state_dict, lambda key: key.removeprefix(prefix))


def add_prefix(prefix):
    """Every name gets the prefix; the root module's path "" becomes the prefix itself."""
    return lambda state_dict: renamed(state_dict, lambda key: prefix + key)


def replace_prefix(old, new):
    def rename(key):
        return new + key.removeprefix(old) if key.startswith(old) else key
    return lambda state_dict: renamed(state_dict, rename)


def strip_wrappers(state_dict):
    wrappers = {"module", "_orig_mod", "_fsdp_wrapped_module", "_forward_module",
                "_checkpoint_wrapped_module"}

    def rename(key):
        parts = key.split(".")
        kept = [part for part in parts if part not in wrappers]
        return ".".join(kept) if len(kept) < len(parts) else key
    return renamed(state_dict, rename)


def drop(unwanted):
    def change(state_dict):
        for key in [key for key in state_dict if unwanted(key)]:
            del state_dict[key]
        return state_dict
    return change


def keep(wanted):
    return drop(lambda key: not wanted(key))


def inside(section, change):
    """The same change of a state dict that is an entry of the checkpoint."""
    def change_section(checkpoint):
        checkpoint[section] = change(checkpoint[section])
        return checkpoint
    return change_section


def below(*paths):
    """True for these keys and all below them, as a pattern without wildcards means."""
    return lambda key: any(key == path or key.startswith(path + ".") for path in paths)


EDITS = [
    Edit("plain", "drop_fc", ["filter", "--drop", "fc"], drop(below("fc"))),
    Edit("plain", "keep_bias", ["filter", "--keep", "*.bias"],
         keep(lambda key: key.endswith("bias"))),
    Edit("plain", "prefixed", ["remap", "--add-prefix", "model."], add_prefix("model.")),
    Edit("plain", "renamed", ["remap", "--map", "fc.*=>head.out.*"],
         replace_prefix("fc.", "head.out.")),
    Edit("plain_dict", "prefixed", ["remap", "--add-prefix", "model."], add_prefix("model.")),
    Edit("training", "drop", ["filter", "--sections", "model,rest"],
         drop(lambda key: key == "optimizer")),
    Edit("training", "model_only", ["filter", "--sections", "model"],
         keep(lambda key: key == "model")),
    Edit("training", "prefixed", ["remap", "--add-prefix", "net."],
         inside("model", add_prefix("net."))),
    Edit("average_beside_model", "renamed", ["remap", "--root", "ema", "--map", "bn1.*=>norm.*"],
         inside("ema", replace_prefix("bn1.", "norm."))),
    Edit("tied", "keep_one", ["filter", "--keep", "lm_head"], keep(below("lm_head"))),
    Edit("tied", "drop_norm", ["filter", "--drop", "norm"], drop(below("norm"))),
    Edit("tied_objects", "drop_a", ["filter", "--drop", "a"], drop(below("a"))),
    Edit("views", "drop_whole", ["filter", "--drop", "whole", "--drop", "slice"],
         drop(below("whole", "slice"))),
    Edit("views", "big_first", ["filter", "--keep", "*big"], keep(lambda key: key.endswith("big"))),
    Edit("wrapped", "stripped", ["remap", "--strip-prefix", "module._orig_mod."],
         strip_prefix("module._orig_mod.")),
    Edit("wrapped", "one_less", ["remap", "--strip-prefix", "module."], strip_prefix("module.")),
    Edit("wrapped", "unwrapped", ["remap", "--strip-wrappers"], strip_wrappers),
    Edit("wrapped_inside", "unwrapped", ["remap", "--strip-wrappers"], strip_wrappers),
    Edit("batchnorm", "renamed", ["remap", "--map", "bn1.*=>norm1.*"],
         replace_prefix("bn1.", "norm1.")),
    Edit("batchnorm", "no_counters", ["filter", "--drop", "*.num_batches_tracked"],
         drop(lambda key: key.endswith(".num_batches_tracked"))),
    Edit("one_char_keys", "drop_zero", ["filter", "--drop", "0", "--drop", "1"],
         drop(below("0", "1"))),
    Edit("many_tensors", "drop_first", ["filter", "--drop", "layer0"], drop(below("layer0"))),
]
