"""Pickles made opcode by opcode, from a seed: most opcodes find on the stack what they need, some do
not; numbers, lines and lengths are of the odd kinds that unpicklers read differently; frames end
where they should, or nearly so; strings hold opcodes, should somebody read them as such."""
import random
import struct

# Names that a stream looks up: allowed by weights_only, and not.
NAMES = [("os", "getcwd"), ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"),
         ("__builtin__", "set"), ("torch", "float32"), ("os.path", "join"), ("torch", "Size")]
CALL = b"cos\ngetcwd\n)R"


def counted(rng, data, opcodes):
    """The bytes behind one of the opcodes that tell how many there are."""
    opcode = rng.choice(opcodes)
    form = {b"U": "<B", b"C": "<B", b"\x8c": "<B", b"T": "<I", b"X": "<I", b"B": "<I",
            b"\x8d": "<Q", b"\x8e": "<Q", b"\x96": "<Q", b"\x8a": "<B", b"\x8b": "<I"}[opcode]
    size = len(data)
    if rng.random() < 0.03:
        size = max(0, size + rng.randint(-4, 12))
    if form == "<B":
        size = min(size, 255)
    return opcode + struct.pack(form, size) + data


class Stream:
    def __init__(self, rng):
        self.rng = rng
        self.values = [0]  # above each mark
        self.puts = []

    def count(self):
        return self.values[-1]

    def push(self, more=1):
        self.values[-1] += more

    def take(self, count):
        self.values[-1] = max(0, self.values[-1] - count)

    def hidden(self):
        """Data that are opcodes to whoever reads them as such."""
        rng = self.rng
        parts = [CALL, CALL + b".", b"0" + CALL + b".", b"f" * rng.randint(0, 9), b"0", b".", b"\n",
                 b"N", b"\x95" + struct.pack("<Q", rng.randint(0, 30)), b"1\n", b"0.", b"x" * rng.randint(0, 3)]
        return b"".join(rng.choice(parts) for _ in range(rng.randint(0, 4)))

    # ---- opcodes, by what they need

    def constant(self):
        rng = self.rng
        self.push()
        return rng.choice([
            b"N", b"\x88", b"\x89", b")", b"]", b"}", b"\x8f",
            b"K" + bytes([rng.randrange(256)]), b"M" + rng.randbytes(2), b"J" + rng.randbytes(4),
            b"G" + rng.randbytes(8)])

    def text(self):
        self.push()
        return counted(self.rng, self.hidden(),
                       [b"U", b"C", b"\x8c", b"T", b"X", b"B", b"\x8d", b"\x8e", b"\x96"])

    def line(self):
        rng = self.rng
        self.push()
        body = rng.choice([b"1", b"12", b"01", b"0x1f", b"1_0", b"-5", b"1L", b"1.5", b"1e400", b"+1",
                           b" 1 ", b"abc", b"1\x00x", b"", b"'a'", b"'a' ", b"\"b\"", b"'\\x41'",
                           b"'\\x4'", b"\\u0041", b"\xff", self.hidden().replace(b"\n", b"")])
        end = b"" if rng.random() < 0.02 else b"\n"
        return rng.choice([b"I", b"L", b"F", b"S", b"V", b"P"]) + body + end

    def integer(self):
        self.push()
        return counted(self.rng, self.rng.randbytes(self.rng.randint(0, 12)), [b"\x8a", b"\x8b"])

    def name(self):
        rng = self.rng
        module, name = rng.choice(NAMES)
        self.push()
        form = rng.random()
        if form < 0.55:
            end = b"" if rng.random() < 0.05 else b"\n"
            return f"c{module}\n{name}".encode() + end
        if form < 0.65:
            return rng.choice([b"\x82\x01", b"\x83\x2c\x01", b"\x84\x70\x11\x01\x00", b"\x82\x07"])
        texts = b"".join(counted(rng, part.encode(), [b"\x8c", b"X", b"U"]) for part in (module, name))
        return texts + b"\x93"

    def mark(self):
        self.values.append(0)
        return b"("

    def from_mark(self):
        rng = self.rng
        opcode = rng.choice([b"t", b"l", b"d", b"1", b"e", b"u", b"\x90", b"\x91", b"o"])
        if rng.random() < 0.15:
            module, name = rng.choice(NAMES)
            end = b"" if rng.random() < 0.1 else b"\n"
            opcode = f"i{module}\n{name}".encode() + rng.choice([b"", b"X"]) + end
        if len(self.values) > 1:
            self.values.pop()
        if opcode not in (b"1", b"e", b"u", b"\x90"):
            self.push()
        return opcode

    def index(self):
        rng = self.rng
        if rng.random() < 0.7:
            return str(rng.randint(0, 5)).encode()
        return rng.choice([b"99999999999999999999", b"+1", b" 2", b"0_1", b"-1", b"abc", b"", b"01",
                           b"18446744073709551615", b"18446744073709551616", b"3\x00", b"\xd9\xa1"])

    def put(self):
        rng = self.rng
        form = rng.random()
        if form < 0.5:
            index = self.index()
            self.puts.append(b"g" + index + b"\n")
            return b"p" + index + b"\n"
        if form < 0.8:
            index = rng.randint(0, 5)
            self.puts.append(rng.choice([b"h" + bytes([index]), b"j" + struct.pack("<I", index)]))
            return rng.choice([b"q" + bytes([index]), b"r" + struct.pack("<I", index)])
        return b"\x94"

    def get(self):
        self.push()
        if self.puts and self.rng.random() < 0.85:
            return self.rng.choice(self.puts)
        return b"g" + self.index() + b"\n"

    def of_top(self):
        rng = self.rng
        opcode = rng.choice([b"0", b"2", b"Q", b"\x85", b"\x98", b"\x97"])
        self.push({b"0": -1, b"2": 1, b"\x97": 1}.get(opcode, 0) if self.count() else 0)
        return opcode

    def of_two(self):
        opcode = self.rng.choice([b"a", b"b", b"R", b"\x81", b"\x86", b"\x93"])
        self.take(1)
        return opcode

    def of_three(self):
        opcode = self.rng.choice([b"s", b"\x87", b"\x92"])
        self.take(2)
        return opcode

    def call(self):
        rng = self.rng
        self.push()
        if rng.random() < 0.6:
            return CALL
        return rng.choice([b"(ios\ngetcwd\n", b"(cos\ngetcwd\no", b"cos\ngetcwd\n)\x81",
                           b"cos\ngetcwd\n)}\x92", b"\x8c\x02os\x8c\x06getcwd\x93)R", b"\x82\x01)R"])

    def opcode(self):
        rng = self.rng
        if rng.random() < 0.015:
            return bytes([rng.randrange(256)])
        choices = [self.constant, self.constant, self.text, self.text, self.line, self.integer,
                   self.name, self.mark, self.get]
        if rng.random() < 0.1 or self.count() >= 1:
            choices += [self.of_top, self.put, self.put]
        if rng.random() < 0.04 or self.count() >= 2:
            choices += [self.of_two, self.of_two]
        if rng.random() < 0.04 or self.count() >= 3:
            choices += [self.of_three]
        if rng.random() < 0.05 or len(self.values) > 1:
            choices += [self.from_mark, self.from_mark, self.from_mark]
        if rng.random() < 0.15:
            choices = [self.call]
        return rng.choice(choices)()


