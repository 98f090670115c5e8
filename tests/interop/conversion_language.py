"""Sources, rules and targets: models of language. Sizes are tiny and differ from each other, so
that a wrong axis, head count or order shows.
"""
import torch
from torch import cat, stack

from conversion_kit import Case, Weights, case, halves, own


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
            own_attention = "attention" if side == "encoder" else "self_attention"
            kinds = [("SelfAttention", own_attention),
                     ("EncDecAttention", "encoder_decoder_attention")]
            for place, (kind, flax) in enumerate(kinds[:1] if side == "encoder" else kinds):
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


@case
def llama_of_meta():
    size, w, target = 4, Weights(8, torch.float16), {}
    target["model.embed_tokens.weight"] = w("tok_embeddings.weight", 9, 8)
    for i in range(2):
        old, new = f"layers.{i}.", f"model.layers.{i}."
        for part, rows in (("q", 16), ("k", 8)):
            pairs = w(f"{old}attention.w{part}.weight", rows, 8)
            target[f"{new}self_attn.{part}_proj.weight"] = halves(pairs, size)
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
def phi3_unequal_parts():
    w, target = Weights(20, torch.bfloat16), {}
    for i in range(2):
        fused = w(f"model.layers.{i}.self_attn.qkv_proj.weight", 8 + 4 + 4, 6)
        for name, part in zip("qkv", fused.split([8, 4, 4])):
            target[f"layers.{i}.attn.{name}_proj.weight"] = own(part)
        gate, up = w(f"model.layers.{i}.mlp.gate_up_proj.weight", 10, 6).chunk(2)
        target[f"layers.{i}.mlp.w1.weight"] = own(gate)
        target[f"layers.{i}.mlp.w3.weight"] = own(up)
    return Case("""
        param heads
        param kv
        param size
        [model.layers.{i}. -> layers.{i}.]
        self_attn.qkv_proj.weight -> attn.{q,k,v}_proj.weight | split(0, [heads*size, kv*size, kv*size])
        mlp.gate_up_proj.weight -> mlp.w1.weight, mlp.w3.weight | split(0)
        """, w.tensors, target, {"heads": 4, "kv": 2, "size": 2}, skips_model=True)


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
        """, w.tensors, target, lost=[
            f"layers.0.experts.{e}.{g}_proj.weight" for e in (2, 3) for g in ("gate", "up")])


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
