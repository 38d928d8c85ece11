"""Writes conversions.json, which `npm run renames -- --pack conversions.json` puts into fixtures/diff/conversions.json.br: real pairs of one model under the names of two libraries.

    python scripts/renames/generate.py [OUT]

Names and shapes of the side that a library of today writes are those of its own model class, made on the meta device; those
of the other side are of the other library's class where it can be had, else they follow from the key map of the published
conversion script, which each pair names. `map` has the keys that are the same tensor under another name; keys that are
joined, split or made by the model itself are in none. Needs torch, transformers, timm, torchvision, diffusers and openai-whisper.
"""
import json
import re
import sys
import warnings

import torch

warnings.filterwarnings("ignore")
import timm  # noqa: E402
import torchvision  # noqa: E402
import transformers as hf  # noqa: E402

import further  # noqa: E402

out = sys.argv[1] if len(sys.argv) > 1 else "conversions.json"
pairs = []


def entries(model):
    return {k: list(v.shape) for k, v in model.state_dict().items()}


def meta(make):
    with torch.device("meta"):
        return entries(make())


def rewritten(name, rules):
    for pattern, target in rules:
        new, times = re.subn("^" + pattern + "$", target, name)
        if times:
            return new
    return None


def pair(what, source, a, b, rules, drop=()):
    """`rules`: regular expressions of whole names of `a` to names of `b`. Names without a rule have no partner."""
    mapped = {}
    for name in a:
        new = rewritten(name, rules)
        if new is not None:
            assert new in b, (what, name, new)
            mapped[name] = new
    assert len(set(mapped.values())) == len(mapped), what
    pairs.append({"what": what, "source": source, "a": a, "b": b, "map": mapped})


def inverse(what, source, b, rules, more=None):
    """The other way: `rules` give the original name of each name of the model `b`, where there is one; None leaves it out."""
    a, mapped = {}, {}
    for name, shape in b.items():
        new = rewritten(name, rules)
        if new is None or new == "-":
            continue
        a[new] = shape
        mapped[new] = name
    assert len(a) == len(mapped) and len(set(mapped.values())) == len(mapped)
    for name, shape in (more or {}).items():
        a[name] = shape
    pairs.append({"what": what, "source": source, "a": a, "b": b, "map": mapped})


def attempt(f):
    try:
        f()
    except Exception as error:  # noqa: BLE001
        print("left out:", f.__name__, type(error).__name__, str(error)[:300])


L = r"(\d+)"
P = r"(weight|bias)"


@attempt
def vit():
    b = meta(lambda: hf.ViTForImageClassification(hf.ViTConfig(num_labels=1000)))
    a = meta(lambda: timm.create_model("vit_base_patch16_224"))
    rest = next(iter(b))
    pre = "vit.encoder.layer." if any(k.startswith("vit.encoder.layer.") for k in b) else "vit.layers."
    out_proj = next(k for k in b if k.startswith(pre + "0.attention") and "output" in k or k.startswith(pre + "0.attention.o_proj"))
    out_proj = re.sub(r"\.weight$|\.bias$", "", out_proj[len(pre + "0.") :])
    fc1 = next(k for k in b if k.startswith(pre + "0.") and ("intermediate" in k or "fc1" in k))[len(pre + "0.") :].rsplit(".", 1)[0]
    fc2 = "output.dense" if "intermediate" in fc1 else fc1.replace("fc1", "fc2")
    globals()["VIT"] = [
        ("cls_token", "vit.embeddings.cls_token"), ("pos_embed", "vit.embeddings.position_embeddings"),
        (r"patch_embed\.proj\." + P, r"vit.embeddings.patch_embeddings.projection.\1"),
        (rf"blocks\.{L}\.norm1\.{P}", pre + r"\1.layernorm_before.\2"), (rf"blocks\.{L}\.norm2\.{P}", pre + r"\1.layernorm_after.\2"),
        (rf"blocks\.{L}\.attn\.proj\.{P}", pre + r"\1." + out_proj + r".\2"),
        (rf"blocks\.{L}\.mlp\.fc1\.{P}", pre + r"\1." + fc1 + r".\2"), (rf"blocks\.{L}\.mlp\.fc2\.{P}", pre + r"\1." + fc2 + r".\2"),
        (r"norm\." + P, r"vit.layernorm.\1"), (r"head\." + P, r"classifier.\1"),
    ]
    pair("ViT, timm into transformers", "transformers convert_vit_timm_to_pytorch.py", a, b, VIT)
    a = meta(lambda: torchvision.models.vit_b_16())
    e = r"encoder\.layers\.encoder_layer_" + L
    tv = [
        ("class_token", "cls_token"), (r"encoder\.pos_embedding", "pos_embed"), (r"conv_proj\." + P, r"patch_embed.proj.\1"),
        (e + r"\.ln_1\." + P, r"blocks.\1.norm1.\2"), (e + r"\.ln_2\." + P, r"blocks.\1.norm2.\2"), (e + r"\.self_attention\.in_proj_" + P, r"blocks.\1.attn.qkv.\2"),
        (e + r"\.self_attention\.out_proj\." + P, r"blocks.\1.attn.proj.\2"), (e + r"\.mlp\.0\." + P, r"blocks.\1.mlp.fc1.\2"), (e + r"\.mlp\.3\." + P, r"blocks.\1.mlp.fc2.\2"),
        (r"encoder\.ln\." + P, r"norm.\1"), (r"heads\.head\." + P, r"head.\1"),
    ]
    t = meta(lambda: timm.create_model("vit_base_patch16_224"))
    pair("ViT, torchvision into timm", "torchvision vision_transformer.py and timm vision_transformer.py, same layers in order", a, t, tv)
    chained = []
    for name in a:
        new = rewritten(name, tv)
        new = new and rewritten(new, VIT)
        if new:
            chained.append((re.escape(name), new))
    pair("ViT, torchvision into transformers", "the two above in turn", a, b, chained)


