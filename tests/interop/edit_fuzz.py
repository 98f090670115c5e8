"""Random edits of random checkpoints, and what torch says of the same edit made to the loaded object.

    edit_fuzz.py CKPT [COUNT [FIRST_SEED]]        edit_fuzz.py build/release/ckpt 20000 for long runs

OUT must load and be the object that torch was given: keys and their order, types, dtypes, bits,
strides of what was not computed, and which tensors share which bytes.
"""
import copy
import re
import sys

import common
import torch
from edit_makers import FLOATS, make_checkpoint, make_rng, same_but_values, tensors_in

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 60
FIRST = int(sys.argv[3]) if len(sys.argv) > 3 else 0
CASTS = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
COMPUTE = {"mul": lambda t, number: t * number, "add": lambda t, number: t + number,
           **{name: lambda t, _, dtype=dtype: t.to(dtype) for name, dtype in CASTS.items()}}
NUMBERS = (0.1, 2.0, -0.3, 128 ** -.5)


def bits(tensor):
    tensor = tensor.detach().resolve_conj().resolve_neg()
    dense = torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor)
    return dense.view(-1).view(torch.uint8).tolist() if tensor.numel() else []


def differences(got, wanted, path=""):
    if type(got) is not type(wanted):
        return [f"{path}: {type(got)} instead of {type(wanted)}"]
    if isinstance(wanted, torch.Tensor):
        if (got.dtype, got.shape) != (wanted.dtype, wanted.shape):
            return [f"{path}: {got.dtype} {got.shape} instead of {wanted.dtype} {wanted.shape}"]
        return [] if bits(got) == bits(wanted) else [f"{path}: {got} instead of {wanted}"]
    if isinstance(wanted, dict):
        if list(got) != list(wanted):
            return [f"{path}: keys {list(got)} instead of {list(wanted)}"]
        return [text for key in wanted for text in differences(got[key], wanted[key], f"{path}:{key}")]
    if isinstance(wanted, (list, tuple)):
        if len(got) != len(wanted):
            return [f"{path}: {len(got)} items instead of {len(wanted)}"]
        return [text for i, (a, b) in enumerate(zip(got, wanted)) for text in differences(a, b, f"{path}:{i}")]
    return [] if got == wanted else [f"{path}: {got} instead of {wanted}"]


def sharing(value):
    """For each tensor with elements: the first one that it shares a storage with, and how far behind
    that one it begins."""
    firsts = {}
    result = []
    for tensor in tensors_in(value):
        if tensor.numel() == 0:
            continue
        key = tensor.untyped_storage().data_ptr()
        first, place = firsts.setdefault(key, (len(result), tensor.storage_offset()))
        result.append((first, tensor.storage_offset() - place))
    return result


def strides(value):
    return [tensor.stride() for tensor in tensors_in(value) if tensor.numel()]


