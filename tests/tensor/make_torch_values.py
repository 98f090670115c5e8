"""Writes torch_values.hpp: what torch says of every element of the narrow types, as checksums.

    python tests/tensor/make_torch_values.py > tests/tensor/torch_values.hpp

A checksum is sum((code + 1) * (2 * index + 1) * 0x9E3779B97F4A7C15) mod 2^64 over the codes in order;
a NaN counts as the code of numpy's or torch's own NaN of that type, whatever its sign and payload.
"""
import numpy as np
import torch

FLOATS = ["float64", "float32", "float16", "bfloat16", "float8_e5m2", "float8_e4m3fn",
          "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu"]
CODE_TYPES = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
NUMPY_TYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
NAN = {"float64": 0x7FF8 << 48, "float32": 0x7FC00000, "float16": 0x7E00, "bfloat16": 0x7FC0,
       "float8_e5m2": 0x7F, "float8_e4m3fn": 0x7F, "float8_e5m2fnuz": 0x80,
       "float8_e4m3fnuz": 0x80, "float8_e8m0fnu": 0xFF}
SAMPLES = 1 << 20


def dtype_of(name):
    return getattr(torch, name)


def codes_of(tensor, name):
    size = dtype_of(name).itemsize
    codes = tensor.contiguous().view(CODE_TYPES[size]).numpy().view(NUMPY_TYPES[size]).astype(np.uint64)
    is_nan = torch.isnan(tensor if size >= 4 else tensor.to(torch.float32)).numpy()
    codes[is_nan] = NAN[name]
    return codes


def checksum(codes):
    index = np.arange(len(codes), dtype=np.uint64)
    with np.errstate(over="ignore"):
        terms = (codes + np.uint64(1)) * (index * np.uint64(2) + np.uint64(1))
        return int((terms * np.uint64(0x9E3779B97F4A7C15)).sum(dtype=np.uint64))


def text_checksum(texts):
    return checksum(np.frombuffer("\n".join(texts).encode(), dtype=np.uint8).astype(np.uint64))


def texts_of(numbers):
    """numpy's shortest digits; Python's rule for when an exponent is written."""
    return [repr(float(str(number))) for number in numbers]


def every_pattern(name):
    size = dtype_of(name).itemsize
    codes = np.arange(1 << (8 * size), dtype=NUMPY_TYPES[size])
    return torch.from_numpy(codes.view({1: np.uint8, 2: np.int16}[size])).view(dtype_of(name))


def sampled(name):
    """index * an odd constant: patterns spread over the whole range; see patterns_of() in the tests."""
    with np.errstate(over="ignore"):
        mixed = np.arange(SAMPLES, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    if name == "float32":
        return torch.from_numpy((mixed >> np.uint64(32)).astype(np.uint32).view(np.float32))
    # Of a float64 the exponent is kept near that of a float32, else all samples are 0 or Inf.
    fraction = mixed >> np.uint64(12)
    exponent = np.uint64(1023 - 160) + (mixed % np.uint64(320))
    sign = (mixed >> np.uint64(20)) & np.uint64(1)
    bits = (sign << np.uint64(63)) | (exponent << np.uint64(52)) | fraction
    return torch.from_numpy(bits.view(np.float64))


def source(name):
    return sampled(name) if dtype_of(name).itemsize >= 4 else every_pattern(name)


def main():
    print("// What torch says of every element of the narrow types, as checksums.")
    print(f"// Written by make_torch_values.py with torch {torch.__version__.split('+')[0]}"
          f" and numpy {np.__version__}.")
    print("#pragma once\n\n#include <array>\n#include <cstdint>\n#include <string_view>\n")
    print("namespace torch_values {\n")
    print("struct Cast {\n  std::string_view from;\n  std::string_view to;\n  std::uint64_t checksum;\n};\n")
    pairs = [(a, b) for a in FLOATS for b in FLOATS if a != b]
    print("/// Of the results of tensor.to(): every pattern of the 8 and 16-bit types, 2^20 others.")
    print(f"inline constexpr std::array<Cast, {len(pairs)}> casts{{{{")
    for a, b in pairs:
        print(f'    {{"{a}", "{b}", 0x{checksum(codes_of(source(a).to(dtype_of(b)), b)):016x}}},')
    print("}};\n")
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    print("/// Of the digits of every numpy.float16 as Python writes floats, joined by newlines.")
    print(f"inline constexpr std::uint64_t float16_texts = 0x{text_checksum(texts_of(halves)):016x};\n")
    samples = sampled("float32").numpy()[::512]
    print("/// The same of every 512th sampled numpy.float32, joined by newlines.")
    print(f"inline constexpr std::uint64_t float32_texts = 0x{text_checksum(texts_of(samples)):016x};\n")
    print("}  // namespace torch_values")


main()