@attempt
def deit():
    b = meta(lambda: hf.DeiTForImageClassificationWithTeacher(hf.DeiTConfig(num_labels=1000)))
    a = meta(lambda: timm.create_model("deit_base_distilled_patch16_224"))
    rules = [(x, y.replace("vit.", "deit.").replace("classifier", "cls_classifier")) for x, y in VIT]
    rules += [("dist_token", "deit.embeddings.distillation_token"), (r"head_dist\." + P, r"distillation_classifier.\1")]
    pair("DeiT, timm into transformers", "transformers convert_deit_timm_to_pytorch.py", a, b, rules)


def hf_names(b, block, **wanted):
    """How this version calls the parts of a block."""
    found = {}
    for part, options in wanted.items():
        found[part] = next(option for option in options if block + option + ".weight" in b)
    return found


@attempt
def swin():
    b = meta(lambda: hf.SwinForImageClassification(hf.SwinConfig(num_labels=1000)))
    a = meta(lambda: timm.create_model("swin_tiny_patch4_window7_224"))
    n = hf_names(b, "swin.encoder.layers.0.blocks.0.", out=["attention.output.dense", "attention.o_proj"], fc1=["intermediate.dense", "mlp.fc1"], fc2=["output.dense", "mlp.fc2"])
    rules = [
        (r"patch_embed\.proj\." + P, r"swin.embeddings.patch_embeddings.projection.\1"), (r"patch_embed\.norm\." + P, r"swin.embeddings.norm.\1"),
        (rf"layers\.{L}\.blocks\.{L}\.norm1\.{P}", r"swin.encoder.layers.\1.blocks.\2.layernorm_before.\3"), (rf"layers\.{L}\.blocks\.{L}\.norm2\.{P}", r"swin.encoder.layers.\1.blocks.\2.layernorm_after.\3"),
        (rf"layers\.{L}\.blocks\.{L}\.attn\.proj\.{P}", rf"swin.encoder.layers.\1.blocks.\2.{n['out']}.\3"),
        (rf"layers\.{L}\.blocks\.{L}\.mlp\.fc1\.{P}", rf"swin.encoder.layers.\1.blocks.\2.{n['fc1']}.\3"), (rf"layers\.{L}\.blocks\.{L}\.mlp\.fc2\.{P}", rf"swin.encoder.layers.\1.blocks.\2.{n['fc2']}.\3"),
        (rf"layers\.{L}\.blocks\.{L}\.attn\.relative_position_bias_table", next(re.sub(r"0\.blocks\.0", r"\\1.blocks.\\2", k) for k in b if "layers.0.blocks.0" in k and "bias_table" in k)),
        (r"norm\." + P, r"swin.layernorm.\1"), (r"head\.fc\." + P, r"classifier.\1"),
    ]
    for i in range(1, 4):
        for k in ("norm", "reduction"):
            rules.append((rf"layers\.{i}\.downsample\.{k}\.{P}", rf"swin.encoder.layers.{i - 1}.downsample.{k}.\1"))
    pair("Swin, timm into transformers", "transformers convert_swin_timm_to_pytorch.py", a, b, rules)


