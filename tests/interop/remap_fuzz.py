"""Random rules on random keys: ckpt and the executable model of the language must agree on every
tensor, or on the code of what is wrong, and again in reverse.

  remap_fuzz.py CKPT MODEL_FOLDER [ITERATIONS] [SEED]

Where the model is missing this ends with code 77. Rules on which the model itself breaks down (an
exception that is not its own) must still be refused by ckpt.
"""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

CODES = [  # by the words of the model
    ("expected SRC", "E01"), ("no rule for", "D11"), ("two sources for", "D12"), ("fill the same place", "D12"),
    ("incomplete group", "D13"), ("unused", "D14"), ("not affine", "E06"), ("is negative", "E06"),
    ("ambiguous index", "E06"), ("have .* members", "E03"), ("lists differ in length", "E03"),
    ("unnamed", "E04"), ("differs between the two sides", "E04"), ("pairs with", "E04"),
    ("left over", "E05"), ("open axis", "E05"), ("has no value", "E02"), ("unknown", "E02"),
    ("does not split", "D15"), ("add up", "D15"), ("copies differ", "D15"), ("declared", "D15"),
    ("head size", "D15"), ("rearrange", "D15"), ("expected", "D15"), ("the list has", "D15"),
]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.keys, self.count = [], [], 0

    def chance(self, probability):
        return self.random.random() < probability

    def shape(self):
        return [self.random.choice([1, 2, 3, 4, 6, 8]) for _ in range(self.random.randint(1, 3))]

    def add_key(self, key, shape):
        if not self.chance(0.01):
            self.keys.append((key, list(shape)))
        if self.chance(0.01):
            self.keys.append((key + ".extra", list(shape)))

    def unary(self, rank):
        r = self.random
        dim = r.randint(0, rank - 1)
        size = r.choice([1, 2, 3, 4, 6, 8])
        return r.choice([
            "t", f"rope_half({r.choice([2, 4])})", f"rope_pair({r.choice([2, 4, 8])})",
            f"rope_half({r.choice([4, 8])}, {r.choice([2, 4])})",
            "permute(" + ", ".join(map(str, r.sample(range(rank), rank))) + ")",
            f"squeeze({dim})", f"unsqueeze({dim})", f"reorder({dim}, [1, 0])",
            f"reorder({dim}, [2, 0, 1])", f"roll({dim}, {r.randint(-3, 3)})",
            f"slice({dim}, {r.choice(['', '1'])}:{r.choice(['', '2'])})",
            f"pad({dim}, {size} to {size + 2})", f"crop({dim}, {size} to {max(size - 1, 1)})",
            'rearrange("(a b) ... -> (b a) ...", a=2)', 'rearrange("a ... -> ... a")',
            'rearrange("a b -> (a b)")', 'rearrange("(a b) c -> a (b c)", b=2)',
            "add(1)", "mul(2)", "add(1/2)"])

    def ops(self, rank, most=2):
        return "".join(f" | {self.unary(rank)}" for _ in range(self.random.randint(0, most)))

    def family(self):
        self.count += 1
        name = f"f{self.count}"
        self.random.choice([self.rename, self.rename, self.arithmetic, self.joined, self.split,
                            self.stacked, self.pair_of_axes, self.lists_of_keys, self.dropped,
                            self.copied, self.header, self.created, self.wrong])(name)

    def rename(self, f):
        shape, layers = self.shape(), self.random.randint(1, 3)
        words = self.random.sample(["q", "k", "v", "w1", "w2", "0", "1"], 2)
        new = self.random.sample(["aa", "bb", "cc", "dd"], 2)
        for i in range(layers):
            for word in words:
                for leaf in ["weight", "bias"]:
                    self.add_key(f"{f}.{i}.{word}.{leaf}", shape)
        self.lines.append(f"{f}.{{i}}.{{{','.join(words)}}}.* -> g{f}.*.{{i}}.{{{','.join(new)}}}"
                          + self.ops(len(shape)))

    def arithmetic(self, f):
        r, shape = self.random, self.shape()
        left, right = r.choice([("{i}", "{i+1}"), ("{i+1}", "{i}"), ("{2*i}", "{i}"),
                                ("{i}", "{3*i+1}"), (f"{{n{f}-1-i}}", "{i}"), ("{i}", "{4-i}"),
                                ("{2*a+b}", "{a}.{b:0..1}"), ("{a}.{b:0..1}", "{2*a+b+1}"),
                                ("{i}", "{i-1}"), ("{i+2*j}", "{i}.{j}"), ("{i*i}", "{i}"),
                                ("{a:1..3}", "{a-1}"), ("{i}", f"{{m{f}+i}}")])
        if "n" in left:
            self.lines.append(f"let n{f} = count({f}.{{k}}.w)")
        if "m" in right:
            self.lines.append(f"param m{f} = 2")
        for i in r.sample(range(1, 6), r.randint(1, 4)):
            if left == "{a}.{b:0..1}":
                self.add_key(f"{f}.{i // 2}.{i % 2}.w", shape)
            else:
                self.add_key(f"{f}.{2 * i if '2*i' in left else i}.w", shape)
        self.lines.append(f"{f}.{left}.w -> {f}new.{right}.w" + self.ops(len(shape), 1))

    def joined(self, f):
        r, shape = self.random, self.shape()
        dim = r.randint(0, len(shape) - 1)
        sizes = []
        for word in "qkv":
            part = list(shape)
            if self.chance(0.3):
                part[dim] += 1
            if self.chance(0.05):
                part[-1] += 2
            sizes.append(part[dim])
            if not self.chance(0.03):
                self.add_key(f"{f}.{word}", part)
        op = r.choice([f"cat({dim})", f"cat({dim})", f"cat({dim}, {sizes})", f"stack({dim})",
                       "same"])
        self.lines.append(f"{f}.{{q,k,v}} -> {f}.qkv | {op}" + self.ops(len(shape), 1))

    def split(self, f):
        r = self.random
        shape = [r.choice([3, 6, 8]) for _ in range(r.randint(1, 3))]
        dim = r.randint(0, len(shape) - 1)
        sizes = r.choice(["", "", f", [1, 1, {shape[dim] - 2}]", ", [1, 2, 3]"])
        for i in range(r.randint(1, 2)):
            self.add_key(f"{f}.{i}.qkv", shape)
        op = r.choice([f"split({dim}{sizes})"] * 3 + [f"unstack({dim})", "copy"])
        self.lines.append(f"{f}.{{i}}.qkv -> {f}.{{i}}.{{q,k,v}}" + self.ops(len(shape), 1)
                          + f" | {op}")

    def stacked(self, f):
        r, shape = self.random, self.shape()
        for i in range(r.randint(1, 2)):
            for e in range(r.randint(1, 3)):
                self.add_key(f"{f}.{i}.x.{e}.w", shape)
        axis = r.choice(["e", "i"])
        op = r.choice(["stack({}0)", "cat({}0)", "stack({}1)"])
        op = op.format(f"{axis}, " if self.chance(0.7) else "")
        self.lines.append(f"{f}.{{i}}.x.{{e}}.w -> {f}.{{{'i' if axis == 'e' else 'e'}}}.s | {op}")

    def pair_of_axes(self, f):
        r, shape = self.random, self.shape()
        for e in range(r.randint(1, 3)):
            for g in ["a", "b"]:
                self.add_key(f"{f}.{e}.{g}", shape)
        ops = ["stack(e, 0)", f"cat(g, {r.choice([0, 1])})"]
        r.shuffle(ops)
        self.lines.append(f"{f}.{{e}}.{{g:a,b}} -> {f}.all | " + " | ".join(ops))

    def lists_of_keys(self, f):
        r, shape = self.random, self.shape()
        self.add_key(f"{f}.a", shape)
        self.add_key(f"{f}.b.c", shape)
        self.lines.append(r.choice([
            f"{f}.a, {f}.b.c -> {f}.x, {f}.y.z", f"{f}.a, {f}.b.c -> {f}.x | cat(0)",
            f"{f}.a, {f}.b.c -> {f}.x | stack(0)", f"{f}.a, {f}.b.* -> {f}.x, {f}.y.*",
            f"{f}.a, {f}.b.c -> {f}.x, {f}.y, {f}.z", f"keep {f}.a, {f}.b.c",
            f"{f}.a -> =\n{f}.b.c -> {f}.x, {f}.y | copy", f"{f}.** -> ="]))

    def dropped(self, f):
        for i in range(self.random.randint(1, 3)):
            self.add_key(f"{f}.{i}.mask", self.shape())
        self.lines.append(self.random.choice([
            f"drop {f}.{{i}}.mask", f"drop {f}.**", f"? drop {f}.*.mask, {f}.none",
            f"drop {f}.{{i}}.mask, {f}.none", f"drop {f}.{{0,1}}.mask\nkeep {f}.**"]))

    def copied(self, f):
        shape = self.shape()
        self.add_key(f"{f}.w", shape)
        self.lines.append(f"{f}.w -> {f}.{{a,b}}.w | copy" + self.ops(len(shape), 1))

    def header(self, f):
        shape = self.shape()
        for i in range(2):
            self.add_key(f"{f}.{i}.n1.weight", shape)
            self.add_key(f"{f}.{i}.n2.weight", shape)
        self.lines += [f"[{f}.{{i}}. -> {f}.layer.{{i{self.random.choice(['', '+1'])}}}.]",
                       "n{1,2}.* -> {before,after}.*" + self.ops(len(shape), 1), "[]"]

    def created(self, f):
        self.add_key(f"{f}.0.w", [2])
        self.add_key(f"{f}.1.w", [2])
        self.lines += [f"keep {f}.**", self.random.choice([
            f"new {f}.z = zeros(2, 3)", f"new {f}.{{i}}.z = arange(4, 1, 4) i64 for {f}.{{i}}.w",
            f"let d{self.count} = dim({f}.0.w, 0)\nnew {f}.z = ones(d{self.count})",
            f"new {f}.0.w = zeros(1)", f"new {f}.z = full(2, 2, 3) f16", f"new {f}.z = scalar(3)"])]

    def wrong(self, f):
        self.add_key(f"{f}.a.b", [4])
        self.lines.append(self.random.choice([
            f"{f}.*.* -> {f}.x.*", f"{f}.a.b -> {f}.x.{{j}}", f"{f}.{{a,c}}.b -> {f}.x",
            f"{f}.{{a,c}}.{{b,d}} -> {f}.{{x,y}} | cat(0)", f"{f}.{{a,c}}.b -> {f}.{{x,y,z}}.b",
            f"{f}.a.b => {f}.x", f"{f}.a.b -> {f}.x | frob(1)", f"{f}.a.b -> {f}.x | add(k)",
            f"{f}.a.b -> {f}.x | split(0)", f"{f}.a.* -> {f}.x.**", f"param p{f}\nkeep {f}.**",
            f"keep {f}.**\n{f}.none -> {f}.q", f"? {f}.none -> {f}.q\nkeep {f}.**",
            f"{f}.a.b -> {f}.x | split(0) | cat(0)", f"{f}.a.b -> {f}.same\nkeep {f}.**"]))

    def make(self):
        for _ in range(self.random.randint(1, 3)):
            self.family()
        if self.chance(0.3):
            self.lines.append(self.random.choice(["keep **", "? keep **", "? drop **.extra"]))
        # The model wants names declared before they are used; ckpt does not.
        if self.chance(0.1) and not any(re.match("let|param", line) for line in self.lines):
            self.random.shuffle(self.lines)
        return "\n".join(self.lines) + "\n", dict(self.keys)


