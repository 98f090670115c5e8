"""Tensors of every dtype, layout and way of lying in a storage."""
import collections

import torch

NUMBERS = [0, 1, 2, 127, 5, 6]


def strided_dtypes():
    """The dtypes that have a storage class of their own (_rebuild_tensor_v2)."""
    state = {}
    for name in ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8",
                 "uint8", "complex64", "complex128"):
        state[name] = torch.tensor(NUMBERS).to(getattr(torch, name)).reshape(2, 3)
    state["bool"] = torch.tensor([[True, False, True]])
    state["complex64"] = torch.complex(torch.arange(3.0), -torch.arange(3.0))
    special = [float("nan"), float("inf"), float("-inf"), -0.0, 1e-45, 3.4028235e38]
    for name in ("float64", "float32", "float16", "bfloat16"):
        exact = torch.tensor(special, dtype=torch.float64)
        state[f"{name}.special"] = exact.to(getattr(torch, name))
    state["int64.extremes"] = torch.tensor([-2**63, 2**63 - 1, -1])
    return state


def untyped_dtypes():
    """The dtypes that have none (_rebuild_tensor_v3); row1 starts at an offset."""
    state = {}
    for name in ("uint16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz",
                 "float8_e4m3fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "complex32", "bits8",
                 "bits16", "bits1x8", "bits2x4", "bits4x2"):
        dtype = getattr(torch, name)
        raw = torch.arange(1, 1 + 6 * dtype.itemsize, dtype=torch.uint8)
        state[name] = raw.view(dtype).reshape(2, 3)
        state[f"{name}.row1"] = state[name][1]
    return state


def views():
    base = torch.arange(24.0)
    big = torch.arange(300.0)
    return {"whole": base, "slice": base[4:10], "matrix": base.view(4, 6),
            "transposed": base.view(4, 6).t(), "column": base.view(4, 6)[:, 2],
            "every_third": base[1::3], "overlapping": base.as_strided((5, 4), (2, 1), 3),
            "diagonal": base.as_strided((4,), (7,), 0), "one_of_big": big[123:124],
            "corner_of_big": big.view(15, 20)[12:, 17:]}


def expanded():
    base = torch.tensor([1.0, 2.0])
    return {"rows": base.expand(3, 2), "scalar": torch.tensor(7.0).expand(2, 2),
            "column": base.unsqueeze(1).expand(2, 4), "nothing": base.unsqueeze(0).expand(0, 2)}


def non_contiguous():
    image = torch.arange(24.0).reshape(1, 2, 3, 4)
    return {"transposed": torch.arange(6.0).reshape(2, 3).t(),
            "channels_last": image.contiguous(memory_format=torch.channels_last),
            "permuted": image.permute(3, 1, 0, 2), "contiguous": image}


def empty():
    return {"flat": torch.empty(0), "rows": torch.empty(0, 3), "columns": torch.empty(2, 0),
            "middle": torch.empty(2, 0, 3, dtype=torch.int64), "tail_of_full": torch.ones(3)[3:],
            "full": torch.ones(2), "again": torch.empty(0, dtype=torch.bool)}


def scalars():
    return {"float": torch.tensor(1.5), "int": torch.tensor(-3), "bool": torch.tensor(True),
            "one": torch.ones(1), "element": torch.arange(5.0)[3], "python": 2.5}


def sparse():
    dense = torch.tensor([[0.0, 1.0, 0.0, 2.0], [3.0, 0.0, 0.0, 0.0]])
    coordinates = torch.sparse_coo_tensor([[0, 1, 0], [2, 0, 2]], [3.0, 4.0, 5.0], (2, 3))
    return {"coo": dense.to_sparse(), "uncoalesced": coordinates, "dense": dense}


def sparse_csr():
    dense = torch.tensor([[0.0, 1.0, 0.0, 2.0], [3.0, 0.0, 0.0, 0.0]])
    return {"csr": dense.to_sparse_csr(), "dense": dense}


