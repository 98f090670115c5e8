"""ckpt copy against load_state_dict: what is left in the model, and what torch says about it.

Where DST is a plain state dict, OUT is also compared byte for byte with the file that torch saves
after copying into the tensors it loaded.
"""
import common
import torch
from copy_judge import CopyCase, seeded, torch_verdict, train
from torch import nn


class Backbone(nn.Module):
    def __init__(self, classes=4, has_norm=True, width=6):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width) if has_norm
                                  else nn.Identity())
        self.block = nn.ModuleDict({"inner": nn.Sequential(nn.Linear(width, 8), nn.Linear(8, 8))})
        self.head = nn.Linear(8, classes)


class Tied(nn.Module):
    def __init__(self, is_tied=True):
        super().__init__()
        self.embed = nn.Embedding(7, 5)
        self.norm = nn.LayerNorm(5)
        self.lm_head = nn.Linear(5, 7, bias=False)
        if is_tied:
            self.lm_head.weight = self.embed.weight


class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Backbone()
        self.decoder = nn.Linear(4, 2)


class WithExtraState(nn.Linear):
    def __init__(self, state):
        super().__init__(2, 2)
        self.state = state

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


def mlp(sizes=(6, 8, 3)):
    return nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.Tanh(), nn.Linear(sizes[1], sizes[2]))