def tensors_of(keys):
    return {key: (np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape) + 1000 * place)
            for place, (key, shape) in enumerate(keys.items())}


def code_of(message):
    for words, code in CODES:
        if re.search(words, message):
            return code
    return "?"


def run_model(model, text, tensors):
    """(tensors, None), or (None, code); code "" for an exception that is not the model's own."""
    shapes = {key: value.shape for key, value in tensors.items()}
    try:
        rules = model.parse(text, keys=list(tensors), shapes=shapes)
        out, report = model.run(rules, tensors)
        if report["unused"]:
            return None, None, "D14"
        return out, rules, None
    except model.RemapError as error:
        return None, None, code_of(str(error))
    except Exception:  # noqa: BLE001 (whatever a reference model does with nonsense)
        return None, None, ""


def run_ckpt(ckpt, folder, tensors, text, *options):
    source, out, rules = folder / "in.pt", folder / "out.pt", folder / "r.remap"
    torch.save({key: torch.from_numpy(np.array(value)) for key, value in tensors.items()}, source)
    rules.write_text(text)
    run = subprocess.run([ckpt, "remap", source, "-f", "-o", out, "--rules", rules, *options],
                         capture_output=True, text=True, check=False, timeout=60)
    if run.returncode == 0:
        return {k: v.numpy() for k, v in torch.load(out, weights_only=True).items()}, [], run.stderr
    return None, re.findall(r"ckpt: error: .*?\b([EDW]\d\d): ", run.stderr), run.stderr