def framed(rng, parts):
    """With a FRAME or two in front of some opcodes; most end with an opcode."""
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        begin = rng.randrange(len(parts))
        end = rng.randint(begin, len(parts))
        length = sum(map(len, parts[begin:end]))
        if rng.random() < 0.6:
            length += rng.randint(-6, 16)
        if rng.random() < 0.02:
            length = rng.choice([2**31, 2**45, 2**63, 2**64 - 1])
        parts = parts[:begin] + [b"\x95" + struct.pack("<Q", max(0, length))] + parts[begin:]
    return parts


def make_pickle(rng):
    stream = Stream(rng)
    parts = [b"\x80" + bytes([rng.choice([2, 3, 4, 4, 5])])] if rng.random() < 0.4 else []
    for _ in range(rng.choice([1, 2, 3, 4, 6, 9, 14])):
        parts.append(stream.opcode())
    while len(stream.values) > 1 and rng.random() < 0.9:
        parts.append(stream.from_mark())
    if not stream.count() and rng.random() < 0.9:
        parts.append(stream.constant())
    if rng.random() < 0.95:
        parts.append(b".")
    return parts


def make_stream(seed):
    """One to four pickles, the same for the same seed."""
    rng = random.Random(seed)
    parts = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        parts += make_pickle(rng)
    if rng.random() < 0.6:
        parts = framed(rng, parts)
    if rng.random() < 0.1:
        parts.append(rng.choice([b"\0", b"x", b"\n", CALL + b"."]))
    return b"".join(parts)
