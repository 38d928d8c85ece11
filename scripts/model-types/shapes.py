"""Writes src/check/structure/model-shapes-text.ts: which lengths of tensors are numbers of config.json.

    python scripts/model-types/shapes.py [TYPE …]

Each type is built on the meta device in configurations whose numbers are drawn, and in such as have one other value changed. What equals one number of the configuration in all of them is that number. Names are those that
save_pretrained writes for the base model."""

import json
import os
import random
import re
import sys
import time
import warnings
from collections import defaultdict
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
OUT = HERE.parent.parent / "src/check/structure/model-shapes-text.ts"
TYPES = sys.argv[1:] or (HERE / "types.txt").read_text().split()
BUILDS, SECONDS = 7, 6

WIDTHS = "hidden_size d_model n_embd dim embed_dim".split()
INNER = "intermediate_size d_ff encoder_ffn_dim decoder_ffn_dim ffn_dim hidden_dim n_inner shared_expert_intermediate_size moe_intermediate_size".split()
HEADS = "num_attention_heads n_head n_heads num_heads encoder_attention_heads decoder_attention_heads".split()
LAYERS = "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers num_decoder_layers".split()
LEFT_OUT = re.compile(r".*_token_id$|.*dropout.*|.*_eps$|.*eps$|.*_(range|std)$|output_.*|return_dict|use_cache|initializer.*")
TABLES = "vocab_size max_position_embeddings n_positions type_vocab_size embedding_size".split()
KEYS = [*WIDTHS, *INNER, *TABLES, "d_kv", "head_dim", "num_experts", "num_local_experts", "n_routed_experts"]

PRODUCTS = ["heads", "kv_heads", "heads_of_dim", "kv_heads_of_dim"]


