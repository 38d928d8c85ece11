"""Writes good checkpoints with the libraries that are installed: make.py FOLDER

Each is a folder LIBRARY/WHAT, made as people make it: save_pretrained, torch.save, save_file. Models are of random
weights and as small as their classes allow. One that a library cannot make in this version is passed over and named on
standard error. versions.json says of which versions they are."""

import importlib.metadata
import json
import os
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.simplefilter("ignore")
import torch

torch.manual_seed(0)
torch.set_num_threads(1)
ROOT = sys.argv[1]
ONLY = set(sys.argv[2:])


def folder(library, what):
    path = os.path.join(ROOT, library, what)
    os.makedirs(path, exist_ok=True)
    return path


def made(library, what, write):
    """Calls write(path of a new folder)."""
    if ONLY and library not in ONLY:
        return
    path = folder(library, what)
    try:
        write(path)
    except Exception as error:
        print(f"passed over {library}/{what}: {type(error).__name__}: {str(error)[:120]}", file=sys.stderr)
        import shutil

        shutil.rmtree(path)


SMALL = dict(
    hidden_size=32, d_model=32, n_embd=32, dim=32, embedding_size=32, emb_dim=32, n_embed=32,
    num_hidden_layers=2, n_layer=2, n_layers=2, num_layers=2, encoder_layers=2, decoder_layers=2, num_decoder_layers=2,
    num_attention_heads=2, n_head=2, n_heads=2, num_heads=2, encoder_attention_heads=2, decoder_attention_heads=2,
    num_key_value_heads=2, head_dim=16, d_kv=16,
    intermediate_size=64, d_ff=64, encoder_ffn_dim=64, decoder_ffn_dim=64, ffn_dim=64, hidden_dim=64, n_inner=64,
    vocab_size=120, decoder_vocab_size=120, max_position_embeddings=64, n_positions=64, image_size=32, patch_size=16,
    num_experts=4, num_local_experts=4, n_routed_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
    pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, hidden_sizes=[8, 16, 32, 32],
    embed_dim=32, depths=[1, 1, 1, 1], layer_types=None,
)  # fmt: skip


def small(config_class):
    known = config_class().to_dict()
    values = {key: value for key, value in SMALL.items() if key in known}
    # Lists are one entry a layer or a stage: of the class, unless it is of layers.
    for key in ("embed_dim", "hidden_sizes", "depths", "num_heads", "patch_size", "num_attention_heads"):
        if isinstance(known.get(key), (list, tuple)):
            values.pop(key, None)
    if isinstance(known.get("depths"), (list, tuple)):
        values.pop("num_layers", None)
    if known.get("layer_types") is None:
        values.pop("layer_types", None)
    return config_class(**values)


def transformers_models():
    from transformers.models.auto import modeling_auto as auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    tasks = [
        auto.MODEL_FOR_CAUSAL_LM_MAPPING, auto.MODEL_FOR_MASKED_LM_MAPPING, auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
        auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING, auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING,
    ]  # fmt: skip
    names = """llama mistral qwen2 qwen3 gemma gemma2 phi phi3 gpt2 gpt_neo gpt_neox gptj opt bloom falcon mpt olmo olmo2
    stablelm starcoder2 codegen cohere granite mixtral qwen2_moe qwen3_moe olmoe granitemoe persimmon nemotron
    biogpt xglm ctrl openai-gpt mamba mamba2 rwkv glm glm4 helium smollm3 ernie4_5 exaone4 bert roberta distilbert albert
    electra deberta deberta-v2 camembert xlm-roberta mobilebert convbert ernie fnet layoutlm megatron-bert mpnet rembert
    roformer squeezebert nystromformer funnel modernbert flaubert xlm longformer big_bird yoso mra esm data2vec-text
    t5 mt5 bart mbart pegasus blenderbot blenderbot-small marian m2m_100 prophetnet longt5 umt5 led plbart
    switch_transformers vit deit beit bit convnext convnextv2 resnet regnet swin swinv2 dinov2 focalnet
    mobilenet_v1 mobilenet_v2 mobilevit poolformer pvt pvt_v2 van cvt levit segformer vit_msn hiera""".split()
    for name in names:
        def write(path, name=name):
            config_class = CONFIG_MAPPING[name]
            model_class = next(task[config_class] for task in tasks if config_class in task)
            if isinstance(model_class, tuple):
                model_class = model_class[0]
            model = model_class(small(config_class))
            if sum(p.numel() for p in model.parameters()) > 60_000_000:
                raise ValueError("too large")
            model.save_pretrained(path)

        made("transformers", name, write)

    from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    llama = LlamaForCausalLM(small(LlamaConfig))
    made("transformers", "llama-sharded", lambda path: llama.save_pretrained(path, max_shard_size="30KB"))
    made("transformers", "llama-bf16", lambda path: LlamaForCausalLM(small(LlamaConfig)).to(torch.bfloat16).save_pretrained(path))
    made("transformers", "gpt2-untied", lambda path: GPT2LMHeadModel(GPT2Config(**{**small(GPT2Config).to_dict(), "tie_word_embeddings": False})).save_pretrained(path))
    made("transformers", "bert-sharded", lambda path: BertForMaskedLM(small(BertConfig)).save_pretrained(path, max_shard_size="20KB"))