class EditFuzz(common.TestCase):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.pt"

    def save(self, content, name, rng):
        torch.save(content, self.folder / name, pickle_protocol=rng.choice((2, 2, 3, 4, 5)))
        return self.folder / name

    def load(self, path):
        return torch.load(path, weights_only=False)

    def root(self, content, path):
        return content[path] if path else content

    def assert_is(self, wanted, keeps_strides=True, keeps_sharing=True):
        got = self.load(self.out)
        self.assertEqual(differences(got, wanted), [])
        if keeps_sharing:
            self.assertEqual(sharing(got), sharing(wanted))
        if keeps_strides:
            self.assertEqual(strides(got), strides(wanted))

    def each_seed(self, check):
        for seed in range(FIRST, FIRST + COUNT):
            with self.subTest(seed=seed):
                rng = make_rng(seed)
                content, path = make_checkpoint(rng)
                file = self.save(content, "in.pt", rng)
                check(rng, self.load(file), path, file)

    def test_drop_and_keep(self):
        def check(rng, content, path, file):
            root = self.root(content, path)
            names = [name for name in root if ":" not in name]
            chosen = rng.sample(names, rng.randint(1, len(names)))
            keeps = rng.random() < .5
            if not keeps and len(chosen) == len(root):
                return  # which is refused
            for name in list(root):
                if (name in chosen) != keeps:
                    del root[name]
            words = [word for name in chosen for word in ("--keep" if keeps else "--drop", name)]
            self.run_ckpt("filter", file, "-o", self.out, "-f", *words)
            self.assert_is(content)
        self.each_seed(check)

    def test_prefixes(self):
        def check(rng, content, path, file):
            root = self.root(content, path)
            prefix = rng.choice(("module.", "é.", "a b.", "0."))
            items = list(root.items())
            root.clear()
            root.update((prefix + name, value) for name, value in items)
            self.run_ckpt("remap", file, "-o", self.out, "-f", "--add-prefix", prefix)
            self.assert_is(content)
            back = self.folder / "back.pt"
            self.run_ckpt("remap", self.out, "-o", back, "-f", "--strip-prefix", prefix)
            root.clear()
            root.update(items)
            self.assertEqual(differences(self.load(back), content), [])
        self.each_seed(check)

    def test_renames(self):
        def check(rng, content, path, file):
            root = self.root(content, path)
            old, new, pattern, by = rng.choice((("layer.*.w", "b.*.w", r"layer\.([^.]+)\.w", r"b.\1.w"),
                                                ("enc.**", "头.**", r"enc\.(.+)", r"头.\1"),
                                                ("é.w", "e.w", r"é\.w", "e.w")))
            renamed = {name: re.sub(f"^{pattern}$", by, name) for name in root}
            if list(renamed.values()) == list(root) or len(set(renamed.values())) < len(root):
                return
            items = [(renamed[name], value) for name, value in root.items()]
            root.clear()
            root.update(items)
            self.run_ckpt("remap", file, "-o", self.out, "-f", "--map", f"{old}=>{new}")
            self.assert_is(content)
        self.each_seed(check)

    def test_computed_by_rules(self):
        def check(rng, content, path, file):
            root = self.root(content, path)
            operations, rules, made = {}, [], {}
            for name, tensor in root.items():
                if tensor.dtype not in FLOATS or rng.random() < .2 or set(name) & set(": "):
                    continue
                kind, number = rng.choice(["mul", "mul", "add", "add", *CASTS]), rng.choice(NUMBERS)
                operation = f"cast({kind})" if kind in CASTS else f"{kind}({number!r})"
                rules += ["-e", f"{name} -> {name} | {operation}"]
                if tensor.dtype != CASTS.get(kind):  # to() gives such a tensor itself
                    operations[name] = operation, COMPUTE[kind](tensor, number)
            if not rules:
                return
            for name, (operation, computed) in operations.items():  # what is tied stays so
                tensor = root[name]
                view = (tensor.untyped_storage().data_ptr(), tensor.storage_offset(),
                        tensor.stride(), tensor.shape, operation)
                root[name] = made.setdefault(view, computed)
            self.run_ckpt("remap", file, "-o", self.out, "-f", *rules, "-e", "? keep **")
            self.assert_is(content, keeps_strides=False)
        self.each_seed(check)

    def test_set(self):
        def check(rng, content, path, file):
            if not path:
                return
            self.run_ckpt("set", file, "-o", self.out, "-f", "epoch=-7", "lr=0.125")
            content.update(epoch=-7, lr=.125)
            self.assert_is(content)
            for name, tensor in content["model"].items():
                if tensor.numel() == 1 and ":" not in name and tensor.dtype in FLOATS:
                    tensor.fill_(5)
                    self.run_ckpt("set", file, "-o", self.out, "-f", "epoch=-7", "lr=0.125",
                                  f"model:{name}=5")
                    self.assert_is(content)
                    return
        self.each_seed(check)

    def test_compact(self):
        def check(rng, content, path, file):
            self.run_ckpt("compact", file, "-o", self.out, "-f")
            self.assertEqual(differences(self.load(self.out), content), [])
            again = self.folder / "again.pt"
            self.run_ckpt("compact", self.out, "-o", again, "-f")
            with common.zipfile.ZipFile(self.out) as once, common.zipfile.ZipFile(again) as twice:
                self.assertEqual([entry.file_size for entry in once.infolist()
                                  if "/data/" in entry.filename],
                                 [entry.file_size for entry in twice.infolist()
                                  if "/data/" in entry.filename])
            got = self.load(self.out)
            for a, b in zip(tensors_in(content), tensors_in(got)):
                a.zero_() if a.dtype != torch.bool else a.fill_(True)
                b.zero_() if b.dtype != torch.bool else b.fill_(True)
                self.assertEqual(differences(got, content), [], "other ties")
        self.each_seed(check)

    def test_average(self):
        def check(rng, content, path, file):
            other = same_but_values(content)
            second = self.save(other, "second.pt", rng)
            root, beside = self.root(content, path), self.root(other, path)
            if any(t.dtype.itemsize == 1 and t.is_floating_point() for t in root.values()):
                return
            self.run_ckpt("optim", "merge", "--average", file, second, "-o", self.out, "-f")
            got = self.root(self.load(self.out), path)
            self.assertEqual(list(got), list(root))
            for name, tensor in root.items():
                if tensor.is_floating_point() or tensor.is_complex():
                    wide = torch.complex128 if tensor.is_complex() else torch.float64
                    mean = tensor.to(wide) * .5 + beside[name].to(wide) * .5
                    mean = mean if tensor.dtype.itemsize == 8 else mean.float() \
                        if not tensor.is_complex() else mean
                    self.assertEqual(differences(got[name], mean.to(tensor.dtype), name), [])
                else:
                    self.assertEqual(differences(got[name], tensor, name), [])
            self.assertEqual(sharing(got), sharing(root))
        self.each_seed(check)

    def test_diff(self):
        def check(rng, content, path, file):
            self.run_ckpt("diff", file, file)
            names = [name for name, t in self.root(content, path).items()
                     if t.numel() and t.dtype in FLOATS]
            if names:
                tensor = self.root(content, path)[rng.choice(names)]
                tensor.copy_(tensor + 1000)
                self.run_ckpt("diff", file, self.save(content, "other.pt", rng), exit_code=1)
        self.each_seed(check)

    def test_copy(self):
        def check(rng, content, path, file):
            root = self.root(content, path)
            source = {name: torch.randn_like(t, dtype=torch.float32).to(t.dtype)
                      if t.is_floating_point() else t.clone()
                      for name, t in root.items() if rng.random() < .7}
            tied = len({first for first, _ in sharing(root)}) != len(sharing(root))
            if tied or not source:
                return
            donor = self.save(copy.deepcopy(source), "donor.pt", rng)
            self.run_ckpt("copy", donor, file, "-o", self.out, "-f")
            for name, tensor in source.items():
                root[name].copy_(tensor)
            self.assert_is(content)
            other = rng.choice(list(source))
            source[other] = torch.ones((7,) * (root[other].dim() + 1))
            if len(source) > 1:
                donor = self.save(source, "donor.pt", rng)
                self.run_ckpt("copy", donor, file, "-o", self.out, "-f", "--on-mismatch", "skip")
                root[other].copy_(self.root(self.load(file), path)[other])
                self.assert_is(content)
        self.each_seed(check)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        common.CKPT = sys.argv[1]
    sys.argv[1:] = []
    common.main()