def drawn(known, dice):
    heads = dice.choice([2, 4])
    width = 8 * heads * dice.choice([3, 5, 7, 11])
    values = {key: width for key in WIDTHS}
    values |= {key: 8 * dice.choice([13, 17, 19, 23, 29]) for key in INNER}
    values |= {key: heads for key in HEADS} | {key: 2 for key in LAYERS}
    values |= {"num_key_value_heads": dice.choice([1, 2, heads]), "vocab_size": dice.randrange(130, 190)}
    values |= {"head_dim": dice.choice([width // heads, 16, 24]), "d_kv": dice.choice([width // heads, 16, 24])}
    values |= {"max_position_embeddings": dice.randrange(70, 120), "n_positions": dice.randrange(70, 120)}
    values |= {"num_experts": 6, "num_local_experts": 6, "n_routed_experts": 6, "num_experts_per_tok": 2}
    values |= {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    # What counts heads and layers one by one is left as it is.
    return {
        key: value
        for key, value in values.items()
        if key in known and not isinstance(known[key], (list, tuple, dict)) and (key != "head_dim" or known[key])
    } | ({"layer_types": None} if known.get("layer_types") else {})


def other_values(key, value):
    """What else a value may be that says something of the model."""
    if isinstance(value, bool):
        yield key, not value
    elif isinstance(value, int) and key not in (*KEYS, *HEADS, *LAYERS):
        yield key, 2 * value
        yield key, value + 1
    elif isinstance(value, float):
        yield key, value / 2


def numbers(config, known):
    """Numbers of a configuration; heads of a width that the class has a default of need to be said."""
    said = json.loads(config.to_json_string(use_diff=False))
    found = {key: said[key] for key in KEYS if type(said.get(key)) is int}
    heads, width = said.get("num_attention_heads"), said.get("hidden_size")
    if type(heads) is int and type(width) is int:
        each = said.get("head_dim") or width // heads
        of = "heads_of_dim" if known["has_own_dim"] else "heads"
        found[of] = heads * each
        if type(said.get("num_key_value_heads")) is int:
            found[f"kv_{of}"] = said["num_key_value_heads"] * each
    return found


def shapes(model_class, config):
    with torch.device("meta"):
        model = model_class(config)
    state = model.state_dict()
    tied = set(getattr(model, "all_tied_weights_keys", None) or ())
    state = revert_weight_conversion(model, {name: one for name, one in state.items() if name not in tied})
    kinds = defaultdict(set)
    for name, one in state.items():
        kind = re.sub(r"(?<![^.])\d+(?![^.])", "*", name)
        for axis, length in enumerate(one.shape):
            kinds[kind, axis].add(length)
    return kinds


def lengths_of(model_type):
    config_class = CONFIG_MAPPING[model_type]
    model_class = auto.MODEL_MAPPING[config_class]
    model_class = model_class[0] if isinstance(model_class, (tuple, list)) else model_class
    known = config_class().to_dict()
    # What follows from the width where it is not said is no default.
    wider = config_class(**{key: 2 * known[key] for key in WIDTHS if isinstance(known.get(key), int)}).to_dict()
    known["has_own_dim"] = isinstance(known.get("head_dim"), int) and wider.get("head_dim") == known["head_dim"]
    dice = random.Random(model_type)
    changes = [change for key, value in known.items() if key != "has_own_dim" and not LEFT_OUT.match(key) for change in other_values(key, value)]
    dice.shuffle(changes)
    candidates, seen, begun, at = {}, defaultdict(int), time.process_time(), 0
    # All draws, then each other value, as long as there is time.
    rounds = [None] * BUILDS + changes
    while at < len(rounds) and time.process_time() - begun < SECONDS:
        change = rounds[at]
        at += 1
        values = drawn(known, dice)
        if change is not None:
            values[change[0]] = change[1]
        try:
            config = config_class(**values)
            found, said = shapes(model_class, config), numbers(config, known)
        except Exception:
            continue
        for place, lengths in found.items():
            seen[place] += 1
            fits = {key for key, value in said.items() if lengths == {value}}
            candidates[place] = candidates[place] & fits if place in candidates else fits
    order = [*KEYS, *PRODUCTS]
    chosen = {place: min(keys, key=order.index) for place, keys in candidates.items() if keys and seen[place] >= 5}
    return chosen, model_class.base_model_prefix


LETTERS = dict(zip([*KEYS, *PRODUCTS], "abcdefghijklmnopqrstuvwxyzABCDEFG"))


def tree_of(chosen):
    """`q_proj=ab`: the weight of a module, or a tensor of its own, with the number of each of its dimensions, `_` for none."""
    tree = {}
    kinds = defaultdict(dict)
    for (kind, axis), key in chosen.items():
        kinds[kind][axis] = LETTERS[key]
    for kind, axes in sorted(kinds.items()):
        # A bias is as long as its weight says.
        if kind.endswith("bias"):
            continue
        node = tree
        for name in kind.removesuffix(".weight").split("."):
            node = node.setdefault(name, {})
        node["="] = "".join(axes.get(axis, "_") for axis in range(max(axes) + 1))
    return tree


def text_of(tree):
    parts = []
    for name, node in tree.items():
        if name == "=":
            continue
        below = text_of(node)
        parts.append(name + (f"={node['=']}" if "=" in node else "") + (f"({below})" if below else ""))
    return " ".join(parts)


def write():
    body = "\n".join(sorted(f"{' '.join(types)}: {text}" for text, types in lines.items()))
    legend = " ".join(f"{letter}={key}" for key, letter in LETTERS.items())
    OUT.write_text(
        f"// Written by scripts/model-types/shapes.py from transformers {'.'.join(transformers.__version__.split('.')[:2])}, and read by model-shapes.ts.\n\n"
        "/** Numbers of config.json by the letter that stands for them. */\n"
        f"export const numberLetters =\n  '{legend}'\n\n"
        "/** A line a kind of model: types, name of the base model in one with a head, weights with the number that each dimension is. */\n"
        f"export const modelShapes = `\n{body}\n`\n"
    )


lines = defaultdict(list)
for model_type in TYPES:
    begun = time.process_time()
    try:
        chosen, prefix = lengths_of(model_type)
    except Exception as error:
        print("passed over", model_type, repr(error)[:80], file=sys.stderr)
        continue
    text = text_of(tree_of(chosen or {}))
    if not text:
        print("passed over", model_type, file=sys.stderr)
        continue
    lines[f"{prefix}: {text}"].append(model_type)
    print(model_type, len(chosen), round(time.process_time() - begun, 1), file=sys.stderr, flush=True)
    write()
