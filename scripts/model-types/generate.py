"""Writes src/check/structure/model-types-text.ts: which modules models of transformers have, whatever their configuration says.

    python scripts/model-types/generate.py FOLDER [TYPE …]      FOLDER keeps what was asked of the library

Each type is built on the meta device in some dozens of configurations: its small one, its default one, and those in which
one value or several differ, with every word that the source of the class compares such a value to. Names are those that
save_pretrained writes. What is there in all of them is required; what is there in some is known."""

import collections
import copy
import gzip
import inspect
import json
import os
import random
import re
import sys
import time
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
warnings.simplefilter("ignore")
HERE = Path(__file__).parent
OUT = HERE.parent.parent / "src/check/structure/model-types-text.ts"
TYPES = (HERE / "types.txt").read_text().split()
SECONDS = 60

# Values that say nothing of modules, or only of a model that is never saved alone.
LEFT_OUT = """is_decoder add_cross_attention cross_attention_hidden_size tie_encoder_decoder tie_word_embeddings bos_token_id
eos_token_id pad_token_id sep_token_id decoder_start_token_id transformers_version architectures model_type torch_dtype dtype
id2label label2id use_cache output_hidden_states output_attentions return_dict is_encoder_decoder _attn_implementation
torchscript pruned_heads num_labels vocab_size hidden_size chunk_size_feed_forward problem_type name_or_path
_name_or_path""".split()
# Own tensors of a layer: its module is what is asked for.
OWN = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked", "weight_g", "weight_v"}


def literals(sources, key):
    """The words that source code compares a value of the configuration to."""
    found = set()
    for text in sources:
        for match in re.finditer(
            r"\b%s\b[^\n]{0,60}?(?:==|!=|\bin\b)\s*([\[\(\{][^\]\)\}]*[\]\)\}]|\"[^\"]*\"|'[^']*')" % re.escape(key), text
        ):
            found |= set(re.findall(r"[\"']([^\"']+)[\"']", match.group(1)))
        for match in re.finditer(r'"([^"]+)"\s*(?:==|in)\s*[\w.]*\b%s\b' % re.escape(key), text):
            found.add(match.group(1))
        for match in re.finditer(r"\b%s:[^\n]*?Literal\[([^\]]*)\]" % re.escape(key), text):
            found |= set(re.findall(r"[\"']([^\"']+)[\"']", match.group(1)))
    return sorted(found)


def variations(values, sources):
    """Configurations that differ from one in a single value."""
    made = []
    for key, value in values.items():
        if key in LEFT_OUT:
            continue
        if isinstance(value, bool):
            made.append({key: not value})
        elif isinstance(value, int):
            numbers = (1, 2, 4) if re.search(r"layers?$|depth|blocks?$", key) else (0, 1, 2, 4)
            made += [{key: number} for number in numbers if number != value]
        elif value is None:
            made += [{key: True}, {key: 1}, {key: [0]}, {key: 2}]
        elif isinstance(value, float):
            made.append({key: 0.0})
        elif isinstance(value, str):
            made += [{key: word} for word in literals(sources, key) if word != value]
        elif isinstance(value, list) and value and all(isinstance(one, (str, int, bool)) for one in value):
            made += [{key: [one] * len(value)} for one in dict.fromkeys(value)]
            if all(isinstance(one, str) for one in value):
                words = {word for name in (key, "layer_type", "attention_type") for word in literals(sources, name)}
                made += [{key: [word] * len(value)} for word in sorted(words)]
            if all(isinstance(one, bool) for one in value):
                made += [{key: [one] * len(value)} for one in (True, False)]
            made.append({key: []})
    return made


