"""Sources, rules and targets of conversions_test.py. Sizes are tiny and differ from each other, so that
a wrong axis, head count or order shows."""
import torch
from torch import cat, stack

CASES = []


class Case:
    """rules        the text of a rule file
    source       what is saved; tied entries are one tensor
    target       what must come out, in order
    params       values for -D
    lost         keys that --reverse does not bring back
    skips_model  the executable model has no such dtype, or no such lists
    """

    def __init__(self, rules, source, target, params=None, lost=(), skips_model=False):
        self.rules, self.source, self.target = rules, source, target
        self.params, self.lost, self.skips_model = params or {}, set(lost), skips_model


def case(function):
    CASES.append(function)
    return function


class Weights:
    """Random tensors by name: w("a.b", 2, 3)."""

    def __init__(self, seed, dtype=torch.float32):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype, self.tensors = dtype, {}

    def __call__(self, key, *shape, dtype=None):
        values = torch.randn(shape, generator=self.generator).to(dtype or self.dtype)
        self.tensors[key] = values
        return values


def own(tensor):
    return tensor.contiguous().clone()


@case
def gpt2_with_split_attention():
    w, target = Weights(1), {}
    w("wte.weight", 11, 6)
    w("wpe.weight", 8, 6)
    target["embed.tokens.weight"] = w.tensors["wte.weight"]
    target["embed.positions.weight"] = w.tensors["wpe.weight"]
    for i in range(2):
        old, new = f"h.{i}.", f"layers.{i}."
        for n in "12":
            for leaf in ("weight", "bias"):
                target[f"{new}norm{n}.{leaf}"] = w(f"{old}ln_{n}.{leaf}", 6)
        w.tensors[f"{old}attn.bias"] = torch.ones(8, 8).tril().reshape(1, 1, 8, 8)
        fused = w(f"{old}attn.c_attn.weight", 6, 18)
        for k, part in enumerate("qkv"):
            target[f"{new}attn.{part}.weight"] = own(fused.t()[k * 6:k * 6 + 6])
        bias = w(f"{old}attn.c_attn.bias", 18)
        for k, part in enumerate("qkv"):
            target[f"{new}attn.{part}.bias"] = own(bias[k * 6:k * 6 + 6])
        for part, name, a, b in [("attn.c_proj", "attn.o", 6, 6), ("mlp.c_fc", "mlp.up", 6, 24),
                                 ("mlp.c_proj", "mlp.down", 24, 6)]:
            target[f"{new}{name}.weight"] = own(w(f"{old}{part}.weight", a, b).t())
            target[f"{new}{name}.bias"] = w(f"{old}{part}.bias", b)
    w.tensors["lm_head.weight"] = target["head.weight"] = w.tensors["wte.weight"]
    return Case("""
        # Conv1D keeps [in, out]; the square attn.c_proj is transposed too
        wte.weight -> embed.tokens.weight
        wpe.weight -> embed.positions.weight
        lm_head.weight -> head.weight
        [h.{i}. -> layers.{i}.]
        drop attn.bias = tril(8)
        ln_{1,2}.* -> norm{1,2}.*
        attn.c_attn.weight -> attn.{q,k,v}.weight | t | split(0)
        attn.c_attn.bias -> attn.{q,k,v}.bias | split(0)
        {attn.c_proj,mlp.c_fc,mlp.c_proj}.weight -> {attn.o,mlp.up,mlp.down}.weight | t
        {attn.c_proj,mlp.c_fc,mlp.c_proj}.bias -> {attn.o,mlp.up,mlp.down}.bias
        """, w.tensors, target)


