"""Sources, rules and targets: models of images and sound. Sizes are tiny and differ from each
other, so that a wrong axis, head count or order shows.
"""
import torch
from torch import cat

from conversion_kit import Case, Weights, case, own


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
                    part = own(fused[4 * k:4 * k + 4])
                    target[f"{new}.layers.{i}.attn.{name}_proj.{leaf}"] = part
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
            target[f"stages.{i}.downsample.{j}.weight"] = w(
                f"downsample_layers.{i}.{j}.weight", 3, 3)
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
