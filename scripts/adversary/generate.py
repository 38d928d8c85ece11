"""Writes checkpoints of random models that did what PyTorch's public calls allow, with what is true of them.

python generate.py FOLDER SEED COUNT

FOLDER/files.bin holds the files end to end; FOLDER/truth.jsonl has a line for each:
{"seed", "offset", "length", "story": [what was done], "truth": {state dict path: {name: [kind, requires_grad]}}}.
Kinds: "parameter" and "buffer" as the live module has them when the file is written, "other" for tensors that no
module registered. Needs torch; trains nothing: gradients are made up.
"""
import collections
import io
import json
import os
import random
import sys
import warnings

import torch
from torch import nn

import idioms
import wider

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

LEAVES = [
    "weight", "bias", "scale", "shift", "gamma", "beta", "alpha", "temperature", "mask", "table", "mean", "std",
    "running_mean", "running_var", "num_batches_tracked", "position_ids", "inv_freq", "freqs", "pos_embed", "proto",
    "centers", "cache", "queue", "weight_g", "weight_v", "weight_u", "logit_scale", "A_log", "D", "lora_A", "q", "k",
]
NAMES = [
    "conv1", "bn1", "fc", "head", "encoder", "decoder", "layers", "blocks", "norm", "ln_1", "attn", "mlp", "embed",
    "criterion", "loss", "ema", "model", "backbone", "proj", "query", "prior", "quant", "codebook", "rotary_emb", "0", "1",
]


class Odd(nn.Module):
    """Registers anything under any name."""


class MyNorm(nn.BatchNorm1d):
    """A subclass: inherits _version."""


def tensor(rng, integral=0.15):
    shape = rng.choice([(), (1,), (2,), (3,), (4,), (4,), (8,), (3, 4), (4, 4), (4, 3), (8, 4), (2, 4, 4), (1, 4), (4, 2, 3, 3), (0,)])
    if rng.random() < integral:
        return torch.randint(0, 5, shape) if rng.random() < 0.7 else torch.zeros(shape, dtype=torch.bool)
    return torch.randn(shape, dtype=rng.choice([torch.float32] * 6 + [torch.float16, torch.bfloat16]))


def odd(rng):
    module = Odd()
    for leaf in rng.sample(LEAVES, rng.randint(1, 5)):
        if rng.random() < 0.5:
            value = tensor(rng)
            floating = value.is_floating_point()
            module.register_parameter(leaf, nn.Parameter(value, requires_grad=floating and rng.random() < 0.75))
        else:
            module.register_buffer(leaf, tensor(rng, 0.3), persistent=rng.random() < 0.85)
    return module


def norm_like(rng, story):
    norm = rng.choice([nn.BatchNorm1d, nn.BatchNorm2d, MyNorm])(4, affine=rng.random() < 0.9)
    trick = rng.random()
    if trick < 0.12:
        for leaf in rng.sample(["running_mean", "running_var"], rng.randint(1, 2)):
            value = getattr(norm, leaf)
            delattr(norm, leaf)
            norm.register_parameter(leaf, nn.Parameter(value))
        story.append("statistics re-registered as parameters")
    elif trick < 0.24 and norm.affine:
        for leaf in rng.sample(["weight", "bias"], rng.randint(1, 2)):
            value = getattr(norm, leaf).detach()
            delattr(norm, leaf)
            norm.register_buffer(leaf, value)
        story.append("affine re-registered as buffers")
    return norm


def leaf_module(rng, story):
    if rng.random() < 0.25:
        return wider.leaf_module(rng, story)
    return rng.choice([
        lambda: nn.Linear(4, rng.choice([3, 4, 8]), bias=rng.random() < 0.8),
        lambda: nn.Linear(8, 4),
        lambda: nn.Conv2d(2, 4, 3, bias=rng.random() < 0.5),
        lambda: norm_like(rng, story),
        lambda: nn.LayerNorm(4),
        lambda: nn.Embedding(8, 4),
        lambda: nn.PReLU(4),
        lambda: nn.GRU(4, 4) if rng.random() < 0.4 else nn.MultiheadAttention(4, 2),
        lambda: odd(rng),
        lambda: odd(rng),
        lambda: nn.CrossEntropyLoss(weight=torch.ones(4)),
        lambda: nn.BCEWithLogitsLoss(pos_weight=torch.ones(4)),
        lambda: nn.utils.weight_norm(nn.Linear(4, 4)),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)),
        lambda: nn.utils.spectral_norm(nn.Linear(4, 4)),
    ])()


