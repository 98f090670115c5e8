"""numpy's .npy files: read as numpy.load reads them, refused where it refuses them, and written as
numpy.save writes them."""
import io
import subprocess

import common
import numpy
import torch

DTYPES = "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 b1 c16 c8".split()


def file_of(header, data=b"", version=1, is_padded=True):
    """A .npy file of that header, whatever it says."""
    size = 2 if version == 1 else 4
    text = header.encode("latin1")
    if is_padded:
        text += b" " * (-(len(text) + 9 + size) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(size, "little") + text + data


def header(descr="'<f4'", order="False", shape="(1,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def arrays():
    """Honest arrays of every type, shape and order, with a name each."""
    some = numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4)
    yield "column_major", numpy.asfortranarray(some)
    yield "transposed", some.T
    yield "permuted", some.transpose(1, 0, 2)
    yield "every_second", some[:, ::2]
    yield "expanded", numpy.broadcast_to(numpy.float32(2), (3, 4))
    yield "scalar", numpy.float32(1.5)
    yield "one", numpy.ones(1, "f4")
    yield "column", numpy.ones((3, 1), "f4").T
    yield "empty", numpy.zeros((0, 3), "f4")
    yield "empty_columns", numpy.zeros((3, 0), "f4").T
    yield "many_dimensions", numpy.zeros((1,) * 12 + (2,), "c16")
    yield "large", numpy.arange(1 << 20, dtype="i8")
    for length in range(30, 60):  # headers of every length up to the next 64 bytes
        yield f"shape_{length}", numpy.zeros((10 ** 9,) * 2 + (0,) + (1,) * length, "i1")
    for name in DTYPES:
        yield name, numpy.array([0, 1, 2, 3]).astype(name).reshape(2, 2)


BIG_ENDIAN = [numpy.arange(6, dtype=f">{name}").reshape(2, 3)
              for name in DTYPES if name not in ("b1", "i1", "u1")]

F4 = b"\0" * 4
# Both take these; the last is what Python 2 wrote.
TAKEN = {
    "version_2": file_of(header(), F4, 2),
    "version_3": file_of(header(), F4, 3),
    "trailing": file_of(header(), b"\0" * 9),
    "unpadded": file_of(header() + "\n", F4, is_padded=False),
    "no_newline": file_of(header(), F4, is_padded=False),
    "key_order": file_of("{'shape': (1,), 'fortran_order': False, 'descr': '<f4'}", F4),
    "double_quotes": file_of('{"descr": "<f4", "fortran_order": False, "shape": (1,)}', F4),
    "blanks": file_of("{ 'descr' : '<f4' ,\n'fortran_order':False,'shape':( 1 , ) }", F4),
    "native_name": file_of(header("'float32'"), F4),
    "native_sign": file_of(header("'=f4'"), F4),
    "no_sign": file_of(header("'f4'"), F4),
    "one_byte": file_of(header("'<i1'"), b"\7"),
    "trailing_comma": file_of(header(shape="(1, 1,)"), F4),
    "zero_first": file_of(header(shape="(0, 5)")),
    "long": file_of(header(shape="(1L,)"), F4),
}

# Neither takes these.
REFUSED = {
    "version_4": file_of(header(), F4, 4),
    "version_0": file_of(header(), F4, 0),
    "short": file_of(header(), b"\0" * 3),
    "no_data": file_of(header()),
    "header_cut": file_of(header())[:40],
    "length_cut": file_of(header())[:9],
    "magic_alone": b"\x93NUMPY",
    "header_long": file_of(header() + " " * 20000, F4),
    "header_beyond": b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 100,
    "extra_key": file_of(header()[:-1] + "'x': 1}", F4),
    "missing_key": file_of("{'descr': '<f4', 'shape': (1,), }", F4),
    "no_dict": file_of("['<f4', False, (1,)]", F4),
    "not_closed": file_of(header()[:-1], F4),
    "two_dicts": file_of(header() + header(), F4),
    "shape_list": file_of(header(shape="[1]"), F4),
    "shape_int": file_of(header(shape="1"), F4),
    "shape_in_parentheses": file_of(header(shape="(1)"), F4),
    "shape_of_text": file_of(header(shape="('1',)"), F4),
    "shape_real": file_of(header(shape="(1.0,)"), F4),
    "shape_octal": file_of(header(shape="(01,)"), F4),
    "shape_negative": file_of(header(shape="(-1,)"), F4),
    "shape_huge": file_of(header(shape=f"({1 << 62},)"), F4),
    "shape_beyond": file_of(header(shape=f"({1 << 70},)"), F4),
    "shape_product": file_of(header(shape=f"({1 << 40}, {1 << 40})"), F4),
    "shape_code": file_of(header(shape="(__import__('os').getpid(),)"), F4),
    "order_int": file_of(header(order="0"), F4),
    "order_word": file_of(header(order="true"), F4),
    "descr_code": file_of(header("__import__('os')"), F4),
    "descr_number": file_of(header("4"), F4),
    "descr_none": file_of(header("'<f3'"), F4),
    "descr_not_closed": file_of("{'descr': '<f4, 'fortran_order': False, 'shape': (1,), }", F4),
    "deep": file_of(header(shape="(" * 5000), F4),
    "objects": file_of(header("'|O'"), b"\x80\x02]q\x00Na."),
}

# numpy takes these, and torch has no such arrays, or ckpt is stricter: a key that comes twice.
STRICTER = {
    "twice": file_of("{'descr': '<f4', 'descr': '<i4', 'fortran_order': False, 'shape': (1,), }",
                     F4),
    "texts": file_of(header("'<U1'"), F4),
    "dates": file_of(header("'<M8[s]'"), b"\0" * 8),
    "long_double": file_of(header("'<f16'"), b"\0" * 16),
    "nameless": file_of(header("'<V2'"), b"\0" * 2),
    "structs": file_of(header("[('a', '<f4'), ('b', '<i4')]"), b"\0" * 8),
}


def numpy_takes(data):
    try:
        return numpy.load(io.BytesIO(data), allow_pickle=False)
    except Exception:
        return None


class Npy(common.TestCase):
    def ckpt(self, *words):
        return subprocess.run([common.CKPT, *map(str, words)], capture_output=True, text=True,
                              timeout=common.SECONDS_PER_RUN, check=False)

    def convert(self, source, name):
        """`source` as a file called `name`, made by an edit that changes nothing."""
        output = self.folder / name
        run = self.ckpt("filter", source, "--keep", "**", "-o", output, "-f", "-q")
        self.assertEqual(run.returncode, 0, run.stderr)
        return output

    def saved(self, name, array):
        path = self.folder / f"{name}.npy"
        numpy.save(path, array)
        return path

    def test_what_numpy_saved_is_what_torch_saves_of_it(self):
        for name, array in arrays():
            with self.subTest(name):
                output = self.convert(self.saved(name, array), "out.pt")
                expected = self.folder / "by_torch" / "out.pt"
                expected.parent.mkdir(exist_ok=True)
                loaded = numpy.load(self.folder / f"{name}.npy")
                torch.save({"arr_0": torch.from_numpy(loaded)}, expected)
                self.assertEqual(output.read_bytes(), expected.read_bytes())

    def test_a_tensor_is_written_as_numpy_saves_it(self):
        for name, array in arrays():
            with self.subTest(name):
                tensor = torch.from_numpy(numpy.asarray(array).copy("K"))
                if name in ("every_second", "expanded", "permuted", "transposed"):
                    tensor = torch.from_numpy(numpy.array(array, copy=None))
                source = self.folder / "source.pt"
                torch.save({"w": tensor}, source)
                output = self.convert(source, "out.npy")
                expected = io.BytesIO()
                numpy.save(expected, torch.load(source)["w"].numpy())
                self.assertEqual(output.read_bytes(), expected.getvalue())

    def test_conjugated_and_negated_tensors_are_resolved(self):
        numbers = torch.arange(6).to(torch.complex64).reshape(2, 3) * (1 + 2j)
        for tensor in (numbers.conj(), numbers.imag.conj(), numbers.conj().imag, numbers.mT.conj()):
            source = self.folder / "source.pt"
            torch.save({"w": tensor}, source)
            read = numpy.load(self.convert(source, "out.npy"))
            self.assertTrue(numpy.array_equal(read, tensor.resolve_conj().resolve_neg().numpy()))

    def test_another_byte_order_stays_in_a_npy_file_and_means_the_same_elsewhere(self):
        for array in BIG_ENDIAN:
            with self.subTest(array.dtype.str):
                path = self.saved("big", array)
                renamed = self.folder / "renamed.npy"
                run = self.ckpt("remap", path, "--map", "arr_0=>w", "-o", renamed, "-f")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(renamed.read_bytes(), path.read_bytes())
                tensor = torch.load(self.convert(path, "out.pt"))["arr_0"]
                self.assertTrue(numpy.array_equal(tensor.numpy(), array))

    def test_show_writes_what_numpy_saves(self):
        for name, array in arrays():
            if name == "large":
                continue
            with self.subTest(name):
                source = self.folder / "source.pt"
                torch.save({"w": torch.from_numpy(numpy.array(array, order="C"))}, source)
                output = self.folder / "out.npy"
                run = self.ckpt("show", source, "w", "-o", output, "-f")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(output.read_bytes(), self.saved(name, numpy.array(
                    array, order="C")).read_bytes())

    def test_files_that_numpy_takes(self):
        for name, data in TAKEN.items():
            with self.subTest(name):
                array = numpy_takes(data)
                self.assertIsNotNone(array)
                path = self.folder / "taken.npy"
                path.write_bytes(data)
                tensor = torch.load(self.convert(path, "out.pt"))["arr_0"]
                self.assertEqual(tensor.numpy().dtype, array.dtype)
                self.assertTrue(numpy.array_equal(tensor.numpy(), array))
                self.assertEqual(self.convert(path, "copy.npy").read_bytes(), data)
                self.assertEqual(self.ckpt("check", path).returncode, 0)

    def test_files_that_numpy_refuses(self):
        for name, data in {**REFUSED, **STRICTER}.items():
            with self.subTest(name):
                self.assertEqual(numpy_takes(data) is None, name in REFUSED)
                path = self.folder / "refused.npy"
                path.write_bytes(data)
                run = self.ckpt("ls", path)
                self.assertEqual(run.returncode, 2, run.stdout)
                self.assertTrue(run.stderr.startswith(f"ckpt: error: {path}: "), run.stderr)
                self.assertEqual(len(run.stderr.splitlines()), 1)
                self.assertIn(self.ckpt("check", path).returncode, (1, 2))

    def test_every_truncation_is_refused(self):
        whole = self.saved("whole", numpy.arange(6.0)).read_bytes()
        path = self.folder / "cut.npy"
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            self.assertEqual(self.ckpt("ls", path).returncode, 2, length)

    def test_a_name_of_a_type_that_ml_dtypes_adds(self):
        path = self.folder / "named.npy"
        path.write_bytes(file_of(header("'bfloat16'", shape="(2,)"), b"\x80\x3f\0\x40"))
        tensor = torch.load(self.convert(path, "out.pt"))["arr_0"]
        self.assertTrue(torch.equal(tensor, torch.tensor([1, 2], dtype=torch.bfloat16)))


if __name__ == "__main__":
    common.main()