class Copy(CopyCase):
    def check_pair(self, make_source, make_target, *options, keys=lambda state: state):
        """Both saved as state dicts, copied, and judged by torch. `keys` is what of SRC is given
        to load_state_dict."""
        source, target = seeded(make_source, 1), seeded(make_target, 2)
        source_path = self.save(source.state_dict(), "source.pt")
        target_path = self.save(target.state_dict(), "target.pt")
        model = seeded(make_target, 3)
        model.load_state_dict(common.load(target_path), strict=True)
        verdict = torch_verdict(model, keys(common.load(source_path)))
        out, report = self.copy_out(source_path, target_path, *options)
        self.assert_verdict(report, verdict)
        self.assert_state(common.load(out, weights_only=True), model.state_dict())
        seeded(make_target, 4).load_state_dict(common.load(out), strict=True)
        self.assert_what_torch_saves(out, target_path, keys(common.load(source_path)))
        return report

    # --- names and shapes ------------------------------------------------------------------------

    def test_one_architecture(self):
        report = self.check_pair(Backbone, Backbone, "--strict")
        self.assertEqual((len(report["copied"]), report["buffers"]), (13, 3))

    def test_a_head_of_another_size_is_refused_or_left(self):
        options = ("--on-mismatch", "skip")
        report = self.check_pair(lambda: Backbone(classes=9), Backbone, *options)
        self.assertEqual(len(report["mismatched"]), 2)
        refused = self.refused(self.folder / "source.pt", self.folder / "target.pt")
        self.assertEqual(refused["mismatched"], report["mismatched"])
        # --strict is about names: what is skipped has one.
        self.copy_out(self.folder / "source.pt", self.folder / "target.pt", "--strict", *options)

    def test_batch_norm_on_one_side_only(self):
        bare = lambda: Backbone(has_norm=False)
        self.assertEqual(len(self.check_pair(bare, Backbone)["kept"]), 1)
        self.refused(self.folder / "source.pt", self.folder / "target.pt", "--strict")
        self.check_pair(Backbone, bare)
        self.refused(self.folder / "source.pt", self.folder / "target.pt", "--strict")

    def test_counters_of_old_batch_norms_are_not_missing(self):
        source, target = seeded(Backbone, 1), seeded(Backbone, 2)
        state = source.state_dict()
        del state["stem.1.num_batches_tracked"]
        for version, is_missing in ((2, True), (1, False)):
            state._metadata["stem.1"]["version"] = version
            paths = self.save(state, "source.pt"), self.save(target.state_dict(), "target.pt")
            verdict = torch_verdict(seeded(Backbone, 2), common.load(paths[0]))
            self.assertEqual(verdict[0], ["stem.1.num_batches_tracked"] if is_missing else [])
            self.assert_verdict(self.copy_out(*paths)[1], verdict)
        plain = self.save(dict(state), "plain.pt")
        self.assert_verdict(self.copy_out(plain, paths[1])[1],
                            torch_verdict(seeded(Backbone, 2), common.load(plain)))

    def test_views_that_overlap_change_along(self):
        """A model whose parameters are views of one storage: what load_state_dict writes through."""
        class Shifted(nn.Module):
            def __init__(self, all_of):
                super().__init__()
                whole = torch.arange(10.0)
                for name, view in all_of(whole).items():
                    self.register_buffer(name, view)

        def overlapping(whole):
            return {"a": whole[:6], "b": whole[4:], "c": whole[8:], "even": whole[::2],
                    "odd": whole[1::2]}

        target = self.save(Shifted(overlapping).state_dict(), "target.pt")
        source = self.save({"a": torch.full((6,), 7.0)}, "source.pt")
        model = Shifted(overlapping)
        model.load_state_dict(common.load(source), strict=False)
        out = self.folder / "out.pt"
        run = self.run_both("copy", source, target, "-o", out)
        self.assert_state(common.load(out), model.state_dict())
        self.assertIn("missing  b             f32 6   overlaps a, which is copied", run.stdout)
        self.assertNotIn("missing  c             f32 2   overlaps", run.stdout)
        self.assertIn(f"{target}: 'b' shares elements with 'a', which is copied, and so 2 more "
                      "tensors: these change along\n", run.stderr)
        # Interleaved views have no element in common.
        odd = self.save({"odd": torch.full((5,), 7.0)}, "odd.pt")
        columns = self.save(Shifted(lambda t: {"even": t[::2], "odd": t[1::2]}).state_dict(),
                            "columns.pt")
        self.assertNotIn("share", self.run_both("copy", odd, columns, "-n").stderr)

    def test_a_copy_that_changes_nothing_gives_the_same_file(self):
        values = {"w": torch.randn(3, 4), "b": torch.zeros(3), "n": 2, "s": "text"}
        source = self.save({**values, "w": values["w"].t().contiguous().t()}, "source.pt")
        target = self.folder / "target.pt"
        for protocol in (2, 4):
            torch.save(values, target, pickle_protocol=protocol)
            out, _ = self.copy_out(source, target)
            self.assertEqual(out.read_bytes(), target.read_bytes(), protocol)
            # -0 is 0, but other bits.
            out, _ = self.copy_out(self.save({"b": -torch.zeros(3)}, "minus.pt"), target)
            self.assertTrue(common.load(out)["b"].signbit().all())
            out, _ = self.copy_out(self.save({"n": 3, "w": values["w"]}, "other.pt"), target)
            self.assertEqual(common.load(out)["n"], 3)

    def test_other_architectures_have_nothing_in_common(self):
        source = self.save(seeded(mlp, 1).state_dict(), "source.pt")
        target = self.save(seeded(Backbone, 2).state_dict(), "target.pt")
        self.assert_verdict(self.refused(source, target),
                            torch_verdict(seeded(Backbone, 2), common.load(source)))

    def test_a_submodule_takes_a_model(self):
        source, target = seeded(Backbone, 1), seeded(Whole, 2)
        paths = self.save(source.state_dict(), "source.pt"), self.save(target.state_dict(), "t.pt")
        target.encoder.load_state_dict(source.state_dict())
        out, report = self.copy_out(*paths, "--to-prefix", "encoder.", "--strict")
        self.assert_state(common.load(out), target.state_dict())
        self.assertEqual(len(report["copied"]), 13)

    def test_a_model_takes_a_submodule(self):
        source, target = seeded(Whole, 1), seeded(Backbone, 2)
        paths = self.save(source.state_dict(), "source.pt"), self.save(target.state_dict(), "t.pt")
        target.load_state_dict(source.encoder.state_dict())
        out, _ = self.copy_out(*paths, "--from-prefix", "encoder.", "--strict")
        self.assert_state(common.load(out), target.state_dict())

    def test_wrappers_on_either_side(self):
        source, target = seeded(Backbone, 1), seeded(Backbone, 2)
        wrapped = lambda model: {"module._orig_mod." + name: value
                                 for name, value in model.state_dict().items()}
        for give, take in ((wrapped(source), target.state_dict()),
                           (source.state_dict(), wrapped(target)),
                           (wrapped(source), wrapped(target))):
            paths = self.save(give, "source.pt"), self.save(take, "target.pt")
            out, _ = self.copy_out(*paths, "--strip-wrappers", "--strict")
            self.assert_state(common.load(out), dict(zip(take, source.state_dict().values())))

    def test_keep_drop_and_map(self):
        source, target = seeded(Backbone, 1), seeded(Backbone, 2)
        give = {name.replace("block.inner", "body"): value
                for name, value in source.state_dict().items()}
        paths = self.save(give, "source.pt"), self.save(target.state_dict(), "target.pt")
        kept = {name: value for name, value in source.state_dict().items()
                if not name.startswith("head") and name != "stem.0.bias"}
        verdict = torch_verdict(target, kept)
        out, report = self.copy_out(*paths, "--map", "body=>block.inner", "--drop", "head",
                                    "--drop", "stem.0.bias")
        self.assert_verdict(report, verdict)
        self.assert_state(common.load(out), target.state_dict())
        out, report = self.copy_out(*paths, "--map", "body=>block.inner", "--keep", "body")
        self.assertEqual(len(report["copied"]), 4)

    def test_parameters_or_buffers_alone(self):
        paths = [self.save(seeded(Backbone, seed).state_dict(), f"{seed}.pt") for seed in (1, 2)]
        buffers = {name for name, _ in Backbone().named_buffers()}
        source, target = map(common.load, paths)
        for what, is_copied in (("parameters", lambda n: n not in buffers),
                                ("buffers", lambda n: n in buffers)):
            out, report = self.copy_out(*paths, "--what", what, "--strict")
            self.assert_state(common.load(out), {
                name: source[name] if is_copied(name) else target[name] for name in target})

    def test_by_order(self):
        source, target = seeded(Backbone, 1).state_dict(), seeded(Backbone, 2).state_dict()
        renamed = {f"k{index}.{name.rsplit('.')[-1]}": value
                   for index, (name, value) in enumerate(source.items())}
        paths = self.save(renamed, "source.pt"), self.save(target, "target.pt")
        out, _ = self.copy_out(*paths, "--by-order")
        self.assert_state(common.load(out), source)
        renamed["k0.weight"] = renamed["k0.weight"][:, :1].clone()
        self.save(renamed, "source.pt")
        self.refused(*paths, "--by-order")
        renamed.popitem()
        self.refused(self.save(renamed, "source.pt"), paths[1], "--by-order")

    def test_scalars_of_torch_0_3(self):
        source, target = seeded(Backbone, 1).state_dict(), seeded(Backbone, 2)
        source["stem.1.num_batches_tracked"] = torch.tensor([17])
        paths = self.save(source, "source.pt"), self.save(target.state_dict(), "target.pt")
        self.assertEqual(torch_verdict(target, common.load(paths[0])), ([], [], []))
        out, _ = self.copy_out(*paths, "--strict")
        self.assert_state(common.load(out), target.state_dict())

    # --- dtypes and shapes that differ -----------------------------------------------------------

    def test_dtypes_are_cast_on_request(self):
        kinds = (torch.float16, torch.bfloat16, torch.float64, torch.float32)
        for given in kinds:
            for taken in kinds:
                if given == taken:
                    continue
                with self.subTest(f"{given} into {taken}"):
                    make = lambda dtype: lambda: Backbone().to(dtype)
                    self.check_pair(make(given), make(taken), "--cast", "--strict")
                    paths = self.folder / "source.pt", self.folder / "target.pt"
                    mismatched = self.refused(*paths)["mismatched"]
                    self.assertEqual({pair["reason"] for pair in mismatched}, {"dtype"})
                    self.assertEqual(len(mismatched), 12)  # all but the counter

    def test_integers_and_booleans_are_cast_on_request(self):
        whole = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16,
                 torch.uint32, torch.uint64, torch.bool]
        numbers = torch.tensor([0, 1, -1, 2, 127, 128, 255, 300, -40000, 2**24 + 1, 2**31, -2**63,
                                2**63 - 1, 2**53 + 1])
        source, target = {}, {}
        for given in whole:
            for taken in whole + [torch.float64, torch.float32, torch.float16, torch.bfloat16]:
                source[f"{given} {taken}"] = numbers.to(given)
                target[f"{given} {taken}"] = torch.zeros(len(numbers), dtype=taken)
        paths = self.save(source, "source.pt"), self.save(target, "target.pt")
        out, _ = self.copy_out(*paths, "--cast", "--strict")
        self.assert_what_torch_saves(out, paths[1], source)
        fraction = self.save({"a": torch.tensor([1.5])}, "fraction.pt")
        self.refused(fraction, self.save({"a": torch.tensor([1])}, "whole.pt"), "--cast")

    def test_slices_and_pads_are_those_of_torch(self):
        shapes = {"a": ((5, 3), (4, 3)), "b": ((6,), (2,)), "c": ((4, 3, 3), (4, 1, 2)),
                  "same": ((2, 2), (2, 2))}
        big = {name: torch.randn(shape) for name, (shape, _) in shapes.items()}
        small = {name: torch.randn(shape) for name, (_, shape) in shapes.items()}
        small["c"] = small["c"].transpose(0, 2).contiguous().transpose(0, 2)
        paths = self.save(big, "big.pt"), self.save(small, "small.pt")
        box = lambda shape: tuple(slice(size) for size in shape)
        out, report = self.copy_out(*paths, "--on-mismatch", "slice")
        expected = {name: value.clone().copy_(big[name][box(value.shape)])
                    for name, value in small.items()}
        expected["c"] = small["c"].clone(memory_format=torch.preserve_format).copy_(
            big["c"][box((4, 1, 2))])
        self.assert_state(common.load(out), expected)
        self.assertEqual([pair["axes"] for pair in report["copied"]], [[0], [0], [1, 2], []])
        out, report = self.copy_out(*reversed(paths), "--on-mismatch", "pad")
        expected = {name: value.clone() for name, value in big.items()}
        for name, value in expected.items():
            value[box(small[name].shape)] = small[name]
        self.assert_state(common.load(out), expected)
        self.refused(*reversed(paths), "--on-mismatch", "slice")
        self.refused(*paths, "--on-mismatch", "pad")

    # --- storages --------------------------------------------------------------------------------

    def test_ties_of_the_target_stay(self):
        self.check_pair(Tied, Tied, "--strict")
        value = common.load(self.folder / "out.pt")
        self.assertEqual(value["embed.weight"].data_ptr(), value["lm_head.weight"].data_ptr())
        self.check_pair(Tied, lambda: Tied(is_tied=False), "--strict")
        value = common.load(self.folder / "out.pt")
        self.assertNotEqual(value["embed.weight"].data_ptr(), value["lm_head.weight"].data_ptr())

    def test_two_values_for_a_tie_are_refused_or_the_last_wins(self):
        untied = lambda: Tied(is_tied=False)
        self.check_pair(untied, Tied, "--on-tied", "last")
        paths = self.folder / "source.pt", self.folder / "target.pt"
        self.refused(*paths)
        self.check_pair(untied, Tied, "--drop", "embed.weight", keys=lambda state: {
            name: value for name, value in state.items() if name != "embed.weight"})
        equal = common.load(paths[0])
        equal["lm_head.weight"] = equal["embed.weight"].clone()
        out, _ = self.copy_out(self.save(equal, "equal.pt"), paths[1])
        self.assertTrue(torch.equal(common.load(out)["lm_head.weight"], equal["embed.weight"]))

    def test_two_values_for_elements_that_views_share_are_refused(self):
        values = torch.arange(12.)
        overlapping = lambda base: {"a": base[:8], "b": base[4:], "c": base[::4]}
        apart = lambda base: {"a": base[::3], "b": base[1::3], "c": base[2::3]}
        untied = lambda views: {name: value.clone() for name, value in views.items()}
        out_of = lambda out: common.load(self.copy_out(*out)[0])
        for views, other, is_refused in (
                (overlapping(values), untied(overlapping(-values)), False),
                (overlapping(values), {**untied(overlapping(-values)), "b": torch.ones(8)}, True),
                (apart(values), {"a": torch.ones(4), "b": torch.zeros(4), "c": -torch.ones(4)}, False)):
            target = self.save(dict(views), "target.pt")
            source = self.save(other, "source.pt")
            if is_refused:
                self.refused(source, target)
                continue
            value = out_of((source, target))
            for name, tensor in other.items():
                self.assertTrue(torch.equal(value[name], tensor), name)
        tie = torch.zeros(3)
        target = self.save({"a": tie, "b": tie}, "target.pt")
        source = self.save({"a": torch.ones(2), "b": torch.full((3,), 2.)}, "source.pt")
        self.refused(source, target, "--on-mismatch", "pad")
        value = out_of((source, target, "--on-mismatch", "pad", "--on-tied", "last"))
        self.assertEqual(value["a"].tolist(), [2, 2, 2])
        source = self.save({"a": torch.full((2,), 2.), "b": torch.full((3,), 2.)}, "source.pt")
        self.assertEqual(out_of((source, target, "--on-mismatch", "pad"))["a"].tolist(), [2, 2, 2])

    def test_lists_of_tensors_give_and_take_by_position(self):
        model = seeded(Backbone, 1)
        shadow = [p.detach() * .5 for p in model.parameters()]
        run = self.save({"model": model.state_dict(), "ema": {"decay": .9, "shadow_params": shadow}},
                        "run.pt")
        options = ("--by-order", "--what", "parameters")
        value = common.load(self.copy_out(f"{run}:ema:shadow_params", f"{run}:model", *options)[0])
        expected = model.state_dict()
        for (name, _), average in zip(model.named_parameters(), shadow):
            expected[name] = average
        self.assert_state(value["model"], expected)
        value = common.load(self.copy_out(f"{run}:model", f"{run}:ema:shadow_params", *options)[0])
        for ours, theirs in zip(value["ema"]["shadow_params"], model.parameters()):
            self.assertTrue(torch.equal(ours, theirs))
        everything = self.save([value * 2 for value in model.state_dict().values()], "all.pt")
        value = common.load(self.copy_out(f"{everything}:", f"{run}:model", "--by-order")[0])
        self.assert_state(value["model"], {name: value * 2
                                           for name, value in model.state_dict().items()})
        self.refused(f"{run}:ema:shadow_params", f"{run}:model", "--by-order")
        self.refused(f"{run}:ema:shadow_params", f"{run}:model")
        words = self.messages_of("copy", f"{run}:ema:shadow_params", f"{run}:model", "-n")
        self.assertIn("hint: --by-order", words)

    def test_views_of_the_target_are_written_into_as_torch_does(self):
        torch.manual_seed(5)
        layouts = {
            "rows": lambda base: base[2:5],
            "columns": lambda base: base[:, 1:3],
            "every second": lambda base: base[::2, ::3],
            "transposed": lambda base: base.t(),
            "a scalar": lambda base: base[3, 3],
            "one column of the transposed": lambda base: base.t()[:, 2],
            "nothing": lambda base: base[:0],
        }
        for dtype in (torch.float32, torch.int64, torch.uint8, torch.complex64):
            base = make_tensor((7, 8), dtype)
            # Each in a storage of its own, and all of them in one.
            target = {name: view(make_tensor((7, 8), dtype)) for name, view in layouts.items()}
            target |= {"shared " + name: view(base) for name, view in layouts.items()}
            target["whole"] = base
            source = {name: make_tensor(value.shape, dtype) for name, value in target.items()
                      if name != "whole"}
            source["rows"] = make_tensor((8, 3), dtype).t()
            source["transposed"] = make_tensor((7, 8), dtype).t()
            paths = self.save(source, "source.pt"), self.save(target, "target.pt")
            out, _ = self.copy_out(*paths, "--on-tied", "last")
            self.assert_what_torch_saves(out, paths[1], common.load(paths[0]))

    def test_memory_formats_and_flags_are_those_of_the_target(self):
        image = torch.randn(2, 3, 4, 5)
        last = image.to(memory_format=torch.channels_last)
        number = make_tensor((3, 4), torch.complex64)
        target = {"nchw": image, "nhwc": last, "both nhwc": last.clone(), "conj": number.conj(),
                  "neg": number.clone().conj().imag, "parameter": nn.Parameter(torch.randn(3))}
        source = {"nchw": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
                  "nhwc": torch.randn(2, 3, 4, 5),
                  "both nhwc": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
                  "conj": make_tensor((4, 3), torch.complex64).t(),
                  "neg": make_tensor((3, 4), torch.complex64).conj().imag,
                  "parameter": torch.randn(6)[::2]}
        paths = self.save(source, "source.pt"), self.save(target, "target.pt")
        out, _ = self.copy_out(*paths)
        self.assert_what_torch_saves(out, paths[1], common.load(paths[0]))
        self.assertIsInstance(common.load(out)["parameter"], nn.Parameter)

    def test_elements_that_share_memory_are_refused(self):
        source = self.save({"a": torch.randn(3, 4)}, "source.pt")
        target = self.save({"a": torch.randn(1, 4).expand(3, 4)}, "target.pt")
        with self.assertRaises(RuntimeError):
            common.load(target)["a"].copy_(common.load(source)["a"])
        self.refused(source, target)

    def test_what_is_not_strided_is_taken_as_it_is(self):
        sparse = lambda: torch.randn(4, 5).relu().to_sparse()
        quantized = lambda scale: torch.quantize_per_tensor(torch.randn(4), scale, 0, torch.qint8)
        source = self.save({"s": sparse(), "q": quantized(.5), "w": torch.randn(2)}, "source.pt")
        target = self.save({"s": sparse(), "q": quantized(.1), "w": torch.randn(2)}, "target.pt")
        out, _ = self.copy_out(source, target)
        self.assertIsNone(common.loaded_difference(common.load(out), common.load(source)))

    def test_a_view_of_the_source_brings_only_its_elements(self):
        big = torch.randn(1000, 1000)
        source = self.save({"a": big[3, :5], "b": big.t()[:4, 7]}, "source.pt")
        target = self.save({"a": torch.zeros(5), "b": torch.zeros(4)}, "target.pt")
        out, _ = self.copy_out(source, target)
        self.assertLess(out.stat().st_size, 4096)
        self.assert_what_torch_saves(out, target, common.load(source))

    def test_extra_state_comes_along(self):
        for given, taken in (({"a": 1}, {"b": 2}), (torch.ones(3), torch.zeros(2)),
                             (torch.ones(3), "text")):
            source, target = WithExtraState(given), WithExtraState(taken)
            paths = self.save(source.state_dict(), "source.pt"), self.save(target.state_dict(),
                                                                           "target.pt")
            self.assertEqual(torch_verdict(target, common.load(paths[0])), ([], [], []))
            out, report = self.copy_out(*paths, "--strict")
            self.assertIsNone(common.loaded_difference(common.load(out), target.state_dict()))
            self.assertEqual(len(report["copied"]), 3)

    def test_entries_that_are_no_tensors_are_copied_as_load_state_dict_takes_them(self):
        import torch.ao.quantization as quantization

        def quantized(seed):
            torch.manual_seed(seed)
            model = nn.Sequential(quantization.QuantStub(), nn.Linear(4, 3),
                                  quantization.DeQuantStub())
            model.qconfig = quantization.get_default_qconfig("fbgemm")
            quantization.prepare(model, inplace=True)
            model(torch.randn(16, 4))
            return quantization.convert(model)

        source, target = quantized(1), quantized(2)
        paths = [self.save(model.state_dict(), f"{name}.pt")
                 for name, model in (("source", source), ("target", target))]
        out, report = self.copy_out(*paths, "--strict")
        self.assert_verdict(report, ([], [], []))
        target.load_state_dict(common.load(paths[0]))
        taken = quantized(3)
        taken.load_state_dict(common.load(out))
        given = torch.randn(5, 4)
        self.assertTrue(torch.equal(taken(given), target(given)))
        self.assertTrue(torch.equal(taken(given), source(given)))

    def test_values_are_set_key_by_key_whatever_objects_keys_share(self):
        shared = ["a"]
        values = ({"w": torch.ones(2), "n": 1, "s": "x", "l": [1, 2], "t": "x"},
                  {"w": torch.zeros(2), "n": 2, "s": "y", "l": shared, "t": "y", "same": shared})
        out, report = self.copy_out(self.save(values[0], "1.pt"), self.save(values[1], "2.pt"))
        self.assertIsNone(common.loaded_difference(common.load(out), {**values[0], "same": ["a"]}))
        self.assertEqual([entry["key"] for entry in report["missing"]], ["same"])
        out, _ = self.copy_out(self.folder / "1.pt", self.folder / "2.pt", "--keep", "s", "-f")
        self.assertEqual((common.load(out)["s"], common.load(out)["t"]), ("x", "y"))
        report = self.refused(self.save({"w": torch.ones(2), "n": torch.ones(1)}, "other.pt"),
                              self.folder / "2.pt")
        self.assertEqual([pair["reason"] for pair in report["mismatched"]], ["kind"])

    def test_training_state_beside_the_weights_is_no_entry_of_the_state_dict(self):
        values = []
        for seed, steps in ((1, 3), (2, 5)):
            model, optimizer = self.trained(mlp, seed, steps)
            average = {name: value * .5 for name, value in model.state_dict().items()}
            values.append({**model.state_dict(), "epoch": seed, "ema": average,
                           "optimizer": optimizer.state_dict(),
                           "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 2).state_dict()})
        paths = [self.save(value, f"{i}.pt") for i, value in enumerate(values)]
        out, report = self.copy_out(*paths, "--strict")
        self.assertEqual(report["optimizer"]["carried"], 4)
        expected = {**values[0], "ema": values[1]["ema"], "scheduler": values[1]["scheduler"]}
        self.assertIsNone(common.loaded_difference(common.load(out), expected))

    def test_tied_quantized_tensors_take_one_value(self):
        quantized = lambda scale: torch.quantize_per_tensor(torch.ones(4), scale, 0, torch.qint8)
        tie = quantized(.1)
        target = self.save({"a": tie, "b": tie, "w": torch.ones(1)}, "target.pt")
        source = self.save({"a": quantized(.2), "b": quantized(.5), "w": torch.ones(1)}, "source.pt")
        self.refused(source, target)
        value = common.load(self.copy_out(source, target, "--on-tied", "last")[0])
        self.assertEqual((value["a"].q_scale(), value["b"].q_scale()), (.5, .5))
        self.assertEqual(value["a"].data_ptr(), value["b"].data_ptr())

    def test_what_is_left_out_is_not_missing(self):
        paths = (self.save(seeded(mlp, 1).state_dict(), "source.pt"),
                 self.save({**seeded(mlp, 2).state_dict(), "new": torch.ones(1)}, "target.pt"))
        for options, left in ((("--keep", "0"), ["2.weight", "2.bias"]), (("--drop", "0", "--drop",
                              "2.bias"), ["0.weight", "0.bias", "2.bias"])):
            _, report = self.copy_out(*paths, *options)
            self.assertEqual([entry["key"] for entry in report["missing"]], ["new"])
            self.assertEqual([entry["key"] for entry in report["left_out"]], left)
            self.refused(*paths, *options, "--strict")
            self.copy_out(paths[0], self.save(seeded(mlp, 2).state_dict(), "same.pt"), "--strict",
                          *options)

    def test_nothing_is_said_to_be_copied_before_it_is(self):
        paths = (self.save(seeded(mlp, 1).state_dict(), "source.pt"),
                 self.save(seeded(mlp, 2).state_dict(), "target.pt"))
        out = self.folder / "there.pt"
        out.write_bytes(b"")
        text = self.run_ckpt("copy", *paths, "-o", out, "--json", exit_code=2)
        self.assertNotIn(b"copied", text)

    # --- parts of files --------------------------------------------------------------------------

    def test_a_part_of_a_file_into_another_part(self):
        model, average = seeded(mlp, 1), seeded(mlp, 2)
        run = self.save({"epoch": 3, "model": model.state_dict(), "ema": average.state_dict()},
                        "run.pt")
        out, _ = self.copy_out(f"{run}:ema", f"{run}:model", "--strict")
        value = common.load(out)
        self.assert_state(value["model"], average.state_dict())
        self.assert_state(value["ema"], average.state_dict())
        self.assertEqual((list(value), value["epoch"]), (["epoch", "model", "ema"], 3))

    def test_a_file_whose_name_has_a_colon_is_a_file(self):
        run = self.save({"a": torch.ones(2)}, "run:a.pt")
        target = self.save({"nets": {"g": {"a": torch.zeros(2)}}}, "target.pt")
        out, _ = self.copy_out(run, f"{target}:nets:g")
        self.assertTrue(torch.equal(common.load(out)["nets"]["g"]["a"], torch.ones(2)))

    def test_pickled_modules_give_and_take(self):
        source, target = seeded(Backbone, 1), seeded(Backbone, 2)
        source.register_buffer("scratch", torch.ones(2), persistent=False)
        module, state = self.save(source, "module.pt"), self.save(target.state_dict(), "target.pt")
        for given in (module, self.save({"model": source, "ema": target}, "yolo.pt")):
            out, _ = self.copy_out(given, state, "--strict")
            self.assert_state(common.load(out), source.state_dict())
        out, _ = self.copy_out(f"{given}:ema", module, "--strict")
        value = common.load(out)
        self.assertIsInstance(value, Backbone)
        self.assert_state(value.state_dict(), target.state_dict())
        self.assertTrue(torch.equal(value.scratch, source.scratch))

    # --- optimizers ------------------------------------------------------------------------------

    def trained(self, make, seed, steps, groups=lambda model: model.parameters()):
        torch.manual_seed(seed)
        model = make()
        optimizer = torch.optim.AdamW(groups(model), lr=1e-2)
        train(model, optimizer, 0, steps)
        return model, optimizer

    def resumed(self, value, make, groups=lambda model: model.parameters()):
        model = make()
        optimizer = torch.optim.AdamW(groups(model), lr=1.)
        model.load_state_dict(value["model"], strict=True)
        optimizer.load_state_dict(value["optimizer"])
        train(model, optimizer, 20, 26)
        return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}

    def test_a_resumed_run_goes_on_as_if_states_were_put_in_by_hand(self):
        two_groups = lambda model: [{"params": [p for p in model.parameters() if p.dim() > 1]},
                                    {"params": [p for p in model.parameters() if p.dim() < 2],
                                     "lr": 3e-3}]
        other_head = lambda: mlp((6, 8, 5))
        source = self.checkpoint(*self.trained(mlp, 1, 7), "source.pt")
        target = self.checkpoint(*self.trained(other_head, 2, 4, two_groups), "target.pt")
        out, report = self.copy_out(source, target, "--on-mismatch", "skip")
        self.assertEqual((report["optimizer"]["carried"], report["optimizer"]["fresh"]), (2, 0))
        by_hand, given = common.load(target), common.load(source)
        for name in ("0.weight", "0.bias"):
            by_hand["model"][name].copy_(given["model"][name])
        states = by_hand["optimizer"]["state"]  # ids: 0.weight, 2.weight, 0.bias, 2.bias
        states[0], states[2] = given["optimizer"]["state"][0], given["optimizer"]["state"][1]
        self.assertIsNone(common.loaded_difference(
            self.resumed(common.load(out), other_head, two_groups),
            self.resumed(by_hand, other_head, two_groups)))
        self.assertEqual(common.load(out)["epoch"], len("target.pt"))

    def test_states_start_afresh_where_the_source_has_none(self):
        source = self.save(seeded(mlp, 1).state_dict(), "source.pt")
        target = self.checkpoint(*self.trained(mlp, 2, 4), "target.pt")
        out, report = self.copy_out(source, target, "--keep", "0")
        self.assertEqual((report["optimizer"]["carried"], report["optimizer"]["fresh"]), (0, 2))
        self.assertEqual(list(common.load(out)["optimizer"]["state"]), [2, 3])
        before = common.load(target)["optimizer"]
        for treatment, expected in (("keep", before), ("drop", None),
                                    ("reset", {**before, "state": {}})):
            value = common.load(self.copy_out(source, target, "--optimizer", treatment)[0])
            self.assertIsNone(common.loaded_difference(value.get("optimizer"), expected))

    def test_states_are_cut_and_padded_with_their_parameters(self):
        """Moments of rows that come are zero, the step stays."""
        for classes, word in ((5, "slice"), (2, "pad")):
            source = self.checkpoint(*self.trained(lambda: mlp((6, 8, classes)), 1, 7), "source.pt")
            target = self.checkpoint(*self.trained(mlp, 2, 1), "target.pt")
            out, report = self.copy_out(source, target, "--on-mismatch", word)
            self.assertEqual((report["optimizer"]["carried"], report["optimizer"]["fresh"]), (4, 0))
            expected = common.load(source)["optimizer"]["state"]
            for i in (2, 3):
                for key in ("exp_avg", "exp_avg_sq"):
                    grown = torch.zeros(3, *expected[i][key].shape[1:])
                    grown[:classes] = expected[i][key][:3]
                    expected[i][key] = grown
            self.assertIsNone(common.loaded_difference(common.load(out)["optimizer"]["state"],
                                                       expected))

    def networks(self, name, seed, **pairs):
        """A file with networks and their optimizers, each trained for its own number of steps."""
        value = {}
        for i, (network, (optimizer, steps)) in enumerate(pairs.items()):
            model, trained = self.trained(mlp, seed + i, steps)
            value |= {network: model.state_dict(), optimizer: trained.state_dict()}
        return self.save(value, name)

    def test_states_go_from_the_optimizer_of_one_root_to_that_of_the_other(self):
        run = self.networks("run.pt", 1, model=("optimizer", 7))
        gan = self.networks("gan.pt", 2, G=("optG", 3), D=("optD", 4))
        cases = ((run, gan, "model", "optimizer", "G", "optG"),
                 (run, gan, "model", "optimizer", "D", "optD"),
                 (gan, run, "D", "optD", "model", "optimizer"),
                 (gan, gan, "D", "optD", "G", "optG"))
        for source, target, *names in cases:
            given, gives, taken, takes = names
            out, report = self.copy_out(f"{source}:{given}", f"{target}:{taken}", "--strict")
            self.assertEqual(report["optimizer"], {"treatment": "carry", "carried": 4, "fresh": 0,
                                                   "remarks": []})
            expected = common.load(target)
            expected[taken] = common.load(source)[given]
            expected[takes]["state"] = common.load(source)[gives]["state"]
            self.assertIsNone(common.loaded_difference(common.load(out), expected))

    def test_an_optimizer_of_other_parts_is_not_called_missing(self):
        average = {name: value.clone() for name, value in seeded(mlp, 4).state_dict().items()}
        run = common.load(self.networks("run.pt", 1, model=("optimizer", 7)))
        run = self.save({**run, "ema": average}, "run.pt")
        target = self.networks("target.pt", 2, model=("optimizer", 3))
        _, report = self.copy_out(f"{run}:ema", target)
        self.assertEqual(report["optimizer"]["remarks"], [
            f"optimizer 'optimizer': {run} has none of 'ema' (optimizer 'optimizer' is of 'model');"
            " what comes from there starts afresh"])
        self.refused(f"{run}:ema", target, "--at", "optimizer")

    def test_which_of_several_optimizers_gives_is_asked(self):
        model, optimizer = self.trained(mlp, 1, 7)
        both = self.save({"model": model.state_dict(), "one": optimizer.state_dict(),
                          "two": self.trained(mlp, 1, 9)[1].state_dict()}, "both.pt")
        target = self.networks("target.pt", 2, model=("optimizer", 3))
        self.refused(both, target)
        for name, steps in (("one", 7), ("two", 9)):
            out, _ = self.copy_out(both, target, "--at", name)
            self.assertEqual(common.load(out)["optimizer"]["state"][0]["step"], steps)
        for options in ((), ("--optimizer", "drop"), ("--names-of", "target")):
            self.refused(both, target, "--at", "three", *options)

    def test_states_of_a_first_step_stay_unless_asked(self):
        source = self.networks("source.pt", 1, model=("optimizer", 7))
        target = self.networks("target.pt", 2, model=("optimizer", 1))
        out, report = self.copy_out(source, target, "--keep", "0")
        expected = common.load(target)["optimizer"]["state"]
        for i in (0, 1):
            expected[i] = common.load(source)["optimizer"]["state"][i]
        self.assertIsNone(common.loaded_difference(common.load(out)["optimizer"]["state"],
                                                   expected))
        self.assertEqual(report["optimizer"]["remarks"], [
            "optimizer 'optimizer': 2 states of one step at most stay as they are; --state fresh "
            "empties what gets nothing"])
        out, report = self.copy_out(source, target, "--keep", "0", "--state", "fresh")
        self.assertEqual(list(common.load(out)["optimizer"]["state"]), [0, 1])
        self.assertEqual(report["optimizer"]["fresh"], 2)

    def test_the_file_that_is_named_is_the_one_that_is_meant(self):
        deep = lambda: nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6))
        full = self.checkpoint(*self.trained(deep, 1, 3), "full.pt")
        part = lambda model: list(model.parameters())[2:6]
        frozen = self.checkpoint(*self.trained(deep, 1, 3, part), "frozen.pt")
        cases = ((frozen, full, (), frozen, "hint: decided by one of"),
                 (full, frozen, (), frozen, "hint: decided by --names-of target and one of"),
                 (full, frozen, ("--frozen", "0"), full, "--names-of target makes them about DST"),
                 (frozen, full, ("--names-of", "target"), frozen,
                  "hint: decided by --names-of source and one of"))
        out = self.folder / "no.pt"
        for source, target, options, named, hint in cases:
            words = self.messages_of("copy", source, target, "-o", out, *options)
            self.assertIn(f"error: {named}: ", words)
            self.assertIn(hint, words)
        words = self.messages_of("optim", "merge", full, frozen, "--replace", "1", "-o", out)
        self.assertIn(f"error: {frozen}: ", words)
        self.assertIn(f"ckpt optim names {frozen} -o OUT and one of", words)
        words = self.messages_of("optim", "merge", full, frozen, "--replace", "1", "-o", out,
                              "--frozen", "0")
        self.assertIn(f"hint: options about ids are about {full}", words)

    def test_the_optimizer_of_another_part_is_left_alone(self):
        model, optimizer = self.trained(mlp, 1, 5)
        run = self.save({"model": model.state_dict(), "ema": seeded(mlp, 2).state_dict(),
                         "optimizer": optimizer.state_dict()}, "run.pt")
        source = self.save(seeded(mlp, 3).state_dict(), "source.pt")
        out, _ = self.copy_out(source, f"{run}:ema")
        expected = common.load(run)
        expected["ema"] = common.load(source)
        self.assertIsNone(common.loaded_difference(common.load(out), expected))


def make_tensor(shape, dtype):
    if dtype.is_complex or dtype.is_floating_point:
        return torch.randn(shape, dtype=dtype)
    return torch.randint(0, 100, tuple(shape), dtype=dtype)


if __name__ == "__main__":
    common.main()