def build(rng, depth, story):
    if depth == 0 or rng.random() < 0.35:
        return leaf_module(rng, story)
    module = nn.Sequential() if rng.random() < 0.3 else Odd()
    for i, name in enumerate(rng.sample(NAMES, rng.randint(1, 4))):
        module.add_module(str(i) if isinstance(module, nn.Sequential) else name, build(rng, depth - 1, story))
    if isinstance(module, Odd) and rng.random() < 0.4:
        for leaf in rng.sample(LEAVES, rng.randint(1, 3)):
            if rng.random() < 0.5:
                module.register_parameter(leaf, nn.Parameter(tensor(rng, 0)))
            else:
                module.register_buffer(leaf, tensor(rng))
    return module


def share(rng, model, story):
    """Ties, shared modules, buffers over a parameter's memory."""
    modules = [m for m in model.modules() if isinstance(m, Odd)]
    owners = [(m, n, p) for m in model.modules() for n, p in m.named_parameters(recurse=False)]
    if not modules or not owners:
        return
    for _ in range(rng.randint(1, 2)):
        target = rng.choice(modules)
        owner, name, value = rng.choice(owners)
        leaf = rng.choice(LEAVES)
        if hasattr(target, leaf):
            continue
        kind = rng.choice(["tie", "module", "alias buffer", "buffer that requires grad"])
        if kind == "tie":
            target.register_parameter(leaf, value)
        elif kind == "module" and owner is not target and not any(m is target for m in owner.modules()):
            target.add_module("shared", owner)
        elif kind == "alias buffer":
            target.register_buffer(leaf, value.detach())
        else:
            kept = torch.randn(4, requires_grad=True)
            target.register_buffer(leaf, nn.Parameter(kept.detach()) if rng.random() < 0.5 else kept)
        story.append(kind)


def freeze(rng, model, story):
    for p in model.parameters():
        if p.is_floating_point() and not nn.parameter.is_lazy(p) and rng.random() < 0.4:
            p.requires_grad_(False)
    story.append("frozen one by one")


def make_optimizer(rng, model, others, story):
    pool = [p for p in model.parameters() if p.is_floating_point() and not nn.parameter.is_lazy(p)]
    how = rng.choice(["all", "all", "requires_grad", "some", "groups", "named", "other model", "with buffers"])
    if how == "requires_grad":
        pool = [p for p in pool if p.requires_grad]
    elif how == "some":
        pool = [p for p in pool if rng.random() < 0.7]
    elif how == "other model":
        pool = [p for other in others for p in other.parameters() if p.is_floating_point()]
    elif how == "with buffers":
        pool = pool + [b for b in model.buffers() if b.is_leaf and b.is_floating_point()]
    if not pool:
        return None
    pool = list(dict.fromkeys(pool))
    given = pool
    if how == "groups":
        decay = [p for p in pool if p.ndim > 1]
        rest = [p for p in pool if p.ndim <= 1]
        given = [{"params": g} for g in (decay, rest) if g]
    elif how == "named":
        given = [(n, p) for n, p in model.named_parameters() if p.is_floating_point()]
    elif rng.random() < 0.1:
        rng.shuffle(given)
    kind = rng.choice(["SGD", "SGDm", "Adam", "AdamW", "Adagrad", "RMSprop", "LBFGS"])
    try:
        made = {
            "SGD": lambda: torch.optim.SGD(given, lr=0.1),
            "SGDm": lambda: torch.optim.SGD(given, lr=0.1, momentum=0.9),
            "Adam": lambda: torch.optim.Adam(given),
            "AdamW": lambda: torch.optim.AdamW(given, amsgrad=rng.random() < 0.3),
            "Adagrad": lambda: torch.optim.Adagrad(given),
            "RMSprop": lambda: torch.optim.RMSprop(given, momentum=0.9),
            "LBFGS": lambda: torch.optim.LBFGS(given),
        }[kind]()
    except (ValueError, TypeError):
        return None
    story.append(f"{kind} given {how}")
    if kind != "LBFGS":
        for group in made.param_groups:
            for p in group["params"]:
                if p.requires_grad and rng.random() < 0.9:
                    p.grad = torch.ones_like(p)
        made.step()
    return made


