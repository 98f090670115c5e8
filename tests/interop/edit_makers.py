"""Random checkpoints for edit_fuzz.py: ties, views, odd keys, many dtypes, entries around the state
dict, every pickle protocol that torch writes."""
import copy
import random
from collections import OrderedDict

import torch

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
DTYPES = FLOATS + (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
                   torch.complex64, torch.float8_e4m3fn)
WORDS = ("w", "weight", "bias", "layer.0.w", "layer.1.w", "layer.10.b", "é.w", "头.w", "q k.w",
         "a:b.w", "norm.g", "enc.attn.q", "enc.attn.k", "dec.attn.q", "Ω", "x-y_z.1", "emb.w")


def make_tensor(rng, dtype=None):
    dtype = dtype or rng.choice(DTYPES if rng.random() < .6 else FLOATS)
    shape = [rng.randint(0 if rng.random() < .1 else 1, 5) for _ in range(rng.randint(0, 3))]
    if rng.random() < .1:
        shape = [300]
    values = torch.randn(shape) * rng.choice((1, 1, 100))
    if dtype in (torch.uint8, torch.bool):
        values = values.abs()
    values = values.to(dtype)
    layout = rng.random()
    if layout < .15 and values.dim() > 1:
        return values.mT.contiguous().mT
    if layout < .3 and values.dim() > 0 and values.numel():
        return torch.cat([values, values, values])[values.shape[0]:2 * values.shape[0]]
    if layout < .4 and values.dim() > 0 and values.numel():
        return torch.stack([values, values], -1)[..., rng.randint(0, 1)]
    return values


def view_of(rng, tensor):
    """Another tensor over the storage: all of it, turned, or a part."""
    kind = rng.random()
    if kind < .4 or tensor.dim() == 0 or tensor.shape[0] == 0:
        return tensor.detach() if rng.random() < .5 else tensor
    if kind < .6:
        return tensor.transpose(0, -1)
    first = rng.randrange(tensor.shape[0])
    if kind < .8:
        return tensor[first::rng.randint(1, 3)]
    if kind < .9 and tensor.numel():
        whole = tensor.untyped_storage().nbytes() // tensor.element_size()
        step, first = rng.randint(1, 3), rng.randrange(whole)
        return tensor.as_strided((rng.randint(1, (whole - 1 - first) // step + 1),), (step,), first)
    return tensor[first]


def make_state_dict(rng, size=None):
    names = rng.sample(WORDS, size or rng.randint(2, 7))
    state_dict = OrderedDict() if rng.random() < .7 else {}
    for name in names:
        if state_dict and rng.random() < .3:
            state_dict[name] = view_of(rng, rng.choice(list(state_dict.values())))
        else:
            state_dict[name] = make_tensor(rng)
    return state_dict


def make_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 2 else 6)
    if kind == 6:
        return [make_value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    if kind == 7:
        keys = [rng.choice((rng.randint(-3, 9), rng.choice(WORDS), "0", ""))
                for _ in range(rng.randint(0, 3))]
        return {key: make_value(rng, depth + 1) for key in keys}
    if kind == 8:
        return tuple(make_value(rng, depth + 1) for _ in range(rng.randint(0, 3)))
    return (rng.randint(-5, 2 ** 40), rng.random(), rng.choice(WORDS), True, None,
            make_tensor(rng))[kind]


def make_checkpoint(rng):
    """(the object, the path of its state dict)"""
    state_dict = make_state_dict(rng)
    if rng.random() < .4:
        return state_dict, ""
    content = {"epoch": rng.randint(0, 99), "lr": rng.random()}
    content["model"] = state_dict
    if rng.random() < .5:
        content["config"] = shared = {"heads": rng.randint(1, 8), 3: make_value(rng)}
        content["history"] = [shared, make_value(rng)]
    if rng.random() < .3:
        content["notes"] = make_value(rng)
    return content, "model"


def same_but_values(content):
    """A second run: everything is laid out and shared alike, the numbers are others."""
    other = copy.deepcopy(content)
    seen = set()
    for tensor in tensors_in(other):
        storage = tensor.untyped_storage()
        if storage.data_ptr() in seen or not tensor.is_floating_point():
            continue
        seen.add(storage.data_ptr())
        whole = tensor.as_strided((storage.nbytes() // tensor.element_size(),), (1,), 0)
        whole.copy_(torch.randn(whole.shape))
    return other


def tensors_in(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors_in(item)


def make_rng(seed):
    torch.manual_seed(seed)
    return random.Random(seed)
