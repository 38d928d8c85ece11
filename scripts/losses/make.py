"""Writes what classes of transformers save, without values: make.py FILE [CLASSES] [TYPE …]

One JSON line a class: its config.json, and name, dtype and shape of each tensor as save_pretrained writes them. Models are
on the meta device and as small as their configurations allow, with three blocks where the class has one number of them.
`optional` are names that from_pretrained does without and says nothing of. CLASSES is how many of a type are asked: its
base model and so many with a head."""

import copy
import json
import os
import re
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.simplefilter("ignore")
import torch
import transformers
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto import modeling_auto as auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

transformers.logging.set_verbosity(50)
torch.set_num_threads(1)
HERE = Path(__file__).parent
OUT, CLASSES = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
DEFAULT = os.environ.get("DEFAULT") == "1"
TYPES = sys.argv[3:] or list(CONFIG_MAPPING.keys())
MOST_TENSORS = 3000

# The small configurations of npm run good.
source = (HERE.parent / "good/make.py").read_text()
helpers = {}
exec(source[source.index("SMALL = dict") : source.index("def transformers_models")], helpers)
for key in ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers", "num_decoder_layers"):
    helpers["SMALL"][key] = 3
MAPPINGS = [
    getattr(auto, name)
    for name in dir(auto)
    if re.match(r"MODEL_(FOR_.*_|WITH_.*_)?MAPPING$|MODEL_FOR_PRETRAINING_MAPPING$", name)
]
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32", torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.float64: "F64"}  # fmt: skip


def classes_of(config_class):
    found = {}
    for mapping in MAPPINGS:
        listed = mapping.get(config_class, None)
        for one in listed if isinstance(listed, (tuple, list)) else [listed]:
            if one is not None:
                found[one.__name__] = one
    base = auto.MODEL_MAPPING.get(config_class, None)
    base = base[0] if isinstance(base, (tuple, list)) else base
    heads = [one for one in found.values() if one is not base]
    return ([] if base is None else [base]) + heads[:CLASSES]


def saved(model_class, config):
    with torch.device("meta"):
        model = model_class(config)
    state = model.state_dict()
    tied = set(getattr(model, "all_tied_weights_keys", None) or ())
    ignored = [re.compile(one) for one in getattr(model_class, "_keys_to_ignore_on_save", None) or ()]
    state = {name: one for name, one in state.items() if name not in tied and not any(p.search(name) for p in ignored)}
    buffers = {name for name, _ in model.named_buffers()}
    state = revert_weight_conversion(model, state)
    may_miss = [re.compile(one) for one in getattr(model, "_keys_to_ignore_on_load_missing", None) or ()]
    model.config.architectures = [model_class.__name__]
    return {
        "class": model_class.__name__,
        "config": json.loads(model.config.to_json_string(use_diff=True)),
        "tensors": {name: [DTYPES[one.dtype], list(one.shape)] for name, one in state.items()},
        "optional": [name for name in state if name in buffers or any(p.search(name) for p in may_miss)],
    }


with open(OUT, "w") as out:
    made = 0
    for model_type in TYPES:
        try:
            config_class = CONFIG_MAPPING[model_type]
            classes = classes_of(config_class)
        except Exception:
            continue
        for model_class in classes:
            found = None
            for make in (config_class,) if DEFAULT else (lambda: helpers["small"](config_class), config_class):
                try:
                    found = saved(model_class, make())
                    break
                except Exception:
                    pass
            if found is None or not 0 < len(found["tensors"]) <= MOST_TENSORS:
                print("passed over", model_type, model_class.__name__, file=sys.stderr)
                continue
            out.write(json.dumps({"type": model_type, **found}) + "\n")
            made += 1
    print(made, "classes", file=sys.stderr)