@attempt
def convnext():
    b = meta(lambda: hf.ConvNextForImageClassification(hf.ConvNextConfig(num_labels=1000)))
    layer = "convnext.encoder.stages.{}.layers.{}."
    rules = [
        (r"convnext\.embeddings\.patch_embeddings\." + P, r"downsample_layers.0.0.\1"), (r"convnext\.embeddings\.layernorm\." + P, r"downsample_layers.0.1.\1"),
        (rf"convnext\.encoder\.stages\.{L}\.downsampling_layer\.{L}\.{P}", r"downsample_layers.\1.\2.\3"),
        (rf"convnext\.encoder\.stages\.{L}\.layers\.{L}\.layernorm\.{P}", r"stages.\1.\2.norm.\3"), (rf"convnext\.encoder\.stages\.{L}\.layers\.{L}\.layer_scale_parameter", r"stages.\1.\2.gamma"),
        (rf"convnext\.encoder\.stages\.{L}\.layers\.{L}\.(.*)", r"stages.\1.\2.\3"), (r"convnext\.layernorm\." + P, r"norm.\1"), (r"classifier\." + P, r"head.\1"),
    ]
    inverse("ConvNeXt, the authors' into transformers", "transformers convert_convnext_to_pytorch.py", b, rules)
    t = meta(lambda: timm.create_model("convnext_tiny"))
    to_timm = [
        (rf"stem\.0\.{P}", r"convnext.embeddings.patch_embeddings.\1"), (rf"stem\.1\.{P}", r"convnext.embeddings.layernorm.\1"),
        (rf"stages\.{L}\.downsample\.{L}\.{P}", r"convnext.encoder.stages.\1.downsampling_layer.\2.\3"), (rf"stages\.{L}\.blocks\.{L}\.gamma", r"convnext.encoder.stages.\1.layers.\2.layer_scale_parameter"),
        (rf"stages\.{L}\.blocks\.{L}\.conv_dw\.{P}", r"convnext.encoder.stages.\1.layers.\2.dwconv.\3"), (rf"stages\.{L}\.blocks\.{L}\.norm\.{P}", r"convnext.encoder.stages.\1.layers.\2.layernorm.\3"),
        (rf"stages\.{L}\.blocks\.{L}\.mlp\.fc1\.{P}", r"convnext.encoder.stages.\1.layers.\2.pwconv1.\3"), (rf"stages\.{L}\.blocks\.{L}\.mlp\.fc2\.{P}", r"convnext.encoder.stages.\1.layers.\2.pwconv2.\3"),
        (rf"head\.norm\.{P}", r"convnext.layernorm.\1"), (rf"head\.fc\.{P}", r"classifier.\1"),
    ]
    pair("ConvNeXt, timm into transformers", "timm convnext.py (checkpoint_filter_fn) and the script above", t, b, to_timm)


@attempt
def resnet():
    b = meta(lambda: hf.ResNetForImageClassification(hf.ResNetConfig(num_labels=1000)))
    a = meta(lambda: torchvision.models.resnet50())
    end = r"(weight|bias|running_mean|running_var|num_batches_tracked)"
    rules = [(r"conv1\.weight", "resnet.embedder.embedder.convolution.weight"), (r"bn1\." + end, r"resnet.embedder.embedder.normalization.\1"), (r"fc\." + P, r"classifier.1.\1")]
    for i in range(1, 5):
        for k in (1, 2, 3):
            rules.append((rf"layer{i}\.{L}\.conv{k}\.weight", rf"resnet.encoder.stages.{i - 1}.layers.\1.layer.{k - 1}.convolution.weight"))
            rules.append((rf"layer{i}\.{L}\.bn{k}\.{end}", rf"resnet.encoder.stages.{i - 1}.layers.\1.layer.{k - 1}.normalization.\2"))
        rules.append((rf"layer{i}\.{L}\.downsample\.0\.weight", rf"resnet.encoder.stages.{i - 1}.layers.\1.shortcut.convolution.weight"))
        rules.append((rf"layer{i}\.{L}\.downsample\.1\.{end}", rf"resnet.encoder.stages.{i - 1}.layers.\1.shortcut.normalization.\2"))
    pair("ResNet-50, torchvision into transformers", "transformers convert_resnet_to_pytorch.py", a, b, rules)


def llama_rules(model="model", o="wo"):
    return [
        (r"model\.embed_tokens\.weight", "tok_embeddings.weight"), (r"model\.norm\.weight", "norm.weight"), (r"lm_head\.weight", "output.weight"),
        *[(rf"model\.layers\.{L}\.self_attn\.{x}_proj\.weight", rf"layers.\1.attention.w{x}.weight") for x in "qkvo"],
        (rf"model\.layers\.{L}\.mlp\.gate_proj\.weight", r"layers.\1.feed_forward.w1.weight"), (rf"model\.layers\.{L}\.mlp\.down_proj\.weight", r"layers.\1.feed_forward.w2.weight"),
        (rf"model\.layers\.{L}\.mlp\.up_proj\.weight", r"layers.\1.feed_forward.w3.weight"), (rf"model\.layers\.{L}\.input_layernorm\.weight", r"layers.\1.attention_norm.weight"),
        (rf"model\.layers\.{L}\.post_attention_layernorm\.weight", r"layers.\1.ffn_norm.weight"),
    ]