def peft_adapters():
    import peft
    from transformers import LlamaConfig, LlamaForCausalLM

    linear = ["q_proj", "v_proj"]
    kinds = {
        "lora": lambda: peft.LoraConfig(r=4, target_modules=linear),
        "lora-all-linear": lambda: peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"),
        "lora-bias": lambda: peft.LoraConfig(r=4, target_modules=linear, lora_bias=True),
        "lora-bias-all": lambda: peft.LoraConfig(r=4, target_modules=linear, bias="all"),
        "dora": lambda: peft.LoraConfig(r=4, target_modules=linear, use_dora=True),
        "rslora": lambda: peft.LoraConfig(r=4, target_modules=linear, use_rslora=True),
        "lora-exclude": lambda: peft.LoraConfig(r=4, target_modules="all-linear", exclude_modules=["down_proj"]),
        "lora-rank-pattern": lambda: peft.LoraConfig(r=4, target_modules=linear, rank_pattern={"v_proj": 8}),
        "lora-layers": lambda: peft.LoraConfig(r=4, target_modules=linear, layers_to_transform=[1]),
        "lora-embedding": lambda: peft.LoraConfig(r=4, target_modules=["embed_tokens", "q_proj"]),
        "lora-modules-to-save": lambda: peft.LoraConfig(r=4, target_modules=linear, modules_to_save=["lm_head"]),
        "lora-regex": lambda: peft.LoraConfig(r=4, target_modules=r".*\.[qk]_proj"),
        "lora-target-parameters": lambda: peft.LoraConfig(r=4, target_modules=[], target_parameters=["mlp.gate_proj.weight"]),
        "adalora": lambda: peft.AdaLoraConfig(target_modules=linear, total_step=10),
        "loha": lambda: peft.LoHaConfig(r=4, target_modules=linear),
        "lokr": lambda: peft.LoKrConfig(r=4, target_modules=linear),
        "ia3": lambda: peft.IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"]),
        "oft": lambda: peft.OFTConfig(target_modules=linear, oft_block_size=8),
        "boft": lambda: peft.BOFTConfig(target_modules=linear, boft_block_size=4),
        "vera": lambda: peft.VeraConfig(r=4, target_modules=linear),
        "hra": lambda: peft.HRAConfig(r=4, target_modules=linear),
        "fourierft": lambda: peft.FourierFTConfig(n_frequency=20, target_modules=linear),
        "vblora": lambda: peft.VBLoRAConfig(target_modules=linear, vector_length=4, num_vectors=8),
        "ln-tuning": lambda: peft.LNTuningConfig(target_modules=["input_layernorm"]),
        "prompt": lambda: peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
        "p-tuning": lambda: peft.PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
        "prefix": lambda: peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    }  # fmt: skip
    for name, config in kinds.items():
        made("peft", name, lambda path, config=config: peft.get_peft_model(LlamaForCausalLM(small(LlamaConfig)), config()).save_pretrained(path))
    def beside(path):
        model = LlamaForCausalLM(small(LlamaConfig))
        model.save_pretrained(path)
        peft.get_peft_model(model, kinds["lora"]()).save_pretrained(path)
    made("peft", "lora-beside-its-model", beside)
    made("peft", "lora-merged", lambda path: peft.get_peft_model(LlamaForCausalLM(small(LlamaConfig)), kinds["lora"]()).merge_and_unload().save_pretrained(path))


def timm_models():
    import timm
    from safetensors.torch import save_file

    for name in [name for name in timm.list_models("test_*")]:
        def write(path, name=name):
            model = timm.create_model(name)
            timm.models.save_for_hf(model, path, safe_serialization=True) if hasattr(timm.models, "save_for_hf") else save_file(model.state_dict(), f"{path}/model.safetensors")
        made("timm", name, write)


def torch_files():
    from torch import nn

    def net():
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))

    model = net()
    made("torch", "state-dict", lambda path: torch.save(model.state_dict(), f"{path}/model.pt"))
    made("torch", "state-dict-before-1.6", lambda path: torch.save(model.state_dict(), f"{path}/model.pth", _use_new_zipfile_serialization=False))
    made("torch", "scripted", lambda path: torch.jit.script(model).save(f"{path}/model.pt"))
    made("torch", "traced", lambda path: torch.jit.trace(model.eval(), torch.zeros(1, 3, 8, 8)).save(f"{path}/model.pt"))
    made("torch", "exported", lambda path: torch.export.save(torch.export.export(model.eval(), (torch.zeros(2, 3, 8, 8),)), f"{path}/model.pt2"))
    def dcp(path):
        import torch.distributed.checkpoint as dist
        dist.save(model.state_dict(), checkpoint_id=path)
    made("torch", "distributed-checkpoint", dcp)
    for name in ("LSTM", "GRU", "RNN"):
        made("torch", name.lower(), lambda path, name=name: torch.save(getattr(nn, name)(8, 8, 2, bidirectional=True).state_dict(), f"{path}/model.pt"))
    made("torch", "transformer", lambda path: torch.save(nn.Transformer(16, 2, 2, 2, 32).state_dict(), f"{path}/model.pt"))
    for name, norm in (("weight-norm", nn.utils.parametrizations.weight_norm), ("spectral-norm", nn.utils.parametrizations.spectral_norm), ("old-spectral-norm", nn.utils.spectral_norm), ("orthogonal", nn.utils.parametrizations.orthogonal)):
        made("torch", name, lambda path, norm=norm: torch.save(norm(nn.Linear(8, 8)).state_dict(), f"{path}/model.pt"))
    for dtype in ("float16", "bfloat16", "float64"):
        made("torch", dtype, lambda path, dtype=dtype: torch.save(net().to(getattr(torch, dtype)).state_dict(), f"{path}/model.pt"))