@case
def bert_of_tensorflow():
    w, target = Weights(2), {}
    for table in ("word", "position", "token_type"):
        target[f"bert.embeddings.{table}_embeddings.weight"] = w(
            f"bert/embeddings/{table}_embeddings", 7, 4)
    for old, new in (("gamma", "weight"), ("beta", "bias")):
        target[f"bert.embeddings.LayerNorm.{new}"] = w(f"bert/embeddings/LayerNorm/{old}", 4)
    for i in range(2):
        old, new = f"bert/encoder/layer_{i}/", f"bert.encoder.layer.{i}."
        for part, a, b in [("attention/self/query", 4, 4), ("attention/self/key", 4, 4),
                           ("attention/self/value", 4, 4), ("attention/output/dense", 4, 4),
                           ("intermediate/dense", 4, 8), ("output/dense", 8, 4)]:
            name = new + part.replace("/", ".")
            target[f"{name}.weight"] = own(w(f"{old}{part}/kernel", a, b).t())
            target[f"{name}.bias"] = w(f"{old}{part}/bias", b)
        for part in ("attention/output", "output"):
            for leaf, name in (("gamma", "weight"), ("beta", "bias")):
                target[f"{new}{part.replace('/', '.')}.LayerNorm.{name}"] = w(
                    f"{old}{part}/LayerNorm/{leaf}", 4)
    w.tensors["global_step"] = torch.tensor(0.)
    return Case("""
        drop global_step = scalar(0)
        bert/embeddings/{word,position,token_type}_embeddings -> bert.embeddings.{word,position,token_type}_embeddings.weight
        bert/embeddings/LayerNorm/{gamma,beta} -> bert.embeddings.LayerNorm.{weight,bias}
        [bert/encoder/layer_{i}/ -> bert.encoder.layer.{i}.]
        attention/self/*/kernel -> attention.self.*.weight | t
        attention/self/*/bias -> attention.self.*.bias
        {attention/output,intermediate,output}/dense/kernel -> {attention.output,intermediate,output}.dense.weight | t
        {attention/output,intermediate,output}/dense/bias -> {attention.output,intermediate,output}.dense.bias
        {attention/output,output}/LayerNorm/{gamma,beta} -> {attention.output,output}.LayerNorm.{weight,bias}
        """, w.tensors, target)