def as_matrix(array):
    """numpy makes the single elements that the model splits off vectors of one."""
    return array.reshape(1) if array.ndim == 0 else array


def difference(ours, theirs):
    if sorted(ours) != sorted(theirs):
        return f"keys {sorted(ours)} and {sorted(theirs)}"
    for key, value in theirs.items():
        mine, value = as_matrix(ours[key]), as_matrix(value)
        if mine.shape != value.shape or mine.dtype != value.dtype or not np.array_equal(mine, value):
            return f"{key}: {mine.dtype}{mine.shape} and {value.dtype}{value.shape}"
    return None


def check(model, ckpt, folder, seed):
    text, keys = Generator(seed).make()
    tensors = tensors_of(keys)
    theirs, rules, code = run_model(model, text, tensors)
    ours, codes, stderr = run_ckpt(ckpt, folder, tensors, text)
    if code == "" and ours is not None and "E" not in "".join(codes):
        return "odd", f"the model broke down, ckpt went on\n{text}{keys}\n{list(ours)}"
    if theirs is None:
        if ours is not None:
            return "wrong", f"model {code}, ckpt went on\n{text}{keys}"
        agrees = code == "" or code in codes or (code == "D14" and "E07" in codes)
        # What is wrong in the rules themselves is told before they meet keys.
        agrees = agrees or (code.startswith("D") and any(mine[0] == "E" for mine in codes))
        # Values are read last: whether copies differ is not asked of rules with other problems.
        agrees = agrees or (code == "D15" and "same" in text and bool(codes))
        return ("refused", None) if agrees else ("wrong", f"model {code}\n{stderr}{text}{keys}")
    if ours is None:
        return "wrong", f"the model went on\n{stderr}{text}{keys}"
    found = difference(ours, theirs)
    if found:
        return "wrong", f"{found}\n{text}{keys}"
    return check_reverse(model, ckpt, folder, text, keys, rules, theirs)