def torchvision_models():
    import torchvision

    for name in ("squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "mnasnet0_5", "efficientnet_b0", "resnet18", "regnet_y_400mf", "densenet121", "googlenet", "mobilenet_v2"):
        made("torchvision", name, lambda path, name=name: torch.save(torchvision.models.get_model(name, **({"init_weights": False, "aux_logits": True} if name == "googlenet" else {})).state_dict(), f"{path}/{name}.pth"))


def diffusers_parts():
    import diffusers

    unet = lambda: diffusers.UNet2DConditionModel(block_out_channels=(4, 8), layers_per_block=1, sample_size=16, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=8, attention_head_dim=2, norm_num_groups=2)
    plain = lambda: diffusers.UNet2DModel(sample_size=8, block_out_channels=(4, 8), layers_per_block=1, norm_num_groups=2, down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=2)
    made("diffusers", "unet-condition", lambda path: unet().save_pretrained(path))
    made("diffusers", "unet", lambda path: plain().save_pretrained(path))
    made("diffusers", "unet-bin", lambda path: plain().save_pretrained(path, safe_serialization=False))
    made("diffusers", "vae", lambda path: diffusers.AutoencoderKL(block_out_channels=(4,), norm_num_groups=2, latent_channels=2).save_pretrained(path))
    made("diffusers", "vae-tiny", lambda path: diffusers.AutoencoderTiny(encoder_block_out_channels=(4, 4), decoder_block_out_channels=(4, 4), num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1)).save_pretrained(path))
    made("diffusers", "dit", lambda path: diffusers.DiTTransformer2DModel(num_attention_heads=2, attention_head_dim=4, in_channels=4, num_layers=2, sample_size=8).save_pretrained(path))
    made("diffusers", "controlnet", lambda path: diffusers.ControlNetModel.from_unet(unet()).save_pretrained(path))
    made("diffusers", "pipeline", lambda path: diffusers.DDPMPipeline(plain(), diffusers.DDPMScheduler()).save_pretrained(path))
    def variants(path):
        pipeline = diffusers.DDPMPipeline(plain(), diffusers.DDPMScheduler())
        pipeline.save_pretrained(path)
        pipeline.to(dtype=torch.float16)
        pipeline.save_pretrained(path, variant="fp16")
    made("diffusers", "pipeline-fp16-beside-fp32", variants)


def others():
    def keras_file(path, name):
        os.environ["KERAS_BACKEND"] = "torch"
        import keras
        model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(), keras.layers.Flatten(), keras.layers.Dense(2)])
        (model.save_weights if name.endswith(".weights.h5") else model.save)(f"{path}/{name}")
    for name in ("model.keras", "model.weights.h5", "model.h5"):
        made("keras", name, lambda path, name=name: keras_file(path, name))
    def gguf_file(path):
        import gguf, numpy
        writer = gguf.GGUFWriter(f"{path}/model.gguf", "llama")
        writer.add_block_count(2)
        for layer in range(2):
            writer.add_tensor(f"blk.{layer}.attn_q.weight", numpy.ones((32, 32), numpy.float32))
        writer.add_tensor("token_embd.weight", numpy.ones((64, 32), numpy.float16))
        for step in ("write_header_to_file", "write_kv_data_to_file", "write_tensors_to_file", "close"):
            getattr(writer, step)()
    made("gguf", "llama", gguf_file)
    def accelerated(path):
        import accelerate
        accelerator = accelerate.Accelerator(cpu=True)
        accelerator.save_model(torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.LayerNorm(8)), path)
    made("accelerate", "save-model", accelerated)


for part in (torch_files, timm_models, others, diffusers_parts, peft_adapters, torchvision_models, transformers_models):
    try:
        part()
    except Exception as error:
        print(f"passed over {part.__name__}: {error}", file=sys.stderr)
versions = {}
for library in sorted(os.listdir(ROOT)):
    if os.path.isdir(os.path.join(ROOT, library)):
        versions[library] = importlib.metadata.version(library)
with open(os.path.join(ROOT, "versions.json"), "w") as file:
    json.dump(versions, file)