def after(rng, model, optimizer, story):
    """What people do between the optimizer and the save."""
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        owners = [(m, n) for m in model.modules() if not isinstance(m, (nn.GRU, nn.MultiheadAttention)) for n, p in m.named_parameters(recurse=False) if p is not None]
        buffers = [(m, n) for m in model.modules() for n, b in m.named_buffers(recurse=False)]
        act = rng.choice(["freeze", "to buffer", "to parameter", "delete", "add", "swap", "regroup", "load", "thaw", "drop module"])
        if act == "freeze":
            freeze(rng, model, story)
            continue
        if act in ("to buffer", "delete", "swap") and not owners:
            continue
        if act == "to buffer":
            m, n = rng.choice(owners)
            value = getattr(m, n).detach()
            delattr(m, n)
            m.register_buffer(n, value)
        elif act == "to parameter":
            if not buffers:
                continue
            m, n = rng.choice(buffers)
            value = getattr(m, n).detach()
            delattr(m, n)
            m.register_parameter(n, nn.Parameter(value, requires_grad=value.is_floating_point()))
        elif act == "delete":
            m, n = rng.choice(owners)
            delattr(m, n)
        elif act == "add":
            for m in model.modules():
                if isinstance(m, Odd) and not hasattr(m, "added"):
                    m.add_module("added", leaf_module(rng, story))
                    break
        elif act == "swap":
            params = [getattr(m, n) for m, n in owners]
            pairs = [(a, b) for i, a in enumerate(params) for b in params[i + 1 :] if a.shape == b.shape and a is not b]
            if pairs:
                try:
                    torch.utils.swap_tensors(*rng.choice(pairs))
                except RuntimeError:
                    continue
        elif act == "regroup" and optimizer is not None and len(optimizer.param_groups) > 1:
            groups = optimizer.param_groups
            if groups[0]["params"]:
                groups[-1]["params"].append(groups[0]["params"].pop())
        elif act == "load":
            try:
                model.load_state_dict(build(rng, 1, []).state_dict(), strict=False, assign=rng.random() < 0.5)
            except RuntimeError:
                continue
        elif act == "thaw":
            for p in model.parameters():
                if p.is_floating_point():
                    p.requires_grad_(True)
        elif act == "drop module":
            children = [(m, n) for m in model.modules() for n, _ in m.named_children() if not n.startswith("param")]
            if not children:
                continue
            m, n = rng.choice(children)
            try:
                delattr(m, n)
            except AttributeError:
                continue
        story.append(act)


def truth_of(model, state):
    parameters = dict(model.named_parameters(remove_duplicate=False))
    out = {}
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            continue
        if name in parameters:
            out[name] = ["parameter", parameters[name].requires_grad]
        elif name.rpartition(".")[2] in ("_extra_state", "hooked"):
            out[name] = ["other", False]
        elif name.removesuffix("_old") in parameters:
            out[name] = ["parameter", parameters[name.removesuffix("_old")].requires_grad]
        else:
            out[name] = ["buffer", False]
    return out


def edit(rng, state, truth, story):
    """Every way a dict can be edited."""
    names = list(state)
    if not names:
        return state, truth
    if rng.random() < 0.4:
        return wider.edit(rng, state, truth, story)
    act = rng.choice(["pop", "rename", "rename last", "prefix", "strip", "sort", "to end", "plain", "delete", "insert", "reverse", "comprehension", "setdefault", "update", "shuffle"])
    if act == "pop":
        for name in rng.sample(names, min(len(names), rng.randint(1, 3))):
            new = rng.choice([name + "2", name.rpartition(".")[0] + ".renamed" if "." in name else "renamed", "x." + name])
            if new in state:
                continue
            state[new] = state.pop(name)
            if name in truth:
                truth[new] = truth.pop(name)
    elif act in ("rename", "rename last"):
        name = names[-1] if act == "rename last" else rng.choice(names)
        leaf = rng.choice(LEAVES)
        new = f"{name.rpartition('.')[0]}.{leaf}" if "." in name else leaf
        if new not in state:
            state[new] = state.pop(name)
            if name in truth:
                truth[new] = truth.pop(name)
    elif act == "prefix":
        prefix = rng.choice(["module.", "model.", "_orig_mod.", "net.a."])
        metadata = getattr(state, "_metadata", None)
        state = collections.OrderedDict((prefix + k, v) for k, v in state.items())
        if metadata is not None and rng.random() < 0.5:
            state._metadata = metadata
        truth = {prefix + k: v for k, v in truth.items()}
    elif act == "strip":
        state = collections.OrderedDict((k.partition(".")[2] or k, v) for k, v in state.items())
        truth = {k.partition(".")[2] or k: v for k, v in truth.items()}
        if len(state) != len(names):
            return None, None
    elif act == "sort":
        state = dict(sorted(state.items()))
    elif act == "to end" and isinstance(state, collections.OrderedDict):
        state.move_to_end(rng.choice(names), last=rng.random() < 0.6)
    elif act == "plain":
        state = dict(state)
    elif act == "delete":
        name = rng.choice(names)
        del state[name]
        truth.pop(name, None)
    elif act == "insert":
        name = rng.choice(["epoch_mean", "extra.weight", "aux.running_mean", "total"])
        if name not in state:
            state[name] = torch.randn(4)
            truth[name] = ["other", False]
    elif act == "reverse":
        state = dict(reversed(list(state.items())))
    elif act == "comprehension":
        state = {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in state.items()}
    elif act == "setdefault":
        state.setdefault("late", torch.zeros(3))
        truth.setdefault("late", ["other", False])
    elif act == "update":
        name = rng.choice(names)
        if isinstance(state[name], torch.Tensor):
            state.update({name: state[name].float()})
    elif act == "shuffle":
        items = list(state.items())
        rng.shuffle(items)
        metadata = getattr(state, "_metadata", None)
        state = collections.OrderedDict(items)
        if metadata is not None:
            state._metadata = metadata
    story.append(f"edit: {act}")
    return state, truth