def check_reverse(model, ckpt, folder, text, keys, rules, target):
    if not target:  # without a tensor there is no state dict whose names could be edited
        return "forward", None
    inverse, notes = model.invert(rules)
    back, _, code = run_model(model, inverse, target)
    if back is None:
        return "forward", None
    ours, _, stderr = run_ckpt(ckpt, folder, target, text, "--reverse")
    if ours is None:
        return "wrong", f"reverse: the model went on\n{stderr}{text}{keys}\n{inverse}"
    found = difference(ours, back)
    return ("wrong", f"reverse: {found}\n{text}{keys}\n{inverse}") if found else ("both", None)


def main():
    ckpt, model_folder = sys.argv[1], pathlib.Path(sys.argv[2])
    iterations = int(sys.argv[3]) if len(sys.argv) > 3 else 150
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    if not (model_folder / "remap.py").is_file():
        print(f"{model_folder}: no model there, skipped")
        return 77
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(model_folder))
    import remap as model
    counts = {}
    with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
        for seed in range(first, first + iterations):
            kind, problem = check(model, os.path.abspath(ckpt), pathlib.Path(folder), seed)
            counts[kind] = counts.get(kind, 0) + 1
            if problem:
                print(f"--- seed {seed}: {kind}: {problem}", flush=True)
    print(counts)
    return 1 if counts.get("wrong") else 0


if __name__ == "__main__":
    sys.exit(main())