def sparse_blocks():
    dense = torch.tensor([[0.0, 1.0, 0.0, 2.0], [3.0, 0.0, 0.0, 0.0]])
    return {"csc": dense.to_sparse_csc(), "bsr": dense.to_sparse_bsr((2, 2)),
            "bsc": dense.to_sparse_bsc((2, 2)), "dense": dense}


def clear_unused_bytes(nibbles):
    """Torch packs the elements of all rows without a gap, yet allocates whole bytes for each row;
    it leaves what is over at the end as it found it."""
    is_torch_2 = hasattr(nibbles, "untyped_storage")
    storage = nibbles.untyped_storage() if is_torch_2 else nibbles.storage()
    for unused in range((nibbles.numel() + 1) // 2, len(storage)):
        storage[unused] = 0


def quantized():
    values = torch.tensor([[-1.0, 0.0, 1.0, 2.0], [0.5, 1.5, -0.5, -2.0]])
    scales, zero_points = torch.tensor([0.1, 0.05]), torch.tensor([10, 0])
    per_row = torch.quantize_per_channel(values, scales, zero_points, 0, torch.qint8)
    # Five columns: the second row of a 4-bit tensor begins in the middle of a byte.
    nibbles = torch.quantize_per_channel(torch.rand(2, 5), scales, zero_points.float(), 0,
                                         torch.quint4x2)
    clear_unused_bytes(nibbles)
    return {"per_tensor": torch.quantize_per_tensor(values, 0.1, 3, torch.qint8),
            "quint8": torch.quantize_per_tensor(values, 0.1, 30, torch.quint8),
            "qint32": torch.quantize_per_tensor(values, 0.001, 0, torch.qint32),
            "per_channel": per_row, "quint4x2": nibbles, "float": values}


def conj_neg():
    base = torch.complex(torch.arange(4.0), torch.arange(4.0, 8.0))
    return {"base": base, "conj": base.conj(), "neg": torch._neg_view(torch.arange(3.0)),
            "conj_alone": torch.complex(torch.ones(2), torch.ones(2)).conj()}


def nested_tensor():
    return {"nested": torch.nested.nested_tensor([torch.arange(2.0), torch.arange(3.0)]),
            "plain": torch.ones(2)}


def meta():
    return {"on_meta": torch.empty(2, 3, device="meta"),
            "meta_view": torch.empty(4, 6, dtype=torch.float16, device="meta").t(),
            "here": torch.ones(2)}


def storages():
    """Storages without a tensor around them, one of them shared with a tensor."""
    shared = torch.arange(3.0)
    return {"weight": shared, "its_storage": shared.storage(), "alone": torch.arange(2).storage()}


def many_shared(count):
    """`count` entries: mostly ints, every tenth a view of one storage, some the same one."""
    base = torch.arange(16.0)
    state = collections.OrderedDict()
    for index in range(count):
        view = base[index % 13:index % 13 + 2] if index % 25 else base
        state[f"k{index}"] = view if index % 10 == 0 else index
    return state


def many_1000():
    return many_shared(1000)


def many_2000():
    return many_shared(2000)


def many_1001():
    """A plain dict of 1001 entries and lists of 999 to 2000: pickle writes 1000 in one batch."""
    lists = {f"list{count}": list(range(count)) for count in (999, 1000, 1001, 2000)}
    numbers = {f"k{index}": index for index in range(1001)}
    return {"state_dict": {"weight": torch.ones(2)}, "numbers": numbers, **lists}


def many_tensors():
    """Enough storages for the order "0", "1", "10", "2", enough objects for long memo indices."""
    return collections.OrderedDict((f"layer{index}.weight", torch.full((2,), float(index)))
                                   for index in range(70))


BUILDERS = {builder.__name__: builder for builder in (
    strided_dtypes, views, expanded, non_contiguous, empty, scalars, sparse, sparse_csr, quantized,
    conj_neg, meta, storages, many_1000, many_1001, many_2000, many_tensors)}
BUILDERS_SINCE_2 = {builder.__name__: builder for builder in (
    untyped_dtypes, nested_tensor, sparse_blocks)}
