"""`ckpt remap -e '** -> ** | cast(DTYPE)'` writes what tensor.to(dtype) gives, for every pair of floating
types and from integers to every type: of types up to 16 bits for every bit pattern, of wider ones
for numbers around every place where rounding is decided. NaN stays NaN, whatever its payload.
"""
import common
import torch

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
          torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]
INTEGERS = [torch.bool, torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32,
            torch.uint64, torch.int64]
BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def every_pattern(dtype):
    codes = 2 ** (8 * dtype.itemsize)
    return torch.arange(codes).to(BITS[dtype.itemsize]).view(dtype)


def around_ties():
    """float32: every upper half of the bits, with lower halves that are ties, near them, or any.
    The ties of types of fewer bits lie among the upper halves."""
    upper = torch.arange(65536, dtype=torch.int64) << 16
    torch.manual_seed(5)
    lower = [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x1000, 0x0FFF, 0x1001, 0x3000]
    numbers = [upper | low for low in lower] + [upper | torch.randint(0, 65536, upper.shape)]
    return torch.cat(numbers).to(torch.int32).view(torch.float32)


def inputs(dtype):
    if dtype.itemsize <= 2:
        return every_pattern(dtype)
    narrow = around_ties()
    if dtype == torch.float32:
        return narrow
    wide = narrow.double()
    # Beside every float32, and in the middle between two: rounded twice on the way to 16 bits.
    return torch.cat([wide, wide * (1 + 2.0 ** -40), wide * (1 + 2.0 ** -24), wide * (1 - 2.0 ** -30)])


def integer_inputs(dtype):
    """Powers of two, sums of two of them, and their neighbours: among them all ties."""
    if dtype == torch.bool:
        return torch.tensor([False, True] * 3000)
    if dtype.itemsize <= 2:
        return every_pattern(dtype).repeat(1 if dtype.itemsize == 2 else 20)
    bits = 8 * dtype.itemsize
    numbers = {(1 << high) + (1 << low) + near for high in range(bits) for low in range(high)
               for near in (-1, 0, 1)}
    wrapped = [(number + (1 << 63)) % (1 << 64) - (1 << 63) for number in sorted(numbers)]
    both = torch.tensor(wrapped + [~number for number in wrapped])
    return both.to(BITS[dtype.itemsize]).view(dtype)


class Cast(common.TestCase):
    def assert_same_numbers(self, ours, theirs, name):
        self.assertEqual(ours.dtype, theirs.dtype, name)
        if theirs.dtype in INTEGERS:
            return self.assertTrue(torch.equal(ours, theirs), name)
        nan = theirs.double().isnan()
        self.assertTrue(torch.equal(ours.double().isnan(), nan), f"{name}: NaN")
        bits = BITS[theirs.dtype.itemsize]
        different = (ours.view(bits) != theirs.view(bits)) & ~nan
        if different.any():
            at = int(different.nonzero()[0])
            self.fail(f"{name}: element {at}: {ours[at]}, torch has {theirs[at]}")

    def test_every_pair_of_floating_types(self):
        path, out = self.folder / "model.pt", self.folder / "out.pt"
        tensors = {str(dtype).removeprefix("torch."): inputs(dtype) for dtype in DTYPES}
        torch.save(tensors, path)
        for dtype in DTYPES:
            name = str(dtype).removeprefix("torch.")
            self.run_ckpt("remap", path, "-f", "-o", out, "-e", f"** -> ** | cast({name})")
            loaded = common.load(out)
            self.assertEqual(list(loaded), list(tensors))
            for key, tensor in tensors.items():
                self.assert_same_numbers(loaded[key], tensor.to(dtype), f"{key} to {name}")

    def test_large_tensors_come_out_alike_on_any_number_of_threads(self):
        """Large enough to be computed on one thread and written on another."""
        path, out = self.folder / "model.pt", self.folder / "out.pt"
        torch.manual_seed(6)
        whole = torch.randn(3000, 1001)
        tensors = {"whole": whole, "transposed": whole.t(), "small": torch.ones(3),
                   "double": torch.randn(2_500_000, dtype=torch.float64)}
        torch.save(tensors, path)
        written = []
        for threads in (1, 2, 3):
            self.run_ckpt("remap", path, "-f", "-o", out, "-j", threads, "-e", "** -> ** | cast(bf16)")
            loaded = common.load(out)
            for key, tensor in tensors.items():
                self.assertTrue(torch.equal(loaded[key], tensor.bfloat16()), f"{key} -j {threads}")
            written.append(out.read_bytes())
        self.assertEqual(len(set(written)), 1)

    def test_integers_to_every_type(self):
        path, out = self.folder / "model.pt", self.folder / "out.pt"
        tensors = {str(dtype).removeprefix("torch."): integer_inputs(dtype) for dtype in INTEGERS}
        torch.save(tensors, path)
        for dtype in DTYPES + INTEGERS:
            name = str(dtype).removeprefix("torch.")
            self.run_ckpt("remap", path, "-f", "-o", out, "-e", f"** -> ** | cast({name})")
            loaded = common.load(out)
            for key, tensor in tensors.items():
                self.assert_same_numbers(loaded[key], tensor.to(dtype), f"{key} to {name}")

    def test_views_and_ties_are_cast_once_each(self):
        path, out = self.folder / "model.pt", self.folder / "out.pt"
        whole = torch.arange(12.0).reshape(3, 4)
        torch.save({"whole": whole, "transposed": whole.t(), "tied": whole}, path)
        self.run_ckpt("remap", path, "-o", out, "-e", "** -> ** | cast(bf16)")
        loaded = common.load(out)
        for key, tensor in {"whole": whole, "transposed": whole.t(), "tied": whole}.items():
            self.assertTrue(torch.equal(loaded[key], tensor.bfloat16()), key)


if __name__ == "__main__":
    common.main()
