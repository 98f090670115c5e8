"""`ckpt copy` with rules against load_state_dict of what the same conversion is by hand in torch:
values, the bytes of the file, optimizer state, and what is refused."""
import subprocess

import common
import torch
from copy_judge import CopyCase
from torch import nn

WIDTH, DEPTH = 8, 3
QKV = ("query", "key", "value")
VIT_RULES = """# timm ViT -> HF ViT
cls_token -> vit.embeddings.cls_token
pos_embed -> vit.embeddings.position_embeddings
patch_embed.proj.* -> vit.embeddings.patch_embeddings.projection.*
norm.* -> vit.layernorm.*
head.* -> classifier.*
[blocks.{i}. -> vit.encoder.layer.{i}.]
norm1.* -> layernorm_before.*
norm2.* -> layernorm_after.*
attn.qkv.* -> attention.attention.{query,key,value}.* | split(0)
attn.proj.* -> attention.output.dense.*
mlp.fc1.* -> intermediate.dense.*
mlp.fc2.* -> output.dense.*
"""


def timm_shapes(classes):
    linear = lambda name, rows, columns: {f"{name}.weight": (rows, columns),
                                          f"{name}.bias": (rows,)}
    norm = lambda name: {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
    shapes = {"cls_token": (1, 1, WIDTH), "pos_embed": (1, 5, WIDTH),
              "patch_embed.proj.weight": (WIDTH, 3, 4, 4), "patch_embed.proj.bias": (WIDTH,)}
    for i in range(DEPTH):
        block = f"blocks.{i}."
        shapes |= {**norm(block + "norm1"), **linear(block + "attn.qkv", 3 * WIDTH, WIDTH),
                   **linear(block + "attn.proj", WIDTH, WIDTH), **norm(block + "norm2"),
                   **linear(block + "mlp.fc1", 2 * WIDTH, WIDTH),
                   **linear(block + "mlp.fc2", WIDTH, 2 * WIDTH)}
    return {**shapes, **norm("norm"), **linear("head", classes, WIDTH)}


NAMES = (("cls_token", "vit.embeddings.cls_token"),
         ("pos_embed", "vit.embeddings.position_embeddings"),
         ("patch_embed.proj", "vit.embeddings.patch_embeddings.projection"),
         ("blocks.", "vit.encoder.layer."), (".norm1.", ".layernorm_before."),
         (".norm2.", ".layernorm_after."), (".attn.proj.", ".attention.output.dense."),
         (".mlp.fc1.", ".intermediate.dense."), (".mlp.fc2.", ".output.dense."),
         ("head.", "classifier."))


def hf_name(name):
    if name.startswith("norm."):
        return "vit.layernorm." + name.removeprefix("norm.")
    for before, after in NAMES:
        name = name.replace(before, after)
    return name


def hf_state(timm):
    """What the weights of a timm ViT are in an HF ViT: renamed, qkv cut in three; in any order."""
    state = {}
    for name, value in timm.items():
        if ".attn.qkv." not in name:
            state[hf_name(name)] = value
            continue
        for part, third in zip(QKV, value.chunk(3)):
            state[hf_name(name).replace(".attn.qkv.", f".attention.attention.{part}.")] = third
    return state


def module_of(shapes, seed):
    """A module whose parameters have these names and shapes, in this order."""
    generator = torch.Generator().manual_seed(seed)
    root = nn.Module()
    for name, shape in shapes.items():
        *path, last = name.split(".")
        module = root
        for part in path:
            if not hasattr(module, part):
                module.add_module(part, nn.Module())
            module = getattr(module, part)
        module.register_parameter(last, nn.Parameter(torch.randn(shape, generator=generator)))
    return root


def timm_vit(seed, classes=4):
    return module_of(timm_shapes(classes), seed)


def hf_vit(seed, classes=4):
    meta = {name: torch.empty(shape, device="meta") for name, shape in timm_shapes(classes).items()}
    return module_of({name: value.shape for name, value in hf_state(meta).items()}, seed)


def stepped(module, seed, steps):
    """An AdamW of the module after that many steps on random gradients."""
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        for parameter in module.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.step()
    return optimizer


class CopyRules(CopyCase):
    def rule_file(self, text=VIT_RULES):
        path = self.folder / "rules.remap"
        path.write_text(text)
        return path

    def assert_converted(self, state, timm):
        expected = hf_state(timm)
        self.assert_state(state, {name: expected[name].clone() for name in state})
        self.assertEqual(len(state), len(expected))

    def refusal(self, *arguments):
        run = subprocess.run([common.CKPT, "copy", *map(str, arguments), "-o",
                              self.folder / "refused.pt"], capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertFalse((self.folder / "refused.pt").exists())
        return run.stderr

    def test_a_timm_vit_into_an_hf_vit(self):
        timm, hf = timm_vit(1).state_dict(), hf_vit(2)
        paths = self.save(timm, "timm.pt"), self.save(hf.state_dict(), "hf.pt")
        hf.load_state_dict(hf_state(timm), strict=True)
        ways = (("--preset", "timm-vit/hf-vit"), ("--rules", self.rule_file()),
                [word for line in VIT_RULES.splitlines() for word in ("-e", line)])
        for way in ways:
            out, report = self.copy_out(*paths, "--strict", *way)
            self.assert_state(common.load(out, weights_only=True), hf.state_dict())
            self.assert_what_torch_saves(out, paths[1], hf_state(timm))
            self.assert_verdict(report, ([], [], []))
        origins = {pair["target"]["key"]: pair["source"]["origins"] for pair in report["copied"]}
        self.assertEqual(origins["vit.encoder.layer.2.attention.attention.key.weight"],
                         ["blocks.2.attn.qkv.weight"])

    def test_back_by_the_inverse(self):
        hf, timm = hf_vit(1).state_dict(), timm_vit(2).state_dict()
        paths = self.save(hf, "hf.pt"), self.save(timm, "timm.pt")
        out, _ = self.copy_out(*paths, "--preset", "timm-vit/hf-vit", "--reverse", "--strict")
        for name, value in hf_state(common.load(out)).items():
            self.assertTrue(torch.equal(value, hf[name]), name)

    def test_a_head_of_another_size_stays(self):
        timm, hf = timm_vit(1, classes=7).state_dict(), hf_vit(2)
        paths = self.save(timm, "timm.pt"), self.save(hf.state_dict(), "hf.pt")
        body = {name: value for name, value in hf_state(timm).items() if "classifier" not in name}
        preset = ("--preset", "timm-vit/hf-vit")
        self.assertIn("2 mismatched keys: 'classifier.weight'", self.refusal(*paths, *preset))
        hf.load_state_dict(body, strict=False)
        for options in (("--on-mismatch", "skip"), ("--drop", "head")):
            out, _ = self.copy_out(*paths, *preset, *options)
            self.assert_state(common.load(out), hf.state_dict())
        self.assert_what_torch_saves(out, paths[1], body)

    def test_a_pickled_module_gives_its_state_dict(self):
        timm, hf = timm_vit(1), hf_vit(2)
        whole = nn.Module()
        whole.teacher, whole.student = timm, timm_vit(3)
        target = self.save(hf.state_dict(), "hf.pt")
        hf.load_state_dict(hf_state(timm.state_dict()))
        for module, narrowing in ((timm, ()), (whole, ("--from-prefix", "teacher."))):
            out, report = self.copy_out(self.save(module, "timm.pt"), target, *narrowing,
                                        "--preset", "timm-vit/hf-vit", "--strict")
            self.assert_state(common.load(out), hf.state_dict())
            self.assert_what_torch_saves(out, target, hf_state(timm.state_dict()))
        self.assertIn(["teacher.blocks.0.attn.qkv.weight"],
                      [pair["source"]["origins"] for pair in report["copied"]])

    def test_rules_see_names_without_wrapper_and_prefix(self):
        timm, hf = timm_vit(1).state_dict(), hf_vit(2)
        wrapped = {"module.teacher.backbone." + name: value for name, value in timm.items()}
        wrapped["module.student.norm.weight"] = torch.zeros(WIDTH)
        inside = {"model." + name: value for name, value in hf.state_dict().items()}
        paths = self.save(wrapped, "timm.pt"), self.save(inside, "hf.pt")
        hf.load_state_dict(hf_state(timm))
        out, report = self.copy_out(*paths, "--strip-wrappers", "--from-prefix",
                                    "teacher.backbone.", "--preset", "timm-vit/hf-vit",
                                    "--to-prefix", "model.", "--strict")
        self.assert_state(common.load(out), {
            "model." + name: value for name, value in hf.state_dict().items()})
        self.assertIn(["module.teacher.backbone.blocks.0.attn.qkv.weight"],
                      [pair["source"]["origins"] for pair in report["copied"]])

    def test_keep_and_drop_speak_of_names_in_the_file(self):
        timm, hf = timm_vit(1).state_dict(), hf_vit(2).state_dict()
        paths = self.save(timm, "timm.pt"), self.save(hf, "hf.pt")
        out, report = self.copy_out(*paths, "--preset", "timm-vit/hf-vit", "--keep", "blocks.1",
                                    "--drop", "blocks.*.attn.qkv.bias")
        copied = {name: value for name, value in hf_state(timm).items() if ".layer.1." in name
                  and not any(name.endswith(f"{part}.bias") for part in QKV)}
        self.assert_state(common.load(out), {**hf, **copied})
        self.assertEqual(len(report["copied"]), len(copied))

    def test_values_that_are_computed(self):
        torch.manual_seed(3)
        source = {"q": torch.randn(4, 6), "k": torch.randn(4, 6), "v": torch.randn(4, 6),
                  "conv": torch.randn(6, 5, 1, 1), "t": torch.randn(5, 3).t(),
                  "rope": torch.arange(48.).reshape(8, 6), "scale": torch.randn(3),
                  "half": torch.randn(4).half(), "emb": torch.randn(7, 2)}
        target = {"qkv": torch.zeros(12, 6), "linear": torch.zeros(6, 5),
                  "t": torch.zeros(3, 5).t().contiguous(), "rope": torch.zeros(8, 6),
                  "scale": torch.zeros(3), "half": torch.zeros(4),
                  "in": torch.zeros(7, 2), "out": torch.zeros(7, 2), "new": torch.zeros(2, 2)}
        target["qkv"] = target["qkv"].t().contiguous().t()
        target["out"] = target["in"]
        paths = self.save(source, "source.pt"), self.save(target, "target.pt")
        rules = ("{q,k,v} -> qkv | cat(0)", "conv -> linear | squeeze(2, 3)", "t -> t | t",
                 "rope -> rope | rope_half(4)", "scale -> scale | add(1)", "half -> half",
                 "emb -> {in,out} | copy", "new new = ones(2, 2)")
        out, report = self.copy_out(*paths, "--strict", "--cast",
                                    *[word for rule in rules for word in ("-e", rule)])
        self.assert_what_torch_saves(out, paths[1], {
            "qkv": torch.cat([source[name] for name in "qkv"]), "linear": source["conv"][..., 0, 0],
            "t": source["t"].t(), "scale": source["scale"] + 1, "half": source["half"],
            "rope": source["rope"].reshape(2, 2, 2, 6).transpose(1, 2).reshape(8, 6),
            "in": source["emb"], "out": source["emb"], "new": torch.ones(2, 2)})
        origins = {pair["target"]["key"]: pair["source"]["origins"] for pair in report["copied"]}
        self.assertEqual((origins["qkv"], origins["new"]), (["q", "k", "v"], []))

    def test_a_dry_run_writes_nothing_and_names_the_sources(self):
        paths = (self.save(timm_vit(1).state_dict(), "timm.pt"),
                 self.save(hf_vit(2).state_dict(), "hf.pt"))
        text = self.run_ckpt("copy", *paths, "-n", "--preset", "timm-vit/hf-vit").decode()
        self.assertRegex(text, r"copied +vit.encoder.layer.0.attention.attention.value.weight +"
                               r"f32 8x8 +f32 8x8 +from blocks.0.attn.qkv.weight\n")
        self.assertFalse((self.folder / "out.pt").exists())

    # --- optimizers ------------------------------------------------------------------------------

    def trained_pair(self):
        timm, hf = timm_vit(1), hf_vit(2)
        given, taken = stepped(timm, 3, steps=7), stepped(hf, 4, steps=5)
        return (self.checkpoint(timm, given, "timm.pt"), self.checkpoint(hf, taken, "hf.pt"))

    def states_by_hand(self, timm_path, hf_path):
        """The optimizer of DST with each state of SRC, cut as its parameter is."""
        given, expected = common.load(timm_path), common.load(hf_path)
        old_names = list(given["model"])
        by_name = {}
        for key in ("exp_avg", "exp_avg_sq"):
            moments = {name: given["optimizer"]["state"][i][key]
                       for i, name in enumerate(old_names)}
            for name, value in hf_state(moments).items():
                by_name.setdefault(name, {"step": torch.tensor(7.)})[key] = value.clone()
        for i, name in enumerate(expected["model"]):
            expected["optimizer"]["state"][i] = by_name[name]
        return expected["optimizer"]

    def test_states_follow_their_parameters(self):
        paths = self.trained_pair()
        expected = self.states_by_hand(*paths)
        timm = common.load(paths[0])["model"]
        out, report = self.copy_out(*paths, "--preset", "timm-vit/hf-vit", "--strict")
        value = common.load(out)
        self.assert_converted(value["model"], timm)
        self.assertIsNone(common.loaded_difference(value["optimizer"], expected))
        self.assertEqual(report["optimizer"]["carried"], len(value["model"]))
        hf = hf_vit(5)
        hf.load_state_dict(value["model"], strict=True)
        optimizer = torch.optim.AdamW(hf.parameters())
        optimizer.load_state_dict(value["optimizer"])

    def test_states_follow_out_of_a_pickled_module(self):
        paths = self.trained_pair()
        options = ("--preset", "timm-vit/hf-vit", "--strict")
        by_names, _ = self.copy_out(*paths, *options)
        expected = by_names.read_bytes()
        checkpoint = common.load(paths[0])
        module = timm_vit(8)
        module.load_state_dict(checkpoint["model"])
        module_path = self.save({**checkpoint, "model": module}, "module.pt")
        out, _ = self.copy_out(module_path, paths[1], *options)
        self.assertEqual(out.read_bytes(), expected)

    def test_what_is_said_of_the_ids_of_the_source_is_about_its_own_names(self):
        timm, hf = timm_vit(1), hf_vit(2)
        decayed = [p for p in timm.parameters() if p.dim() > 1]
        others = [p for p in timm.parameters() if p.dim() < 2]
        given = torch.optim.AdamW([{"params": others}, {"params": decayed}])
        for index, parameter in enumerate(timm.parameters()):
            parameter.grad = torch.full_like(parameter, index + 1)
        given.step()
        paths = self.checkpoint(timm, given, "a.pt"), self.checkpoint(hf, stepped(hf, 4, 1), "b.pt")
        out, _ = self.copy_out(*paths, "--preset", "timm-vit/hf-vit", "--order",
                               self.order_file(timm, given))
        value = common.load(out)
        moments = hf_state({name: given.state[parameter]["exp_avg"]
                            for name, parameter in timm.named_parameters()})
        for index, name in enumerate(value["model"]):
            state = value["optimizer"]["state"][index]["exp_avg"]
            self.assertTrue(torch.equal(state, moments[name]), name)

    def order_file(self, module, optimizer):
        names = {id(parameter): name for name, parameter in module.named_parameters()}
        path = self.folder / "order.txt"
        path.write_text("\n".join(names[id(parameter)] for group in optimizer.param_groups
                                  for parameter in group["params"]) + "\n")
        return path

    def test_states_that_cannot_follow_are_refused_or_left(self):
        timm, hf = timm_vit(1), hf_vit(2)
        state = {"model": timm.state_dict(), "optimizer": torch.optim.Adam(
            [nn.Parameter(torch.zeros(3))]).state_dict()}
        state["optimizer"]["state"] = {0: {"step": torch.tensor(1.), "exp_avg": torch.zeros(3),
                                           "exp_avg_sq": torch.zeros(3)}}
        paths = self.save(state, "timm.pt"), self.checkpoint(hf, stepped(hf, 4, 2), "hf.pt")
        preset = ("--preset", "timm-vit/hf-vit")
        self.assertIn("optimizer", self.refusal(*paths, *preset))
        out, _ = self.copy_out(*paths, *preset, "--optimizer", "keep")
        self.assert_converted(common.load(out)["model"], timm.state_dict())
        # Where DST has no optimizer, that of SRC does not matter.
        bare = self.save(hf.state_dict(), "bare.pt")
        out, _ = self.copy_out(paths[0], bare, *preset)
        self.assert_converted(common.load(out), timm.state_dict())

    # --- refusals --------------------------------------------------------------------------------

    def test_rules_that_do_not_fit_are_told_as_by_remap(self):
        paths = (self.save(timm_vit(1).state_dict(), "timm.pt"),
                 self.save(hf_vit(2).state_dict(), "hf.pt"))
        for rules, code in (("blocks.** ->", "E01"), ("no.such -> a\nkeep **", "D14"),
                            ("cls_token -> a", "D11"),
                            ("cls_token, pos_embed -> a\nkeep **", "E05"),
                            ("blocks.0.attn.qkv.bias -> {a,b,c,d,e} | split(0)\nkeep **", "D15")):
            with self.subTest(rules):
                told = self.refusal(*paths, "--rules", self.rule_file(rules))
                self.assertIn(f" {code}", told)
        self.assertIn("need --rules", self.refusal(*paths, "-D", "a=1"))
        self.assertIn("no preset", self.refusal(*paths, "--preset", "timm-vit/hf-vitt"))

    def test_unmatched_keys_are_kept_on_request(self):
        timm, hf = timm_vit(1).state_dict(), hf_vit(2).state_dict()
        timm["extra"] = torch.ones(2)
        paths = self.save(timm, "timm.pt"), self.save(hf, "hf.pt")
        self.refusal(*paths, "--preset", "timm-vit/hf-vit")
        out, report = self.copy_out(*paths, "--preset", "timm-vit/hf-vit", "--keep-unmatched")
        self.assert_verdict(report, ([], ["extra"], []))
        self.assertEqual(list(common.load(out)), list(hf))
        del timm["extra"]
        self.assert_converted(common.load(out), timm)


if __name__ == "__main__":
    common.main()