@attempt
def llama():
    for what, config in (("Llama 7B", hf.LlamaConfig()), ("Llama 3 8B", hf.LlamaConfig(vocab_size=128256, intermediate_size=14336, num_key_value_heads=8))):
        inverse(f"{what}, Meta's into transformers", "transformers convert_llama_weights_to_hf.py (q and k with permuted rows)", meta(lambda: hf.LlamaForCausalLM(config)), llama_rules())
    inverse("Mistral 7B, its own into transformers", "transformers convert_mistral_weights_to_hf.py", meta(lambda: hf.MistralForCausalLM(hf.MistralConfig())), llama_rules())


@attempt
def clip():
    b = meta(lambda: hf.CLIPModel(hf.CLIPConfig()))
    def side(prefix, old):
        block = rf"{prefix}\.encoder\.layers\.{L}\."
        new = old + r"transformer.resblocks.\1."
        return [
            (block + r"layer_norm1\." + P, new + r"ln_1.\2"), (block + r"layer_norm2\." + P, new + r"ln_2.\2"), (block + r"mlp\.fc1\." + P, new + r"mlp.c_fc.\2"),
            (block + r"mlp\.fc2\." + P, new + r"mlp.c_proj.\2"), (block + r"self_attn\.out_proj\." + P, new + r"attn.out_proj.\2"),
        ]
    rules = [
        *side("text_model", ""), *side("vision_model", "visual."),
        (r"text_model\.embeddings\.token_embedding\.weight", "token_embedding.weight"), (r"text_model\.embeddings\.position_embedding\.weight", "positional_embedding"),
        (r"text_model\.final_layer_norm\." + P, r"ln_final.\1"), (r"vision_model\.embeddings\.class_embedding", "visual.class_embedding"),
        (r"vision_model\.embeddings\.patch_embedding\.weight", "visual.conv1.weight"), (r"vision_model\.embeddings\.position_embedding\.weight", "visual.positional_embedding"),
        (r"vision_model\.pre_layrnorm\." + P, r"visual.ln_pre.\1"), (r"vision_model\.post_layernorm\." + P, r"visual.ln_post.\1"), ("logit_scale", "logit_scale"),
    ]
    more = {}
    for old, width, layers in (("", 512, 12), ("visual.", 768, 12)):
        for i in range(layers):
            more[f"{old}transformer.resblocks.{i}.attn.in_proj_weight"] = [3 * width, width]
            more[f"{old}transformer.resblocks.{i}.attn.in_proj_bias"] = [3 * width]
    inverse("CLIP, OpenAI's into transformers", "transformers convert_clip_original_pytorch_to_hf.py (copies layer by layer; in_proj is split)", b, rules, more)


@attempt
def whisper():
    from whisper.model import ModelDimensions, Whisper

    dims = ModelDimensions(80, 1500, 384, 6, 4, 51865, 448, 384, 6, 4)
    a = entries(Whisper(dims))
    config = hf.WhisperConfig(d_model=384, encoder_layers=4, decoder_layers=4, encoder_attention_heads=6, decoder_attention_heads=6, encoder_ffn_dim=1536, decoder_ffn_dim=1536, vocab_size=51865)
    b = meta(lambda: hf.WhisperModel(config))
    maps = [("blocks", "layers"), ("mlp.0", "fc1"), ("mlp.2", "fc2"), ("mlp_ln", "final_layer_norm"), ("cross_attn.query", "encoder_attn.q_proj"), ("cross_attn.key", "encoder_attn.k_proj"), ("cross_attn.value", "encoder_attn.v_proj"),
            ("cross_attn_ln", "encoder_attn_layer_norm"), ("cross_attn.out", "encoder_attn.out_proj"), (".attn.query", ".self_attn.q_proj"), (".attn.key", ".self_attn.k_proj"), (".attn.value", ".self_attn.v_proj"), (".attn.out", ".self_attn.out_proj"),
            (".attn_ln", ".self_attn_layer_norm"), ("decoder.ln", "decoder.layer_norm"), ("encoder.ln_post", "encoder.layer_norm"), ("token_embedding", "embed_tokens"), ("encoder.positional_embedding", "encoder.embed_positions.weight"), ("decoder.positional_embedding", "decoder.embed_positions.weight")]
    rules = []
    for name in a:
        new = name
        for x, y in maps:
            new = new.replace(x, y)
        if new in b:
            rules.append((re.escape(name), new))
    pair("Whisper, OpenAI's into transformers", "transformers convert_openai_to_hf.py", a, b, rules)