@case
def t5_to_flax():
    w, target = Weights(3), {}
    shared = w("shared.weight", 9, 4)
    w.tensors["encoder.embed_tokens.weight"] = w.tensors["decoder.embed_tokens.weight"] = shared
    target["token_embedder/embedding"] = own(shared)
    relative = w("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 6, 2)
    target["encoder/relpos_bias/rel_embedding"] = own(relative.t())
    for side, blocks in (("encoder", 2), ("decoder", 1)):
        for i in range(blocks):
            for place, kind, flax in [(0, "SelfAttention", "attention" if side == "encoder" else "self_attention"),
                                      (1, "EncDecAttention", "encoder_decoder_attention")][
                                          :1 if side == "encoder" else 2]:
                for letter, name in zip("qkvo", ("query", "key", "value", "out")):
                    old = w(f"{side}.block.{i}.layer.{place}.{kind}.{letter}.weight", 4, 4)
                    target[f"{side}/layers_{i}/{flax}/{name}/kernel"] = own(old.t())
            last = 1 if side == "encoder" else 2
            for wi, (a, b) in {"wi_0": (8, 4), "wi_1": (8, 4), "wo": (4, 8)}.items():
                old = w(f"{side}.block.{i}.layer.{last}.DenseReluDense.{wi}.weight", a, b)
                target[f"{side}/layers_{i}/mlp/{wi}/kernel"] = own(old.t())
        target[f"{side}/{side}_norm/scale"] = w(f"{side}.final_layer_norm.weight", 4)
    return Case("""
        {shared,encoder.embed_tokens,decoder.embed_tokens}.weight -> token_embedder/embedding | same
        encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight -> encoder/relpos_bias/rel_embedding | t
        {x:encoder,decoder}.final_layer_norm.weight -> {x:encoder,decoder}/{x:encoder,decoder}_norm/scale
        encoder.block.{i}.layer.0.SelfAttention.{q,k,v,o}.weight -> encoder/layers_{i}/attention/{query,key,value,out}/kernel | t
        decoder.block.{i}.layer.{s:0,1}.{s:SelfAttention,EncDecAttention}.{q,k,v,o}.weight -> decoder/layers_{i}/{s:self_attention,encoder_decoder_attention}/{query,key,value,out}/kernel | t
        {x:encoder,decoder}.block.{i}.layer.{x:1,2}.DenseReluDense.*.weight -> {x:encoder,decoder}/layers_{i}/mlp/*/kernel | t
        """, w.tensors, target, skips_model=True)


@case
def mixtral_experts_stacked():
    w, target = Weights(4, torch.bfloat16), {}
    for i in range(2):
        old, new = f"model.layers.{i}.block_sparse_moe.", f"model.layers.{i}.mlp."
        target[f"{new}gate.weight"] = w(f"{old}gate.weight", 3, 4)
        experts = [{name: w(f"{old}experts.{e}.{name}.weight", *shape)
                    for name, shape in (("w1", (5, 4)), ("w2", (4, 5)), ("w3", (5, 4)))}
                   for e in range(3)]
        target[f"{new}experts.gate_up_proj"] = stack([cat([e["w1"], e["w3"]]) for e in experts])
        target[f"{new}experts.down_proj"] = stack([e["w2"] for e in experts])
    return Case("""
        param experts
        [model.layers.{i}.block_sparse_moe. -> model.layers.{i}.mlp.]
        gate.weight -> =
        experts.{e:0..experts-1}.{g:w1,w3}.weight -> experts.gate_up_proj | stack(e, 0) | cat(g, 1)
        experts.{e:0..experts-1}.w2.weight -> experts.down_proj | stack(0)
        """, w.tensors, target, {"experts": 3}, skips_model=True)


@case
def mixtral_experts_unstacked():
    w, target = Weights(5), {}
    fused = w("layers.0.experts.gate_up", 3, 4, 10)
    for e in range(3):
        for k, name in enumerate(("gate", "up")):
            target[f"layers.0.expert.{e}.{name}.weight"] = own(fused[e, :, k * 5:k * 5 + 5].t())
    down = w("layers.0.experts.down", 3, 5, 4)
    for e in range(3):
        target[f"layers.0.expert.{e}.down.weight"] = own(down[e].t())
    return Case("""
        layers.{i}.experts.gate_up -> layers.{i}.expert.{e}.{g:gate,up}.weight | t | unstack(e, 0) | split(g, 0)
        layers.{i}.experts.down -> layers.{i}.expert.{e}.down.weight | unstack(0) | t
        """, w.tensors, target)


@case
def falcon_grouped_attention():
    kv, per, size = 2, 3, 4
    w, target = Weights(6), {}
    for i in range(2):
        fused = w(f"h.{i}.self_attention.query_key_value.weight", kv * (per + 2) * size, 5)
        groups = fused.reshape(kv, per + 2, size, 5)
        target[f"layers.{i}.q.weight"] = own(groups[:, :per].reshape(-1, 5))
        target[f"layers.{i}.k.weight"] = own(groups[:, per].reshape(-1, 5))
        target[f"layers.{i}.v.weight"] = own(groups[:, per + 1].reshape(-1, 5))
    return Case("""
        param heads
        param kv
        param size
        let per = heads / kv
        h.{i}.self_attention.query_key_value.weight -> layers.{i}.{q,k,v}.weight | rearrange("(g x d) ... -> g x d ...", g=kv, d=size) | split(1, [per, 1, 1]) | rearrange("g x d ... -> (g x d) ...", g=kv, d=size)
        """, w.tensors, target, {"heads": 6, "kv": 2, "size": 4})


@case
def gpt_neox_interleaved_heads():
    heads, size = 3, 4
    w, target = Weights(7), {}
    for leaf, tail in (("weight", (12,)), ("bias", ())):
        fused = w(f"gpt_neox.layers.0.attention.query_key_value.{leaf}", heads * 3 * size, *tail)
        parts = fused.reshape(heads, 3, size, *tail)
        for k, name in enumerate("qkv"):
            target[f"blocks.0.{name}.{leaf}"] = own(parts[:, k].reshape(heads * size, *tail))
    return Case("""
        param heads
        gpt_neox.layers.{i}.attention.query_key_value.* -> blocks.{i}.{q,k,v}.* | rearrange("(h p d) ... -> (p h d) ...", h=heads, p=3) | split(0)
        """, w.tensors, target, {"heads": 3})


def halves(tensor, size):
    heads = tensor.reshape(-1, size // 2, 2, *tensor.shape[1:])
    return own(heads.transpose(1, 2).reshape(tensor.shape))


@case
def llama_of_meta():
    size, w, target = 4, Weights(8, torch.float16), {}
    target["model.embed_tokens.weight"] = w("tok_embeddings.weight", 9, 8)
    for i in range(2):
        old, new = f"layers.{i}.", f"model.layers.{i}."
        target[f"{new}self_attn.q_proj.weight"] = halves(w(f"{old}attention.wq.weight", 16, 8), size)
        target[f"{new}self_attn.k_proj.weight"] = halves(w(f"{old}attention.wk.weight", 8, 8), size)
        target[f"{new}self_attn.v_proj.weight"] = w(f"{old}attention.wv.weight", 8, 8)
        target[f"{new}self_attn.o_proj.weight"] = w(f"{old}attention.wo.weight", 8, 16)
        for k, name in enumerate(("gate", "down", "up"), 1):
            target[f"{new}mlp.{name}_proj.weight"] = w(f"{old}feed_forward.w{k}.weight", 12, 8)
        target[f"{new}input_layernorm.weight"] = w(f"{old}attention_norm.weight", 8)
    target["model.norm.weight"] = w("norm.weight", 8)
    w.tensors["output.weight"] = target["lm_head.weight"] = target["model.embed_tokens.weight"]
    w("rope.freqs", 2)
    return Case("""
        param head_dim
        drop rope.freqs
        tok_embeddings.weight -> model.embed_tokens.weight
        norm.weight -> model.norm.weight
        output.weight -> lm_head.weight
        [layers.{i}. -> model.layers.{i}.]
        attention.w{q,k}.weight -> self_attn.{q,k}_proj.weight | rope_half(head_dim)
        attention.w{v,o}.weight -> self_attn.{v,o}_proj.weight
        feed_forward.w{1..3}.weight -> mlp.{gate,down,up}_proj.weight
        attention_norm.weight -> input_layernorm.weight
        """, w.tensors, target, {"head_dim": 4}, ["rope.freqs"])


@case
def unet_of_sdxl():
    w, target = Weights(9), {}
    names = {"in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj",
             "out_layers.0": "norm2", "out_layers.3": "conv2"}
    for flat, (block, layer) in {1: (0, 0), 2: (0, 1), 4: (1, 0), 5: (1, 1), 7: (2, 0)}.items():
        for old, new in names.items():
            target[f"down_blocks.{block}.resnets.{layer}.{new}.weight"] = w(
                f"input_blocks.{flat}.0.{old}.weight", 2, 3)
        target[f"down_blocks.{block}.attentions.{layer}.transformer_blocks.10.norm1.weight"] = w(
            f"input_blocks.{flat}.1.transformer_blocks.10.norm1.weight", 3)
    for flat in (3, 6):
        target[f"down_blocks.{flat // 3 - 1}.downsamplers.0.conv.bias"] = w(
            f"input_blocks.{flat}.0.op.bias", 2)
    return Case("""
        [input_blocks.{3*a+b+1}. -> down_blocks.{a}.]
        0.{in_layers.0,in_layers.2,emb_layers.1,out_layers.0,out_layers.3}.* -> resnets.{b:0..1}.{norm1,conv1,time_emb_proj,norm2,conv2}.*
        1.** -> attentions.{b:0..1}.**
        []
        input_blocks.{3*a+3}.0.op.* -> down_blocks.{a}.downsamplers.0.conv.*
        """, w.tensors, target)


@case
def vae_blocks_backwards():
    w, target = Weights(10), {}
    for k in range(3):
        target[f"up_blocks.{2 - k}.resnets.0.conv.weight"] = w(f"up.{k}.block.0.conv.weight", 2, 2)
    for old, new in zip(("q", "k", "v", "proj_out"), ("to_q", "to_k", "to_v", "to_out.0")):
        target[f"mid.{new}.weight"] = w(f"mid.attn_1.{old}.weight", 4, 4, 1, 1)[:, :, 0, 0]
    return Case("""
        let n = count(up.{k}.block.0.conv.weight)
        up.{n-1-i}.block.{j}.conv.* -> up_blocks.{i}.resnets.{j}.conv.*
        mid.attn_1.{q,k,v,proj_out}.weight -> mid.{to_q,to_k,to_v,to_out.0}.weight | squeeze(2, 3)
        """, w.tensors, {key: own(value) for key, value in target.items()})


@case
def clip_of_openai():
    w, target = Weights(11, torch.float16), {}
    target["text.projection.weight"] = own(w("text_projection", 4, 6).t())
    target["logit_scale"] = w("logit_scale")
    for side, new in (("transformer", "text"), ("visual.transformer", "vision")):
        for i in range(2):
            for leaf, shape in (("weight", (12, 4)), ("bias", (12,))):
                fused = w(f"{side}.resblocks.{i}.attn.in_proj_{leaf}", *shape)
                for k, name in enumerate("qkv"):
                    target[f"{new}.layers.{i}.attn.{name}_proj.{leaf}"] = own(fused[4 * k:4 * k + 4])
            for old, name in (("c_fc", "fc1"), ("c_proj", "fc2")):
                target[f"{new}.layers.{i}.mlp.{name}.bias"] = w(
                    f"{side}.resblocks.{i}.mlp.{old}.bias", 3)
    target["vision.class_embedding"] = w("visual.class_embedding", 4).reshape(1, 1, 4).clone()
    table = w("positional_embedding", 5, 4)
    target["text.positions.weight"] = table
    target["text.position_ids"] = torch.arange(5).reshape(1, 5)
    return Case("""
        let n = dim(positional_embedding, 0)
        text_projection -> text.projection.weight | t
        logit_scale -> =
        visual.class_embedding -> vision.class_embedding | unsqueeze(0, 1)
        positional_embedding -> text.positions.weight
        new text.position_ids = arange(n, 1, n) i64
        [{m:transformer,visual.transformer}.resblocks.{i}. -> {m:text,vision}.layers.{i}.]
        attn.in_proj_{p:weight,bias} -> attn.{q,k,v}_proj.{p:weight,bias} | split(0)
        mlp.{c_fc,c_proj}.* -> mlp.{fc1,fc2}.*
        """, w.tensors, target)


@case
def weight_norm_to_parametrizations():
    w, target = Weights(12), {}
    for key in ("encoder.pos_conv.0", "decoder.up.1"):
        target[f"{key}.parametrizations.weight.original0"] = w(f"{key}.weight_g", 1, 1, 3)
        target[f"{key}.parametrizations.weight.original1"] = w(f"{key}.weight_v", 4, 2, 3)
        target[f"{key}.bias"] = w(f"{key}.bias", 4)
    return Case("""
        **.weight_{g,v} -> **.parametrizations.weight.{original0,original1}
        keep **
        """, w.tensors, target)


@case
def convnext_to_timm():
    w, target = Weights(13), {}
    for j in (0, 1):
        target[f"stem.{j}.weight"] = w(f"downsample_layers.0.{j}.weight", 3, 3)
    for i in (1, 2, 3):
        for j in (0, 1):
            target[f"stages.{i}.downsample.{j}.weight"] = w(f"downsample_layers.{i}.{j}.weight", 3, 3)
    for i in (0, 1):
        for j in (0, 11):
            target[f"stages.{i}.blocks.{j}.gamma"] = w(f"stages.{i}.{j}.gamma", 3)
            for old, new in (("dwconv", "conv_dw"), ("pwconv1", "mlp.fc1"), ("pwconv2", "mlp.fc2")):
                target[f"stages.{i}.blocks.{j}.{new}.bias"] = w(f"stages.{i}.{j}.{old}.bias", 3)
    for leaf in ("weight", "bias"):
        target[f"head.norm.{leaf}"] = w(f"norm.{leaf}", 3)
        target[f"head.fc.{leaf}"] = w(f"head.{leaf}", 3)
    return Case("""
        downsample_layers.0.{j}.* -> stem.{j}.*
        downsample_layers.{i}.{j}.* -> stages.{i}.downsample.{j}.*
        stages.{i}.{j}.gamma -> stages.{i}.blocks.{j}.gamma
        stages.{i}.{j}.{dwconv,pwconv1,pwconv2}.* -> stages.{i}.blocks.{j}.{conv_dw,mlp.fc1,mlp.fc2}.*
        norm.* -> head.norm.*
        head.* -> head.fc.*
        """, w.tensors, target)


@case
def swin_to_timm():
    w, target = Weights(14), {}
    for i in range(2):
        for j in range(2):
            key = f"layers.{i}.blocks.{j}."
            target[f"{key}attn.qkv.weight"] = w(f"{key}attn.qkv.weight", 6, 2)
            target[f"{key}attn.relative_position_bias_table"] = w(
                f"{key}attn.relative_position_bias_table", 9, 2)
            w(f"{key}attn_mask", 4, 2, 2)
        if i == 0:
            target["layers.1.downsample.reduction.weight"] = w(
                "layers.0.downsample.reduction.weight", 4, 8)
    target["head.fc.weight"] = w("head.weight", 5, 4)
    return Case("""
        drop **.attn_mask
        layers.{i}.downsample.** -> layers.{i+1}.downsample.**
        head.* -> head.fc.*
        keep **
        """, w.tensors, target,
        lost=[f"layers.{i}.blocks.{j}.attn_mask" for i in (0, 1) for j in (0, 1)])


@case
def deit_with_two_heads():
    w, target = Weights(15), {}
    target["deit.embeddings.cls_token"] = w("cls_token", 1, 1, 6)
    target["deit.embeddings.distillation_token"] = w("dist_token", 1, 1, 6)
    for i in range(2):
        for leaf, shape in (("weight", (18, 6)), ("bias", (18,))):
            fused = w(f"blocks.{i}.attn.qkv.{leaf}", *shape)
            for k, name in enumerate(("query", "key", "value")):
                target[f"deit.encoder.layer.{i}.attention.attention.{name}.{leaf}"] = own(
                    fused[6 * k:6 * k + 6])
    for old, new in (("head", "cls_classifier"), ("head_dist", "distillation_classifier")):
        for leaf, shape in (("weight", (5, 6)), ("bias", (5,))):
            target[f"{new}.{leaf}"] = w(f"{old}.{leaf}", *shape)
    return Case("""
        {cls,dist}_token -> deit.embeddings.{cls,distillation}_token
        {head,head_dist}.* -> {cls,distillation}_classifier.*
        blocks.{i}.attn.qkv.* -> deit.encoder.layer.{i}.attention.attention.{query,key,value}.* | split(0)
        """, w.tensors, target)


@case
def mmdet_to_detectron():
    w, target = Weights(16), {}
    target["backbone.stem.conv1.weight"] = own(w("backbone.conv1.weight", 4, 3, 2, 2).flip(1))
    for i in range(4):
        for leaf, shape in (("weight", (4, 4, 1, 1)), ("bias", (4,))):
            target[f"fpn_lateral{i + 2}.{leaf}"] = w(f"neck.lateral_convs.{i}.conv.{leaf}", *shape)
            target[f"fpn_output{i + 2}.{leaf}"] = w(f"neck.fpn_convs.{i}.conv.{leaf}", *shape)
    background_first = w("bbox_head.fc_cls.weight", 6, 4)
    target["box_predictor.cls_score.weight"] = own(background_first.roll(-1, 0))
    boxes = w("bbox_head.fc_reg.weight", 24, 4)
    target["background.bbox_pred.weight"] = own(boxes[:4])
    target["box_predictor.bbox_pred.weight"] = own(boxes[4:])
    return Case("""
        backbone.conv1.weight -> backbone.stem.conv1.weight | reorder(1, [2, 1, 0])
        neck.{lateral_convs,fpn_convs}.{i}.conv.* -> fpn_{lateral,output}{i+2}.*
        bbox_head.fc_cls.weight -> box_predictor.cls_score.weight | roll(0, -1)
        bbox_head.fc_reg.weight -> {background,box_predictor}.bbox_pred.weight | split(0, [4, 20])
        """, w.tensors, target)


@case
def shadow_names_with_underscores():
    w, target = Weights(17), {}
    for i in (0, 1, 10):
        for old, new in (("self_attn_in_proj_weight", "self_attn.in_proj.weight"),
                         ("norm_bias", "norm.bias")):
            target[f"model.layers.{i}.{new}"] = w(f"shadow_model_layers_{i}_{old}", 3, 2)
    target["model.time_embed.0.weight"] = w("shadow_model_time_embed_0_weight", 2)
    w("num_updates")
    return Case("""
        drop num_updates
        shadow_model_layers_{i}_{self_attn_in_proj,norm}_{weight,bias} -> model.layers.{i}.{self_attn.in_proj,norm}.{weight,bias}
        shadow_model_*_{i}_{weight,bias} -> model.*.{i}.{weight,bias}
        """, w.tensors, target, lost=["num_updates"])


@case
def gemma_to_scanned_layers():
    w, target = Weights(18), {}
    downs = [w(f"model.layers.{i}.mlp.down_proj.weight", 4, 6) for i in range(6)]
    target["layers/mlp_local/wo/kernel"] = stack([d.t() for d in downs[0::2]], 1)
    target["layers/mlp_global/wo/kernel"] = stack([d.t() for d in downs[1::2]], 1)
    queries = [w(f"model.layers.{i}.self_attn.q_proj.weight", 8, 4) for i in range(6)]
    scaled = [own(q.t()).reshape(4, 2, 4) * torch.tensor(0.5) for q in queries]
    target["layers/attn_local/query/kernel"] = stack(scaled[0::2], 1)
    target["layers/attn_global/query/kernel"] = stack(scaled[1::2], 1)
    target["decoder_norm/scale"] = w("model.norm.weight", 4) + 1
    embedding = w("model.embed_tokens.weight", 5, 4)
    target["embedder/embedding"] = cat([embedding, torch.zeros(3, 4)]) * 2
    return Case("""
        param layers
        param hidden = 4
        param vocabulary = 5
        let last = layers / 2 - 1
        model.layers.{2*k}.mlp.down_proj.weight -> layers/mlp_local/wo/kernel | t | stack(k, 1)
        model.layers.{2*k+1}.mlp.down_proj.weight -> layers/mlp_global/wo/kernel | t | stack(k, 1)
        model.layers.{2*k}.self_attn.q_proj.weight -> layers/attn_local/query/kernel | t | rearrange("m (h d) -> m h d", d=4) | mul(1/sqrt(4)) | stack(k, 1)
        model.layers.{2*k+1}.self_attn.q_proj.weight -> layers/attn_global/query/kernel | t | rearrange("m (h d) -> m h d", d=4) | mul(1/sqrt(4)) | stack(k, 1)
        model.norm.weight -> decoder_norm/scale | add(1)
        model.embed_tokens.weight -> embedder/embedding | pad(0, vocabulary to 8) | mul(sqrt(hidden))
        """, w.tensors, target, {"layers": 6}, lost=["model.norm.weight"])


@case
def siglip_layers_unstacked():
    w, target = Weights(19), {}
    kernel = w("img/encoderblock/attn/query/kernel", 2, 6, 3, 2)
    out = w("img/encoderblock/attn/out/kernel", 2, 3, 2, 6)
    for i in range(2):
        target[f"blocks.{i}.q.weight"] = own(kernel[i].reshape(6, 6).t())
    for i in range(2):
        target[f"blocks.{i}.out.weight"] = own(out[i].reshape(6, 6).t())
    patches = w("img/embedding/kernel", 4, 4, 3, 6)
    target["patch_embed.weight"] = own(patches.permute(3, 2, 0, 1))
    return Case("""
        img/encoderblock/attn/query/kernel -> blocks.{i}.q.weight | rearrange("l m h d -> l (h d) m", h=3) | unstack(0)
        img/encoderblock/attn/out/kernel -> blocks.{i}.out.weight | rearrange("l h d m -> l m (h d)", h=3) | unstack(0)
        img/embedding/kernel -> patch_embed.weight | permute(3, 2, 0, 1)
        """, w.tensors, target)


@case
def phi3_unequal_parts():
    w, target = Weights(20, torch.bfloat16), {}
    for i in range(2):
        fused = w(f"model.layers.{i}.self_attn.qkv_proj.weight", 8 + 4 + 4, 6)
        for name, part in zip("qkv", fused.split([8, 4, 4])):
            target[f"layers.{i}.attn.{name}_proj.weight"] = own(part)
        gate, up = w(f"model.layers.{i}.mlp.gate_up_proj.weight", 10, 6).chunk(2)
        target[f"layers.{i}.mlp.w1.weight"], target[f"layers.{i}.mlp.w3.weight"] = own(gate), own(up)
    return Case("""
        param heads
        param kv
        param size
        [model.layers.{i}. -> layers.{i}.]
        self_attn.qkv_proj.weight -> attn.{q,k,v}_proj.weight | split(0, [heads*size, kv*size, kv*size])
        mlp.gate_up_proj.weight -> mlp.w1.weight, mlp.w3.weight | split(0)
        """, w.tensors, target, {"heads": 4, "kv": 2, "size": 2}, skips_model=True)


@case
def lstm_gates_and_modulation():
    w, target = Weights(21), {}
    weights = w("lstm.W", 8, 3)
    target["lstm.weight_ih_l0"] = own(weights.reshape(4, 2, 3)[[0, 1, 3, 2]].reshape(8, 3))
    for leaf, shape in (("weight", (6, 4)), ("bias", (6,))):
        shift, scale = w(f"final_layer.adaLN_modulation.1.{leaf}", *shape).chunk(2)
        target[f"norm_out.linear.{leaf}"] = cat([scale, shift])
    target["mtp_layers.0.enorm.weight"] = w("model.layers.61.enorm.weight", 3)
    target["model.layers.60.enorm.weight"] = w("model.layers.60.enorm.weight", 3)
    return Case("""
        param layers = 61
        lstm.W -> lstm.weight_ih_l0 | reorder(0, [0, 1, 3, 2])
        final_layer.adaLN_modulation.1.* -> norm_out.linear.* | reorder(0, [1, 0])
        model.layers.{i+layers}.enorm.weight -> mtp_layers.{i}.enorm.weight
        keep model.layers.{i}.enorm.weight
        """, w.tensors, target)


@case
def ernie_experts_of_two_kinds():
    w, target = Weights(22), {}
    pairs = [[w(f"layers.0.experts.{e}.{g}_proj.weight", 3, 2) for g in ("gate", "up")]
             for e in range(4)]
    for name, part in (("text", pairs[:2]), ("vision", pairs[2:])):
        target[f"layers.0.{name}_moe.gate_up"] = cat(
            [stack([p[0] for p in part]), stack([p[1] for p in part])], 1)
    return Case("""
        layers.{i}.experts.{e:0..1}.{g:gate_proj,up_proj}.weight -> layers.{i}.text_moe.gate_up | stack(e, 0) | cat(g, 1)
        layers.{i}.experts.{e+2}.{g:gate_proj,up_proj}.weight -> layers.{i}.vision_moe.gate_up | stack(e, 0) | cat(g, 1)
        """, w.tensors, target, lost=[f"layers.0.experts.{e}.{g}_proj.weight" for e in (2, 3) for g in ("gate", "up")])


@case
def wrappers_and_adapters():
    w, target = Weights(23), {}
    for key in ("q_proj.base_layer.weight", "q_proj.lora_A.default.weight", "v_proj.weight"):
        value = w(f"base_model.model._orig_mod.layers.0.{key}", 2, 3)
        target[f"layers.0.{key.replace('.base_layer', '').replace('.default', '')}"] = value
    # The inverse of the last rule takes every key: what an adapter was is not to be seen any more.
    return Case("""
        base_model.model._orig_mod.**.base_layer.* -> **.*
        base_model.model._orig_mod.**.lora_{A,B}.default.* -> **.lora_{A,B}.*
        base_model.model._orig_mod.** -> **
        """, w.tensors, target, lost=[
            "base_model.model._orig_mod.layers.0.q_proj.lora_A.default.weight",
            "base_model.model._orig_mod.layers.0.v_proj.weight",
            "base_model.model._orig_mod.layers.0.q_proj.base_layer.weight",
            "base_model.model._orig_mod.layers.0.q_proj.lora_A.base_layer.weight",
            "base_model.model._orig_mod.layers.0.v_proj.base_layer.weight"])
