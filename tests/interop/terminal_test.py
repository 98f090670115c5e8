"""Names that try to steer a terminal, in every command that prints them; pipes that close; JSON
that Python reads, for every file there is."""
import json
import os
import pty
import signal
import subprocess

import common
import torch

NASTY = "a\x1b[2J\x1b]0;owned\x07b\nc\rd\u202ee\u2066f\x7fg\x9bh\udcffi"
UTF8_NASTY = NASTY.replace("\udcff", "")
STEERING = [b"\x1b", b"\x07", b"\x7f", "\u202e".encode(), "\u2066".encode(), "\x9b".encode()]


def in_terminal(arguments):
    """What the program writes to a terminal, with its exit code."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([common.CKPT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                               stdout=follower, stderr=follower,
                               env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"})
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    return process.wait(), seen.replace(b"\r\n", b"\n")


class Terminal(common.TestCase):
    def setUp(self):
        super().setUp()
        self.file, self.other = self.folder / "nasty.pt", self.folder / "other.pt"
        parameter = torch.nn.Parameter(torch.ones(2))
        adam = torch.optim.Adam([parameter])
        parameter.sum().backward()
        adam.step()
        value = {"model": {NASTY: torch.ones(2)}, "optimizer": adam.state_dict(), NASTY: NASTY}
        torch.save(value, self.file)
        value["model"][NASTY] = torch.zeros(2)
        value["model"][NASTY + "2"] = torch.full((2,), float("nan"))
        torch.save(value, self.other)
        value["model"] = {NASTY: torch.zeros(3)}
        self.wide = self.folder / "wide.pt"
        torch.save(value, self.wide)
        self.views = self.folder / "views.pt"
        torch.save({NASTY: torch.arange(100.0)[3:5]}, self.views)
        self.copy = self.folder / ("copy" + UTF8_NASTY + ".pt")
        self.copy.write_bytes(self.file.read_bytes())
        self.cut = self.folder / ("cut" + UTF8_NASTY + ".pt")
        self.cut.write_bytes(self.file.read_bytes()[:-200])
        self.rules = self.folder / ("rules" + UTF8_NASTY.replace("\n", "") + ".remap")
        self.rules.write_bytes(b"a\x1b[2J* -> c\xff\xe2\x80\xae.*\nkeep \x1b[3Jx\n")
        self.manifest = self.folder / "manifest"
        self.manifest.write_bytes(self.run_ckpt("hash", "--per-tensor", self.file) + b"\x1b[2J\xff\n")

    def commands(self):
        out = self.folder / "out.pt"
        return [
            ["info", self.file], ["ls", self.file], ["ls", self.file, "--tree"],
            ["ls", self.file, "--long"], ["ls", self.file, "--all"], ["ls", self.file, "--stats"],
            ["show", self.file, "model"], ["show", self.file, "optimizer"],
            ["diff", self.file, self.other], ["diff", "--values", self.file, self.other],
            ["hash", self.file], ["hash", "--per-tensor", self.file], ["hash", self.copy],
            ["check", self.file, "-v"], ["check", "--finite", "--globals", self.other],
            ["check", self.copy], ["info", self.copy], ["ls", self.copy],
            ["filter", self.file, "-n", "--drop", "optimizer"],
            ["filter", self.other, "-f", "-o", out, "--drop", "**2"],
            ["filter", self.file, "-f", "-o", out, "--plain"],
            ["remap", self.file, "-n", "--add-prefix", UTF8_NASTY],
            ["optim", "ls", self.file], ["optim", "names", self.file],
            ["set", self.file, "-n", "optimizer:param_groups:0:lr=1"],
            ["ls", self.file, UTF8_NASTY], ["show", self.file, "nothing"],
            ["ls", str(self.copy) + ".missing"],
            ["match", self.file, self.other], ["match", self.copy, self.other, "--by-value"],
            ["match", self.file, self.other, "--rules", out, "-f", "-v"],
            ["copy", self.file, self.other, "-n"], ["copy", self.other, self.file, "-n", "--strict"],
            ["copy", self.copy, self.other, "-f", "-o", out], ["copy", self.file, self.wide, "-n"],
            ["compact", self.copy, "-f", "-o", out], ["compact", self.views, "-n"],
            ["recover", self.copy], ["recover", str(self.copy) + ".missing"],
            ["optim", "merge", "--average", self.file, self.other, "-n"],
            ["optim", "merge", f"{UTF8_NASTY}.={self.file}", f"b.={self.other}", "-n"],
            ["optim", "merge", f"a.={self.copy}", f"a.={self.copy}", "-n"],
            ["optim", "merge", "--replace", "**", self.copy, self.other, "-n"],
            ["optim", "drop", self.copy, "-n"], ["optim", "reset", self.file, "-n"],
            ["remap", self.file, "-n", "-e", "** -> x.**"], ["remap", self.copy, "-n", "-e", "a -> b"],
            ["remap", self.file, "-n", "-e", f"{UTF8_NASTY!r} -> b"],
            ["remap", "explain", self.rules, "a\x1b[2Jb"], ["remap", "check", self.rules],
            ["remap", "check", self.rules, "--keys", self.file],
            ["diff", "--tree", self.file, self.other], ["diff", "--container", self.file, self.copy],
            ["diff", "--first", self.file, self.other], ["hash", "--check", self.manifest],
            ["check", self.cut, "--salvage", out, "-f"], ["check", self.cut],
            ["set", self.file, "-n", f"{UTF8_NASTY}=1"],
        ]

    def test_nothing_from_a_file_reaches_the_terminal_unescaped(self):
        shown = 0
        for arguments in self.commands():
            with self.subTest(" ".join(map(str, arguments[:3])).encode("ascii", "replace")):
                _, seen = in_terminal(arguments)
                for steering in STEERING:
                    self.assertNotIn(steering, seen)
                self.assertNotIn(b"\r", seen)
                seen.decode()  # what is not UTF-8 is escaped too
                shown += b"\\x1b[2J" in seen
        self.assertGreater(shown, 35)

    def test_names_arrive_unchanged_on_a_pipe(self):
        listing = self.run_ckpt("ls", self.file)
        self.assertIn(NASTY.encode("utf-8", "surrogatepass"), listing)

    def test_a_closed_pipe_ends_quietly(self):
        big = self.folder / "big.pt"
        torch.save({f"layer{i}": torch.ones(1) for i in range(20000)}, big)
        for arguments in (["ls", big], ["ls", big, "--json"], ["check", big, "--json", "-v"],
                          ["hash", "--per-tensor", big], ["ls", big, "--all"]):
            with self.subTest(arguments[:1] + arguments[2:]):
                process = subprocess.Popen([common.CKPT, *map(str, arguments)], stderr=subprocess.PIPE,
                                           stdout=subprocess.PIPE)
                process.stdout.read(1)
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                process.stderr.close()
                self.assertIn(process.wait(), (0, 2, -signal.SIGPIPE))

    def test_json_is_valid_for_every_file(self):
        files = [path for folder in (common.TESTDATA, common.CORPUS) for path in folder.rglob("*")
                 if path.is_file() and path.suffix not in (".json", ".md", ".py")]
        self.assertGreater(len(files), 100)
        for path in [self.file, self.other, self.copy, *files]:
            with self.subTest(path.name.encode("ascii", "replace")):
                run = subprocess.run([common.CKPT, "check", "--crc", "--finite", "--json", path],
                                     capture_output=True, check=False)
                self.assertEqual(json.loads(run.stdout)["schema"], "ckpt.check/1")
                self.assertEqual(run.stderr, b"")
                for command in (["ls", "--all"], ["info"]):
                    run = subprocess.run([common.CKPT, *command, "--json", path],
                                         capture_output=True, check=False)
                    if run.returncode == 0:
                        json.loads(run.stdout)


if __name__ == "__main__":
    common.main()