def resnet_parts(name):
    for new, old in (("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("norm2", "out_layers.0"), ("conv2", "out_layers.3"), ("time_emb_proj", "emb_layers.1"), ("conv_shortcut", "skip_connection")):
        name = name.replace("." + new + ".", "." + old + ".")
    return name


def unet_original(name, blocks, attention):
    """scripts/convert_diffusers_to_original_stable_diffusion.py and its SDXL sister."""
    fixed = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2", "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    for new, old in fixed.items():
        if name.startswith(new + "."):
            return old + name[len(new):]
    found = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.*)", name)
    if found:
        side, i, what, j, rest = found.group(1), int(found.group(2)), found.group(3), int(found.group(4)), found.group(5)
        at = f"input_blocks.{3 * i + j + 1}" if side == "down" else f"output_blocks.{3 * i + j}"
        return f"{at}.{0 if what == 'resnets' else 1}." + (resnet_parts("." + rest)[1:] if what == "resnets" else rest)
    found = re.match(r"down_blocks\.(\d+)\.downsamplers\.0\.conv\.(.*)", name)
    if found:
        return f"input_blocks.{3 * (int(found.group(1)) + 1)}.0.op.{found.group(2)}"
    found = re.match(r"up_blocks\.(\d+)\.upsamplers\.0\.(.*)", name)
    if found:
        i = int(found.group(1))
        return f"output_blocks.{3 * i + 2}.{2 if attention(i) else 1}.{found.group(2)}"
    found = re.match(r"mid_block\.(attentions|resnets)\.(\d+)\.(.*)", name)
    if found:
        if found.group(1) == "attentions":
            return f"middle_block.1.{found.group(3)}"
        return f"middle_block.{2 * int(found.group(2))}." + resnet_parts("." + found.group(3))[1:]
    return None


def vae_original(name):
    name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out").replace("mid_block.attentions.0.", "mid.attn_1.")
    for side in ("encoder", "decoder"):
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m.group(1)) + 1}", name)
        name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
        name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m.group(1))}.block.{m.group(2)}", name)
        name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m.group(1))}.upsample", name)
    for new, old in (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
        name = name.replace(f"attn_1.{new}.", f"attn_1.{old}.")
    return name


def converted(what, source, b, original, shape=lambda name, shape: shape):
    a, mapped = {}, {}
    for name, size in b.items():
        old = original(name)
        if old is None:
            print("no original of", name)
            continue
        if isinstance(old, tuple):  # One of three that are joined under this name.
            a[old[0]] = [3 * size[0], *size[1:]]
            continue
        a[old] = shape(old, size)
        mapped[old] = name
    pairs.append({"what": what, "source": source, "a": a, "b": b, "map": mapped})


@attempt
def diffusers():
    from diffusers import AutoencoderKL, UNet2DConditionModel

    sd15 = meta(lambda: UNet2DConditionModel(cross_attention_dim=768))
    converted("Stable Diffusion 1.5 U-Net, original into diffusers", "diffusers convert_diffusers_to_original_stable_diffusion.py", sd15, lambda n: unet_original(n, 4, lambda i: i > 0))
    sdxl = meta(lambda: UNet2DConditionModel(block_out_channels=(320, 640, 1280), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10), attention_head_dim=(5, 10, 20), cross_attention_dim=2048, use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816))
    converted("Stable Diffusion XL U-Net, original into diffusers", "diffusers convert_diffusers_to_original_sdxl.py", sdxl, lambda n: unet_original(n, 3, lambda i: i < 2))
    vae = meta(lambda: AutoencoderKL(block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4))
    converted("Stable Diffusion VAE, original into diffusers", "diffusers convert_diffusers_to_original_stable_diffusion.py", vae, vae_original,
        lambda name, size: [*size, 1, 1] if re.search(r"attn_1\.(q|k|v|proj_out)\.weight", name) else size)


@attempt
def bert():
    b = meta(lambda: hf.BertForPreTraining(hf.BertConfig()))
    def original(name):
        if name.startswith("cls.predictions.decoder") or name.endswith("position_ids"):
            return None
        if name == "cls.predictions.bias":
            return "cls/predictions/output_bias"
        old = re.sub(r"\.layer\.(\d+)\.", r".layer_\1.", name)
        if "LayerNorm" in old:
            old = re.sub(r"weight$", "gamma", re.sub(r"bias$", "beta", old))
        elif re.search(r"embeddings\.weight$", old):
            old = re.sub(r"\.weight$", "", old)
        else:
            old = re.sub(r"weight$", "kernel", old)
        old = old.replace("cls.seq_relationship.kernel", "cls.seq_relationship.output_weights").replace("cls.seq_relationship.bias", "cls.seq_relationship.output_bias")
        return old.replace(".", "/")
    converted("BERT, Google's into transformers", "transformers convert_bert_original_tf_checkpoint_to_pytorch.py", b, original, lambda name, size: size[::-1] if name.endswith("kernel") else size)


def fairseq_block(b, prefix, target, n, first="self_attn"):
    block, new = rf"{re.escape(target)}{L}\.", prefix + r"\1."
    rules = []
    for new_part, old_part in n.items():
        rules.append((block + re.escape(new_part) + r"\." + P, new + old_part + r".\2"))
    return rules