def asked(model_type):
    """Names of the tensors of each variation: of the base model, and of each class with a head."""
    import torch
    import transformers
    from transformers.core_model_loading import revert_weight_conversion
    from transformers.models.auto import modeling_auto as auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    transformers.logging.set_verbosity(50)
    torch.set_num_threads(1)
    # The small configurations of npm run good.
    source = (HERE.parent / "good/make.py").read_text()
    helpers = {}
    exec(source[source.index("SMALL = dict") : source.index("def transformers_models")], helpers)
    mappings = [
        getattr(auto, name)
        for name in dir(auto)
        if re.match(r"MODEL_(FOR_.*_|WITH_.*_)?MAPPING$|MODEL_FOR_PRETRAINING_MAPPING$", name)
    ]
    config_class = CONFIG_MAPPING[model_type]
    first = lambda classes: classes[0] if isinstance(classes, (tuple, list)) else classes
    base = first(auto.MODEL_MAPPING[config_class])
    buffers = set()

    def names(model_class, values):
        try:
            values = copy.deepcopy(values)
            values.pop("transformers_version", None)
            with torch.device("meta"):
                model = model_class(config_class.from_dict(values))
            buffers.update(name.split(".")[-1] for name, _ in model.named_buffers())
            state = model.state_dict()
            tied = set(getattr(model, "all_tied_weights_keys", None) or ())
            # Tables that are a formula, which loading does without and some classes do not save.
            left_out = [re.compile(one) for key in ("load_missing", "save") for one in getattr(model, f"_keys_to_ignore_on_{key}", None) or ()]
            state = {name: tensor for name, tensor in state.items() if name not in tied and not any(one.search(name) for one in left_out)}
            return sorted(revert_weight_conversion(model, state))
        except Exception:
            return None

    plain = helpers["small"](config_class).to_dict()
    if not names(base, plain):
        plain = config_class().to_dict()
    sources = [Path(inspect.getsourcefile(one)).read_text() for one in (config_class, base)]
    single = variations(plain, sources)
    chosen = random.Random(0)
    several = []
    for _ in range(30):
        one = {}
        for change in chosen.sample(single, min(len(single), chosen.choice((2, 3, 5)))):
            one.update(change)
        several.append(one)
    began, inner, built = time.time(), [], []
    for change in [{}, *single, *several]:
        if time.time() - began > SECONDS:
            break
        found = names(base, {**plain, **change})
        if found:
            inner.append(found)
            built.append(change)
    found = names(base, config_class().to_dict())
    if found:
        inner.append(found)
    classes = {}
    for mapping in mappings:
        for one in (lambda found: found if isinstance(found, (tuple, list)) else [found])(mapping.get(config_class, None)):
            if one is not None and one is not base:
                classes[one.__name__] = one
    heads = {}
    for name, model_class in classes.items():
        began = time.time()
        switches = [{}] + [c for c in built if any(isinstance(v, (bool, str)) for v in c.values())][:50]
        for change in switches:
            if time.time() - began > SECONDS / 4:
                break
            for tie in ({"tie_word_embeddings": True}, {"tie_word_embeddings": False}) if change == {} else ({},):
                found = names(model_class, {**plain, **change, **tie})
                if found:
                    heads.setdefault(name, []).append(found)
    return {"prefix": base.base_model_prefix, "inner": inner, "heads": heads, "buffers": sorted(buffers)}


def folded(name):
    return re.sub(r"(?<![^.])\d+(?![^.])", "*", name)