def one(seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    story = []
    if rng.random() < 0.4:
        return idioms.one(rng, build, make_optimizer, truth_of, story)
    model = build(rng, rng.choice([1, 2, 2, 3]), story)
    others = [build(rng, 1, [])]
    if rng.random() < 0.3:
        share(rng, model, story)
    if rng.random() < 0.4:
        freeze(rng, model, story)
    if rng.random() < 0.25:
        wider.changes(rng, model, story)
    optimizer = make_optimizer(rng, model, others, story) if rng.random() < 0.6 else None
    optimizers = [optimizer] if optimizer is not None else []
    if optimizers and rng.random() < 0.2:
        second = make_optimizer(rng, model, others, story)
        if second is not None:
            optimizers.append(second)
            story.append("a second optimizer")
    after(rng, model, optimizer, story)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        if optimizer is not None and rng.random() < 0.5:
            wider.optimizer_tricks(rng, model, optimizer, story)
        else:
            wider.changes(rng, model, story)
    if rng.random() < 0.15:
        model = wider.wrap(rng, model, story)
    if rng.random() < 0.05:
        wider.build_hooks(rng, model, story)
    if rng.random() < 0.08:
        story.append("pickled module")
        try:
            truth = truth_of(model, model.state_dict())
            data = io.BytesIO()
            torch.save(model, data)
        except Exception:
            return None
        return data.getvalue(), {"*": truth}, story
    keep = rng.random() < 0.1
    try:
        state = model.state_dict(keep_vars=keep)
    except Exception:
        return None
    if keep:
        story.append("keep_vars")
    truth = truth_of(model, state)
    if rng.random() < 0.45:
        for _ in range(rng.choice([1, 1, 2])):
            state, truth = edit(rng, state, truth, story)
            if state is None:
                return None
    if not any(isinstance(v, torch.Tensor) for v in state.values()):
        return None
    container = rng.choice(["plain", "wrapped", "wrapped", "lightning", "two models", "with ema"]) if optimizer is not None else rng.choice(["plain", "plain", "wrapped", "with ema"])
    if rng.random() < 0.35:
        made = wider.container(rng, model, state, truth, optimizers, truth_of, story)
        return None if made is None else (*made, story)
    data = io.BytesIO()
    if container == "plain":
        saved, truths = state, {"": truth}
    elif container == "wrapped":
        saved = {"model": state, "epoch": 3}
        truths = {"model": truth}
        if optimizer is not None:
            saved["optimizer"] = optimizer.state_dict()
    elif container == "lightning":
        saved = {"state_dict": state, "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [], "pytorch-lightning_version": "2.6.6"}
        truths = {"state_dict": truth}
    elif container == "two models":
        second = others[0].state_dict()
        saved = {"generator": state, "discriminator": second, "optimizer_g": optimizer.state_dict()}
        truths = {"generator": truth, "discriminator": truth_of(others[0], second)}
    else:
        saved = {"state_dict": state, "state_dict_ema": collections.OrderedDict((k, v.clone() if isinstance(v, torch.Tensor) else v) for k, v in state.items())}
        truths = {"state_dict": truth}
        if optimizer is not None:
            saved["optimizer"] = optimizer.state_dict()
    story.append(container)
    try:
        torch.save(saved, data, _use_new_zipfile_serialization=rng.random() < 0.85)
    except Exception:
        return None
    return data.getvalue(), truths, story


def main():
    folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "files.bin"), "wb") as files, open(os.path.join(folder, "truth.jsonl"), "w") as truths:
        for number in range(seed, seed + count):
            try:
                made = one(number)
            except Exception:  # What torch refuses, in classes of many modules.
                continue
            if made is None:
                continue
            data, truth, story = made
            truths.write(json.dumps({"seed": number, "offset": files.tell(), "length": len(data), "story": story, "truth": truth}) + "\n")
            files.write(data)


if __name__ == "__main__":
    main()