@attempt
def wav2vec2():
    b = meta(lambda: hf.Wav2Vec2Model(hf.Wav2Vec2Config()))
    parts = {"attention.k_proj": "self_attn.k_proj", "attention.q_proj": "self_attn.q_proj", "attention.v_proj": "self_attn.v_proj", "attention.out_proj": "self_attn.out_proj", "layer_norm": "self_attn_layer_norm",
             "feed_forward.intermediate_dense": "fc1", "feed_forward.output_dense": "fc2", "final_layer_norm": "final_layer_norm"}
    rules = [
        *fairseq_block(b, "encoder.layers.", "encoder.layers.", parts), ("masked_spec_embed", "mask_emb"), (r"feature_projection\.projection\." + P, r"post_extract_proj.\1"), (r"feature_projection\.layer_norm\." + P, r"layer_norm.\1"),
        (r"encoder\.layer_norm\." + P, r"encoder.layer_norm.\1"), (rf"feature_extractor\.conv_layers\.{L}\.conv\.{P}", r"feature_extractor.conv_layers.\1.0.\2"), (rf"feature_extractor\.conv_layers\.{L}\.layer_norm\.{P}", r"feature_extractor.conv_layers.\1.2.\2"),
        (r"encoder\.pos_conv_embed\.conv\.bias", "encoder.pos_conv.0.bias"), (r"encoder\.pos_conv_embed\.conv\.parametrizations\.weight\.original0", "encoder.pos_conv.0.weight_g"), (r"encoder\.pos_conv_embed\.conv\.parametrizations\.weight\.original1", "encoder.pos_conv.0.weight_v"),
    ]
    inverse("wav2vec 2.0, fairseq's into transformers", "transformers convert_wav2vec2_original_pytorch_checkpoint_to_pytorch.py", b, rules)
    h = meta(lambda: hf.HubertModel(hf.HubertConfig()))
    inverse("HuBERT, fairseq's into transformers", "transformers convert_hubert_original_pytorch_checkpoint_to_pytorch.py", h, rules)


@attempt
def roberta():
    b = meta(lambda: hf.RobertaForMaskedLM(hf.RobertaConfig()))
    old = "decoder.sentence_encoder."
    block = rf"roberta\.encoder\.layer\.{L}\."
    new = old + r"layers.\1."
    rules = [
        (r"roberta\.embeddings\.word_embeddings\.weight", old + "embed_tokens.weight"), (r"roberta\.embeddings\.position_embeddings\.weight", old + "embed_positions.weight"), (r"roberta\.embeddings\.LayerNorm\." + P, old + r"emb_layer_norm.\1"),
        *[(block + rf"attention\.self\.{x}\.{P}", new + rf"self_attn.{x[0]}_proj.\2") for x in ("query", "key", "value")],
        (block + r"attention\.output\.dense\." + P, new + r"self_attn.out_proj.\2"), (block + r"attention\.output\.LayerNorm\." + P, new + r"self_attn_layer_norm.\2"),
        (block + r"intermediate\.dense\." + P, new + r"fc1.\2"), (block + r"output\.dense\." + P, new + r"fc2.\2"), (block + r"output\.LayerNorm\." + P, new + r"final_layer_norm.\2"),
        (r"lm_head\.dense\." + P, r"decoder.lm_head.dense.\1"), (r"lm_head\.layer_norm\." + P, r"decoder.lm_head.layer_norm.\1"), (r"lm_head\.decoder\.weight", "decoder.lm_head.weight"), (r"lm_head\.bias", "decoder.lm_head.bias"),
    ]
    inverse("RoBERTa, fairseq's into transformers", "transformers convert_roberta_original_pytorch_checkpoint_to_pytorch.py", b, rules)


@attempt
def bart():
    b = meta(lambda: hf.BartForConditionalGeneration(hf.BartConfig(encoder_layers=6, decoder_layers=6, d_model=768, encoder_ffn_dim=3072, decoder_ffn_dim=3072)))
    rules = [(r"model\.(encoder|decoder)\.layernorm_embedding\." + P, r"\1.layernorm_embedding.\2"), (r"model\.shared\.weight|model\.decoder\.embed_tokens\.weight|final_logits_bias|lm_head\.weight", "-"), (r"model\.(.*)", r"\1")]
    inverse("BART, fairseq's into transformers", "transformers convert_bart_original_pytorch_checkpoint_to_pytorch.py", b, rules)


