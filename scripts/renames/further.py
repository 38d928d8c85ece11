"""Conversions of further libraries, for generate.py. Each function gives pairs by the helpers that it is handed."""
import re

import transformers as hf


def renamed(rules):
    """
    A function that applies substitutions one after the other, as conversion scripts do: None for what a rule drops, and the name
    in a tuple where the script splits what has it.
    """

    def apply(name):
        joined = False
        for pattern, target in rules:
            if target is None:
                if re.search(pattern, name):
                    return None
            elif isinstance(target, tuple):
                name, times = re.subn(pattern, target[0], name)
                joined = joined or times > 0
            else:
                name = re.sub(pattern, target, name)
        return (name,) if joined else name

    return apply


THREE = r"(?:[qkv]_proj|query|key|value)\."


def pairs(meta, converted):
    """A function for each model, that adds its pair by `converted`."""

    def opt():
        b = meta(lambda: hf.OPTForCausalLM(hf.OPTConfig(num_hidden_layers=6)))
        converted("OPT, metaseq's into transformers", "transformers convert_opt_original_pytorch_checkpoint_to_pytorch.py (qkv_proj is split)", b, renamed([(r"^lm_head", None), (r"self_attn\." + THREE, ("self_attn.qkv_proj.",)), (r"^model\.decoder\.final_layer_norm", "model.decoder.layer_norm"), (r"^model\.", "")]))

    def neox():
        b = meta(lambda: hf.GPTNeoXForCausalLM(hf.GPTNeoXConfig(num_hidden_layers=6, hidden_size=512, intermediate_size=2048, num_attention_heads=8, vocab_size=5000)))

        def original(name):
            if "rotary" in name or name.endswith(("attention.bias", "masked_bias")):
                return None
            found = re.match(r"gpt_neox\.layers\.(\d+)\.(.*)", name)
            if found:
                return f"sequential.{int(found[1]) + 2}.{found[2]}"
            return {"gpt_neox.embed_in.weight": "sequential.0.word_embeddings.weight", "lm_head.weight": "sequential.10.final_linear.weight"}.get(name) or name.replace("gpt_neox.final_layer_norm", "sequential.9.norm")

        converted("GPT-NeoX, its own into transformers", "gpt-neox tools/ckpts/convert_neox_to_hf.py (layers are numbered from 2)", b, original)

    def mamba():
        b = meta(lambda: hf.MambaForCausalLM(hf.MambaConfig(num_hidden_layers=6, hidden_size=256, vocab_size=5000)))
        converted("Mamba, its own into transformers", "transformers convert_mamba_ssm_checkpoint_to_pytorch.py", b, renamed([(r"backbone\.embeddings\.", "backbone.embedding.")]))

    def rwkv():
        b = meta(lambda: hf.RwkvForCausalLM(hf.RwkvConfig(num_hidden_layers=6, hidden_size=256, vocab_size=5000)))
        converted("RWKV-4, its own into transformers", "transformers convert_rwkv_checkpoint_to_hf.py", b, renamed([
            (r"^rwkv\.", ""), (r"^embeddings\.", "emb."), (r"blocks\.0\.pre_ln", "blocks.0.ln0"), (r"\.attention\.", ".att."), (r"\.feed_forward\.", ".ffn."), (r"time_mix_key$", "time_mix_k"), (r"time_mix_value$", "time_mix_v"), (r"time_mix_receptance$", "time_mix_r"),
        ]))

    def gemma():
        b = meta(lambda: hf.GemmaForCausalLM(hf.GemmaConfig(num_hidden_layers=6, hidden_size=512, intermediate_size=2048, num_attention_heads=8, num_key_value_heads=8, head_dim=64, vocab_size=5000)))
        converted("Gemma, gemma_pytorch's into transformers", "transformers convert_gemma_weights_to_hf.py (qkv_proj is split)", b, renamed([(r"^lm_head", None), (r"self_attn\." + THREE, ("self_attn.qkv_proj.",)), (r"^model\.embed_tokens", "embedder")]))

    def sam():
        b = meta(lambda: hf.SamModel(hf.SamConfig()))
        converted("SAM, Meta's without its MLPs into transformers", "transformers convert_sam_to_hf.py", b, renamed([
            # Of its MLPs `layers.0` is `proj_in`, and `layers.1` is `layers.0`: of equal shapes under a name that both have, none is told.
            (r"shared_image_embedding|output_hypernetworks_mlps|iou_prediction_head", None), (r"^vision_encoder\.neck\.conv1", "image_encoder.neck.0"), (r"^vision_encoder\.neck\.layer_norm1", "image_encoder.neck.1"), (r"^vision_encoder\.neck\.conv2", "image_encoder.neck.2"), (r"^vision_encoder\.neck\.layer_norm2", "image_encoder.neck.3"),
            (r"^vision_encoder\.layers", "image_encoder.blocks"), (r"^vision_encoder\.", "image_encoder."), (r"patch_embed\.projection", "patch_embed.proj"), (r"(image_encoder.*)layer_norm([12])", r"\1norm\2"),
            (r"prompt_encoder\.point_embed", "prompt_encoder.point_embeddings"), (r"prompt_encoder\.shared_embedding\.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
            (r"mask_embed\.conv1", "mask_downscaling.0"), (r"mask_embed\.layer_norm1", "mask_downscaling.1"), (r"mask_embed\.conv2", "mask_downscaling.3"), (r"mask_embed\.layer_norm2", "mask_downscaling.4"), (r"mask_embed\.conv3", "mask_downscaling.6"),
            (r"mask_decoder\.upscale_conv1", "mask_decoder.output_upscaling.0"), (r"mask_decoder\.upscale_layer_norm", "mask_decoder.output_upscaling.1"), (r"mask_decoder\.upscale_conv2", "mask_decoder.output_upscaling.3"),
            (r"(mask_decoder\.transformer.*)layer_norm(\d|_final_attn)", r"\1norm\2"),
        ]))

    def encodec():
        b = meta(lambda: hf.EncodecModel(hf.EncodecConfig()))
        converted("EnCodec, Meta's into transformers", "transformers convert_encodec_checkpoint_to_pytorch.py", b, renamed([
            (r"parametrizations\.weight\.original0", "weight_g"), (r"parametrizations\.weight\.original1", "weight_v"), (r"^(encoder|decoder)\.layers\.", r"\1.model."), (r"^decoder\.model\.(3|6|9|12)\.conv\.", r"decoder.model.\1.convtr.convtr."),
            (r"\.conv\.(weight|bias)", r".conv.conv.\1"), (r"quantizer\.layers\.(\d+)\.codebook\.", r"quantizer.vq.layers.\1._codebook."),
        ]))

    def blip():
        b = meta(lambda: hf.BlipVisionModel(hf.BlipVisionConfig(num_hidden_layers=6)))
        converted("BLIP, its image encoder into transformers", "transformers convert_blip_original_pytorch_to_hf.py", b, renamed([
            (r"embeddings\.class_embedding", "visual_encoder.cls_token"), (r"embeddings\.position_embedding", "visual_encoder.pos_embed"), (r"embeddings\.patch_embedding", "visual_encoder.patch_embed.proj"),
            (r"^post_layernorm", "visual_encoder.norm"), (r"^encoder\.layers", "visual_encoder.blocks"), (r"self_attn\.projection", "attn.proj"), (r"self_attn", "attn"), (r"layer_norm([12])", r"norm\1"),
        ]))

    def detr():
        b = meta(lambda: hf.DetrForObjectDetection(hf.DetrConfig(use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=hf.ResNetConfig(out_features=["stage4"]))))
        b = {k: v for k, v in b.items() if "backbone" not in k}
        converted("DETR, Meta's transformer into transformers'", "transformers convert_detr_original_pytorch_checkpoint_to_pytorch.py (in_proj is split)", b, renamed([
            (r"\.[qkv]_proj\.", (".in_proj_",)), (r"^model\.input_projection", "input_proj"), (r"^model\.query_position_embeddings", "query_embed"), (r"^class_labels_classifier", "class_embed"), (r"^bbox_predictor", "bbox_embed"),
            (r"^model\.decoder\.layernorm", "transformer.decoder.norm"), (r"^model\.", "transformer."), (r"\.o_proj\.", ".out_proj."), (r"encoder_attn_layer_norm", "norm2"), (r"(decoder.*)final_layer_norm", r"\1norm3"), (r"final_layer_norm", "norm2"), (r"self_attn_layer_norm", "norm1"),
            (r"encoder_attn", "multihead_attn"), (r"(?:mlp\.)?fc([12])", r"linear\1"),
        ]))

    def focalnet():
        b = meta(lambda: hf.FocalNetForImageClassification(hf.FocalNetConfig(num_labels=1000)))
        converted("FocalNet, Microsoft's into transformers", "transformers convert_focalnet_to_hf_format.py", b, renamed([
            (r"^classifier", "head"), (r"^focalnet\.layernorm", "norm"), (r"^focalnet\.embeddings\.patch_embeddings\.projection", "patch_embed.proj"), (r"^focalnet\.embeddings\.norm", "patch_embed.norm"), (r"^focalnet\.encoder\.stages\.(\d+)\.layers", r"layers.\1.blocks"),
            (r"^focalnet\.encoder\.stages\.(\d+)\.downsample\.projection", r"layers.\1.downsample.proj"), (r"^focalnet\.encoder\.stages", "layers"), (r"modulation\.projection_in", "modulation.f"), (r"modulation\.projection_context", "modulation.h"), (r"modulation\.projection_out", "modulation.proj"),
        ]))

    def xlmr_xl():
        b = meta(lambda: hf.XLMRobertaXLForMaskedLM(hf.XLMRobertaXLConfig(num_hidden_layers=6, hidden_size=512, intermediate_size=2048, num_attention_heads=8, vocab_size=5000)))
        e = "decoder.sentence_encoder."
        converted("XLM-R XL, fairseq's into transformers", "transformers convert_xlm_roberta_xl_original_pytorch_checkpoint_to_pytorch.py", b, renamed([
            (r"token_type_embeddings|position_ids|lm_head\.decoder\.bias", None), (r"^roberta\.embeddings\.word_embeddings", e + "embed_tokens"), (r"^roberta\.embeddings\.position_embeddings", e + "embed_positions"), (r"^roberta\.encoder\.LayerNorm", e + "layer_norm"),
            (r"^roberta\.encoder\.layer\.", e + "layers."), (r"attention\.self\.(q|k|v)\w+", r"self_attn.\1_proj"), (r"attention\.output\.dense", "self_attn.out_proj"), (r"attention\.self_attn_layer_norm", "self_attn_layer_norm"), (r"(layers\.\d+)\.LayerNorm", r"\1.final_layer_norm"),
            (r"intermediate\.dense", "fc1"), (r"output\.dense", "fc2"), (r"^lm_head\.decoder\.", "decoder.lm_head."), (r"^lm_head\.", "decoder.lm_head."),
        ]))

    def data2vec():
        b = meta(lambda: hf.Data2VecAudioModel(hf.Data2VecAudioConfig(num_hidden_layers=6)))
        converted("data2vec audio, fairseq's into transformers", "transformers convert_data2vec_audio_original_pytorch_checkpoint_to_pytorch.py", b, renamed([
            (r"^masked_spec_embed", "mask_emb"), (r"^feature_projection\.projection", "post_extract_proj"), (r"^feature_projection\.layer_norm", "layer_norm"), (r"encoder\.pos_conv_embed\.layers\.(\d+)\.conv", r"encoder.pos_conv.\1.0"),
            (r"feature_extractor\.conv_layers\.(\d+)\.conv", r"feature_extractor.conv_layers.\1.0"), (r"feature_extractor\.conv_layers\.(\d+)\.layer_norm", r"feature_extractor.conv_layers.\1.2.1"), (r"\.attention\.", ".self_attn."),
            (r"(layers\.\d+)\.layer_norm", r"\1.self_attn_layer_norm"), (r"feed_forward\.intermediate_dense", "fc1"), (r"feed_forward\.output_dense", "fc2"),
        ]))

    def clap():
        b = meta(lambda: hf.ClapModel(hf.ClapConfig()))
        converted("CLAP, LAION's into transformers", "transformers convert_clap_original_pytorch_to_hf.py (qkv is split)", b, renamed([
            (r"^(audio_model.*)attention\.self\." + THREE, (r"\1attn.qkv.",)), (r"position_ids|token_type_ids|relative_position_index", None), (r"^(text|audio)_projection\.linear1", r"\1_projection.0"), (r"^(text|audio)_projection\.linear2", r"\1_projection.2"),
            (r"^audio_model\.audio_encoder\.batch_norm", "audio_branch.bn0"), (r"^audio_model\.audio_encoder", "audio_branch"), (r"^text_model", "text_branch"), (r"(audio_branch.*)attention\.(?:output\.dense|o_proj)", r"\1attn.proj"), (r"(audio_branch.*)attention\.self\.", r"\1attn."), (r"(audio_branch.*)attention\.", r"\1attn."),
            (r"(audio_branch.*)intermediate\.dense", r"\1mlp.fc1"), (r"(audio_branch.*layers\.\d+\.blocks\.\d+)\.output\.dense", r"\1.mlp.fc2"), (r"layernorm_before", "norm1"), (r"layernorm_after", "norm2"),
        ]))

    return [opt, neox, mamba, rwkv, gemma, sam, encodec, blip, detr, focalnet, xlmr_xl, data2vec, clap]