def tree(names_of_each, buffers):
    """By module: whether it is in all, its children, and its mark: + for a layer that always has a bias, ~ for one
    that has when those beside it with this mark do, ^ for one that may."""
    lengths = collections.defaultdict(set)
    children_of_each = []
    for names in names_of_each:
        children = collections.defaultdict(set)
        for name in names:
            segments = name.split(".")
            for at in range(len(segments)):
                children[".".join(segments[:at])].add(segments[at])
        children_of_each.append(children)
        for path, own in children.items():
            if all(one.isdigit() for one in own):
                lengths[folded(path)].add(len(own))
    # The parts of a block of T5 are numbered, and each number is another part.
    parts = {path for path, sizes in lengths.items() if re.search(r"block\.\*\.layer$", path) and len(sizes) == 1}

    def place(path):
        made = []
        for segment in path.split(".") if path else []:
            made.append("*" if segment.isdigit() and ".".join(made) not in parts else segment)
        return ".".join(made)

    always, ever = {}, collections.defaultdict(set)
    for children in children_of_each:
        for path, own in children.items():
            at = place(path)
            these = {"*" if one.isdigit() and at not in parts else one for one in own}
            always[at] = these if at not in always else always[at] & these
            ever[at] |= these
    if any(not names for names in names_of_each):
        always[""] = set()

    def agree(at, names):
        """Whether these layers of a module have a bias all or none, in every model."""
        for children in children_of_each:
            for path in [path for path in children if place(path) == at]:
                biased = {"bias" in children[f"{path}.{name}"] for name in names if name in children[path]}
                if len(biased) > 1:
                    return False
        return True

    def below(at):
        made = {}
        layers = [name for name in ever[at] if {"bias", "weight"} <= ever.get(f"{at}.{name}" if at else name, set())]
        may = [name for name in layers if not {"bias", "weight"} <= always[f"{at}.{name}" if at else name]]
        maybe = "~" if agree(at, may) else "^"
        for name in sorted(ever[at]):
            path = f"{at}.{name}" if at else name
            if path in ever:
                mark = "+" if {"bias", "weight"} <= always[path] else maybe if {"bias", "weight"} <= ever[path] else ""
                made[name] = (name in always[at], below(path), mark)
            elif name not in OWN and name not in buffers:
                made[name] = (name in always[at], {}, "")
        return made

    return below("")


def text(modules):
    made = []
    for name, (required, children, mark) in modules.items():
        inner = text(children)
        made.append(name + ("" if inner else mark) + ("" if required else "?") + (f"({inner})" if inner else ""))
    return " ".join(made)


def required_only(modules):
    """What a head always has, without a base model that it keeps under a name of its own."""
    return {
        name: (True, required_only(children), mark)
        for name, (required, children, mark) in modules.items()
        if required and "*" not in children and not any("*" in below for _, below, _ in children.values())
    }


def rows(said):
    prefix, buffers = said["prefix"], set(said["buffers"])
    inner = [set(names) for names in said["inner"]]
    known = {folded(name) for names in inner for name in names}
    fewest = min(len(names) for names in inner)
    heads = {}
    for name, each in said["heads"].items():
        for names in each:
            own = {one[len(prefix) + 1 :] for one in names if prefix and one.startswith(f"{prefix}.")}
            if own:
                outside = {one for one in names if not one.startswith(f"{prefix}.")}
            else:
                own = {one for one in names if folded(one) in known}
                outside = set(names) - own
            if len(own) > 0.3 * fewest:
                inner.append(own)
            heads.setdefault(name, []).append(outside)
    made = {name: text(required_only(tree(each, buffers))) for name, each in heads.items() if len(each) >= 2}
    return len(inner), text(tree(inner, buffers)), {name: head for name, head in made.items() if head}


def main():
    folder, *only = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    bases, heads = collections.defaultdict(list), collections.defaultdict(list)
    for model_type in only or TYPES:
        path = Path(folder) / f"{model_type}.json.gz"
        if not path.exists():
            try:
                said = asked(model_type)
            except Exception as error:
                print(f"passed over {model_type}: {error!r:.200}", file=sys.stderr)
                continue
            path.write_bytes(gzip.compress(json.dumps(said).encode(), mtime=0))
        said = json.loads(gzip.decompress(path.read_bytes()))
        if not said["inner"]:
            continue
        count, base, own = rows(said)
        # Of fewer configurations nobody knows what may differ.
        print(model_type, count, file=sys.stderr)
        if count < 20:
            continue
        bases[said["prefix"], base].append(model_type)
        for name, head in own.items():
            heads[head].append(name)
    lines = [f"{' '.join(types)}: {prefix}: {base}" for (prefix, base), types in bases.items()]
    named = [f"{head}: {' '.join(dict.fromkeys(names))}" for head, names in heads.items()]
    OUT.write_text(
        "// Written by scripts/model-types/generate.py from transformers 5.24, and read by model-types.ts.\n"
        "\n/** A line a kind of model: types, name of the base model in one with a head, modules. */\n"
        "export const baseModels = `\n" + "\n".join(lines) + "\n`\n"
        "\n/** A line a head: its modules, classes that have it. */\n"
        "export const heads = `\n" + "\n".join(named) + "\n`\n"
    )


main()