@attempt
def gpt2():
    b = meta(lambda: hf.GPT2LMHeadModel(hf.GPT2Config()))
    def original(name):
        if name == "lm_head.weight" or name.endswith((".attn.bias", "masked_bias")):
            return None
        old = re.sub(r"^transformer\.", "model/", name)
        old = re.sub(r"h\.(\d+)\.", r"h\1/", old).replace(".", "/")
        if re.search(r"(wte|wpe)/weight$", old):
            return old.replace("/weight", "")
        if "ln_" in old:
            return old.replace("/weight", "/g").replace("/bias", "/b")
        return old.replace("/weight", "/w").replace("/bias", "/b")
    converted("GPT-2, OpenAI's into transformers", "transformers convert_gpt2_original_tf_checkpoint_to_pytorch.py", b, original)
    def nano(name):
        return None if name.endswith((".attn.bias", "masked_bias")) else "_orig_mod." + name
    converted("GPT-2, nanoGPT's compiled one into transformers", "nanoGPT model.py, from_pretrained (Linear for Conv1D)", b, nano, lambda name, size: size[::-1] if re.search(r"(c_attn|c_proj|c_fc)\.weight$", name) else size)


@attempt
def dino():
    b = meta(lambda: hf.Dinov2Model(hf.Dinov2Config()))
    a = meta(lambda: timm.create_model("vit_base_patch14_dinov2", num_classes=0, img_size=518))
    pre = "encoder.layer." if any(k.startswith("encoder.layer.") for k in b) else "layers."
    n = hf_names(b, pre + "0.", out=["attention.output.dense", "attention.o_proj"], fc1=["mlp.fc1"], fc2=["mlp.fc2"])
    rules = [
        ("cls_token", "embeddings.cls_token"), ("pos_embed", "embeddings.position_embeddings"), (r"patch_embed\.proj\." + P, r"embeddings.patch_embeddings.projection.\1"),
        (rf"blocks\.{L}\.(norm1|norm2|mlp\.fc1|mlp\.fc2)\.{P}", pre + r"\1.\2.\3"), (rf"blocks\.{L}\.attn\.proj\.{P}", pre + r"\1." + n["out"] + r".\2"), (rf"blocks\.{L}\.ls([12])\.gamma", pre + r"\1.layer_scale\2.lambda1"), (r"norm\." + P, r"layernorm.\1"),
    ]
    pair("DINOv2, its own into transformers", "transformers convert_dinov2_to_hf.py", a, b, rules)


@attempt
def same_library():
    for what, a, b in (("VGG-16", torchvision.models.vgg16(), None), ("DenseNet-121", torchvision.models.densenet121(), None)):
        pass


@attempt
def beit():
    b = meta(lambda: hf.BeitForImageClassification(hf.BeitConfig(num_labels=1000, use_relative_position_bias=True, use_mean_pooling=True, layer_scale_init_value=0.1)))
    a = meta(lambda: timm.create_model("beit_base_patch16_224"))
    pre = "beit.encoder.layer." if any(k.startswith("beit.encoder.layer.") for k in b) else "beit.layers."
    n = hf_names(b, pre + "0.", out=["attention.output.dense", "attention.o_proj"], fc1=["intermediate.dense", "mlp.fc1"], fc2=["output.dense", "mlp.fc2"])
    rules = [
        ("cls_token", "beit.embeddings.cls_token"), (r"patch_embed\.proj\." + P, r"beit.embeddings.patch_embeddings.projection.\1"), (rf"blocks\.{L}\.norm1\.{P}", pre + r"\1.layernorm_before.\2"), (rf"blocks\.{L}\.norm2\.{P}", pre + r"\1.layernorm_after.\2"),
        (rf"blocks\.{L}\.attn\.proj\.{P}", pre + r"\1." + n["out"] + r".\2"), (rf"blocks\.{L}\.mlp\.fc1\.{P}", pre + r"\1." + n["fc1"] + r".\2"), (rf"blocks\.{L}\.mlp\.fc2\.{P}", pre + r"\1." + n["fc2"] + r".\2"),
        (rf"blocks\.{L}\.gamma_([12])", pre + r"\1.lambda_\2"), (r"fc_norm\." + P, r"beit.pooler.layernorm.\1"), (r"head\." + P, r"classifier.\1"),
        (rf"blocks\.{L}\.attn\.relative_position_bias_table", next((re.sub(r"layer(s?)\.0\.", r"layer\1.\\1.", k) for k in b if k.startswith(pre + "0.") and "bias_table" in k), "-")),
    ]
    pair("BEiT, timm into transformers", "transformers convert_beit_unilm_to_pytorch.py", a, b, rules)


@attempt
def mae():
    b = meta(lambda: hf.ViTMAEModel(hf.ViTMAEConfig()))
    a = meta(lambda: timm.create_model("vit_base_patch16_224", num_classes=0))
    pre = "encoder.layer." if any(k.startswith("encoder.layer.") for k in b) else "layers."
    n = hf_names(b, pre + "0.", out=["attention.output.dense", "attention.o_proj"], fc1=["intermediate.dense", "mlp.fc1"], fc2=["output.dense", "mlp.fc2"])
    rules = [
        ("cls_token", "embeddings.cls_token"), ("pos_embed", "embeddings.position_embeddings"), (r"patch_embed\.proj\." + P, r"embeddings.patch_embeddings.projection.\1"), (rf"blocks\.{L}\.norm1\.{P}", pre + r"\1.layernorm_before.\2"),
        (rf"blocks\.{L}\.norm2\.{P}", pre + r"\1.layernorm_after.\2"), (rf"blocks\.{L}\.attn\.proj\.{P}", pre + r"\1." + n["out"] + r".\2"), (rf"blocks\.{L}\.mlp\.fc1\.{P}", pre + r"\1." + n["fc1"] + r".\2"),
        (rf"blocks\.{L}\.mlp\.fc2\.{P}", pre + r"\1." + n["fc2"] + r".\2"), (r"norm\." + P, r"layernorm.\1"),
    ]
    pair("MAE, the authors' encoder into transformers", "transformers convert_vit_mae_to_pytorch.py", a, b, rules)


@attempt
def wrappers():
    net = meta(lambda: torchvision.models.mobilenet_v2())
    converted("MobileNetV2 of DistributedDataParallel", "torch.nn.parallel: module.", net, lambda n: "module." + n)
    net = meta(lambda: torchvision.models.efficientnet_b0())
    converted("EfficientNet-B0 in a Lightning module", "Lightning: the attribute's name", net, lambda n: "model.backbone." + n)
    b = meta(lambda: hf.BertModel(hf.BertConfig()))
    converted("BERT, of a task model into the bare one", "transformers base_model_prefix", b, lambda n: "bert." + n)
    converted("BERT, gamma and beta of old checkpoints", "transformers modeling_utils.py, _fix_state_dict_keys_on_load", b, lambda n: re.sub(r"LayerNorm\.weight", "LayerNorm.gamma", re.sub(r"LayerNorm\.bias", "LayerNorm.beta", n)))
    t = meta(lambda: timm.create_model("resnet50"))
    converted("ResNet-50 of MoCo's encoder", "moco main_lincls.py: module.encoder_q.", {k: v for k, v in t.items() if not k.startswith("fc")}, lambda n: "module.encoder_q." + n)


@attempt
def mixtral():
    config = hf.MixtralConfig(num_hidden_layers=4, hidden_size=256, intermediate_size=512, num_attention_heads=8, num_key_value_heads=2, num_local_experts=4, vocab_size=1000)
    b = meta(lambda: hf.MixtralForCausalLM(config))
    gate = next(k for k in b if re.search(r"layers\.0\..*gate\.weight", k)).split("layers.0.")[1]
    rules = [r for r in llama_rules() if "mlp" not in r[0]] + [(rf"model\.layers\.{L}\.{re.escape(gate)}", r"layers.\1.feed_forward.gate.weight")]
    more = {}
    for i in range(4):
        for e in range(4):
            for w, size in (("w1", [512, 256]), ("w2", [256, 512]), ("w3", [512, 256])):
                more[f"layers.{i}.feed_forward.experts.{e}.{w}.weight"] = size
    inverse("Mixtral, its own experts into stacked ones", "transformers convert_mixtral_weights_to_hf.py and conversion_mapping.py", b, rules, more)


@attempt
def t5_like():
    b = meta(lambda: hf.SegformerForImageClassification(hf.SegformerConfig(num_labels=1000)))
    def original(name):
        if name.startswith("classifier"):
            return name.replace("classifier", "head")
        old = name.replace("segformer.encoder.", "backbone.")
        for i in range(4):
            old = old.replace(f"patch_embeddings.{i}.layer_norm", f"patch_embed{i + 1}.norm").replace(f"patch_embeddings.{i}.", f"patch_embed{i + 1}.")
            old = re.sub(rf"block\.{i}\.(\d+)\.", rf"block{i + 1}.\1.", old)
            old = re.sub(rf"layer_norm\.{i}\.", f"norm{i + 1}.", old)
        old = old.replace("attention.output.dense", "attn.proj").replace("attention.self.query", "attn.q").replace("attention.self.sr", "attn.sr").replace("attention.self.layer_norm", "attn.norm").replace("layer_norm_1", "norm1").replace("layer_norm_2", "norm2").replace("mlp.dense1", "mlp.fc1").replace("mlp.dense2", "mlp.fc2")
        return None if "attention.self" in old else old
    converted("SegFormer, the authors' into transformers", "transformers convert_segformer_original_to_pytorch.py", b, original)


for further_pair in further.pairs(meta, converted):
    attempt(further_pair)

with open(out, "wb") as file:
    file.write(json.dumps({"versions": {"torch": torch.__version__, "transformers": hf.__version__, "timm": timm.__version__, "torchvision": torchvision.__version__}, "pairs": pairs}, separators=(",", ":")).encode())
print(len(pairs), "pairs")
for one in pairs:
    print(len(one["map"]), len(one["a"]), len(one["b"]), one["what"])
