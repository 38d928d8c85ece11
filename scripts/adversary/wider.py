"""What else PyTorch's public calls allow, for generate.py: containers of parameters, lazy modules, parametrizations, wrappers,
several optimizers, copies and averages, hooks on state dicts, files written by other calls."""
import collections
import copy
import io

import safetensors.torch
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

floats = [torch.float32] * 6 + [torch.float16, torch.bfloat16, torch.float64]


class Halved(nn.Module):
    """A parametrization with entries of its own."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("factor", torch.full((size,), 0.5))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, value):
        return value * self.factor[0]


class Doubled(nn.Module):
    """A parametrization without entries."""

    def forward(self, value):
        return value * 2

    def right_inverse(self, value):
        return value / 2


class WithExtra(nn.Module):
    """Extra state that is a tensor."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4))

    def get_extra_state(self):
        return torch.ones(4)

    def set_extra_state(self, state):
        pass


class Lists(nn.Module):
    """Lists and dicts of parameters, some of them None, some buffers by nn.Buffer, some frozen from the start."""

    def __init__(self, rng):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(4), requires_grad=rng.random() < 0.6) for _ in range(rng.randint(0, 3))])
        self.table = nn.ParameterDict({name: torch.randn(rng.choice([1, 4]), 4) for name in rng.sample(["mean", "std", "weight", "a"], 2)})
        self.register_parameter("bias", None)
        self.register_buffer("mask", None)
        self.prior = nn.Buffer(torch.randn(4), persistent=rng.random() < 0.8)
        if rng.random() < 0.5:
            self.weights.append(torch.randn(4))


def pruned(rng):
    layer = nn.Linear(4, rng.choice([4, 8]))
    prune.random_unstructured(layer, "weight", 0.5)
    if rng.random() < 0.3:
        prune.remove(layer, "weight")
    return layer


def parametrized(rng):
    layer = nn.Linear(4, 4, bias=rng.random() < 0.6)
    how = rng.randint(0, 4)
    if how == 0:
        return parametrizations.spectral_norm(layer)
    if how == 1:
        return parametrizations.orthogonal(layer)
    parametrize.register_parametrization(layer, "weight", Doubled() if how == 2 else Halved(4))
    if rng.random() < 0.3:
        parametrize.register_parametrization(layer, "weight", Halved(2))
    if how == 4:
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=rng.random() < 0.5)
    return layer


def lazy(rng):
    layer = rng.choice([lambda: nn.LazyLinear(4), lambda: nn.LazyConv1d(4, 3), nn.LazyBatchNorm1d])()
    if rng.random() < 0.7:
        layer(torch.randn(2, 4, 5) if isinstance(layer, nn.LazyConv1d) else torch.randn(2, 4))
    return layer


def observed(rng):
    from torch.ao.quantization import FakeQuantize, MinMaxObserver, MovingAveragePerChannelMinMaxObserver

    fake = FakeQuantize()
    return rng.choice([lambda: fake, MinMaxObserver, lambda: MovingAveragePerChannelMinMaxObserver(ch_axis=0)])()


def leaf_module(rng, story):
    name, make = rng.choice([
        ("lists", lambda: Lists(rng)),
        ("lists", lambda: Lists(rng)),
        ("pruned", lambda: pruned(rng)),
        ("parametrized", lambda: parametrized(rng)),
        ("parametrized", lambda: parametrized(rng)),
        ("lazy", lambda: lazy(rng)),
        ("observed", lambda: observed(rng)),
        ("extra", WithExtra),
        ("odd norms", lambda: rng.choice([
            lambda: nn.BatchNorm1d(4, track_running_stats=False),
            lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
            lambda: nn.GroupNorm(2, 4),
            lambda: nn.RMSNorm(4),
            lambda: nn.LayerNorm(4, bias=False),
        ])()),
        ("large", lambda: rng.choice([
            lambda: nn.LSTM(4, 4, bidirectional=True, num_layers=rng.randint(1, 2), bias=rng.random() < 0.8),
            lambda: nn.TransformerEncoderLayer(4, 2, 8, bias=rng.random() < 0.7),
            lambda: nn.Bilinear(4, 4, 4),
            lambda: nn.EmbeddingBag(8, 4),
            lambda: nn.ConvTranspose2d(2, 4, 3),
            lambda: nn.MultiheadAttention(4, 2, kdim=8, vdim=8, add_bias_kv=True),
        ])()),
    ])
    story.append(name)
    return make()


def wrap(rng, model, story):
    """What stands around a model when it is saved."""
    how = rng.choice(["parallel", "compiled", "averaged", "module of a module", "checkpointed"])
    story.append(how)
    if how == "parallel":
        return nn.DataParallel(model)
    if how == "compiled":
        return torch.compile(model)
    if how == "averaged":
        averaged = torch.optim.swa_utils.AveragedModel(model, use_buffers=rng.random() < 0.5)
        if rng.random() < 0.5:
            averaged.update_parameters(model)
        return averaged
    if how == "checkpointed":
        from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper

        return checkpoint_wrapper(model)
    outer = nn.Module()
    outer.add_module(rng.choice(["module", "_orig_mod", "model", "net", "ema"]), model)
    return outer


def build_hooks(rng, model, story):
    """Hooks that change what state_dict gives."""
    modules = list(model.modules())
    module = rng.choice(modules)
    how = rng.choice(["dropped", "renamed", "added", "ordered"])
    story.append(f"hook: {how}")

    def hook(self, state, prefix, local):
        own = [k for k in state if k.startswith(prefix)]
        if not own:
            return
        name = own[-1]
        if how == "dropped":
            del state[name]
        elif how == "added":
            state[prefix + "hooked"] = torch.randn(4)
        elif how == "ordered":
            state.move_to_end(own[0])
        else:
            state[name + "_old"] = state.pop(name)

    module._register_state_dict_hook(hook)


def optimizer_tricks(rng, model, optimizer, story):
    """What people do with an optimizer that exists."""
    how = rng.choice(["add group", "move", "swap groups", "clear state", "load another", "cast", "replace parameter", "freeze modules", "empty group", "reverse group"])
    groups = optimizer.param_groups
    story.append(f"optimizer: {how}")
    if how == "add group":
        known = {id(p) for g in groups for p in g["params"]}
        rest = [p for p in model.parameters() if id(p) not in known and p.is_floating_point()]
        if rest:
            optimizer.add_param_group({"params": rest, "lr": 0.01})
    elif how == "move" and len(groups) > 1:
        source, target = rng.sample(groups, 2)
        if source["params"]:
            target["params"].insert(rng.randint(0, len(target["params"])), source["params"].pop(rng.randrange(len(source["params"]))))
    elif how == "swap groups" and len(groups) > 1:
        groups.reverse()
    elif how == "clear state":
        optimizer.state.clear()
    elif how == "load another":
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    elif how == "cast":
        model.half()
    elif how == "replace parameter":
        for module in model.modules():
            for name, value in list(module.named_parameters(recurse=False)):
                if rng.random() < 0.4:
                    try:
                        setattr(module, name, nn.Parameter(value.detach().clone(), requires_grad=rng.random() < 0.5 and value.is_floating_point()))
                    except (AttributeError, TypeError, RuntimeError):
                        continue
    elif how == "freeze modules":
        for module in model.modules():
            if rng.random() < 0.3:
                try:
                    module.requires_grad_(False)
                except RuntimeError:
                    continue
    elif how == "empty group":
        groups[rng.randrange(len(groups))]["params"].clear()
    elif how == "reverse group":
        groups[0]["params"].reverse()


def changes(rng, model, story):
    """What people do with a model whatever trains it."""
    how = rng.choice(["freeze modules", "tie modules", "tie lists", "expand", "view", "none", "nn.Buffer", "to_empty", "clone module", "setattr", "cast one", "assign", "rename child"])
    story.append(how)
    modules = list(model.modules())
    module = rng.choice(modules)
    if how == "freeze modules":
        module.requires_grad_(False)
    elif how in ("tie modules", "tie lists"):
        owners = [(m, n, p) for m in modules for n, p in m.named_parameters(recurse=False)]
        pairs = [(a, b) for i, a in enumerate(owners) for b in owners[i + 1 :] if a[2].shape == b[2].shape]
        for a, b in rng.sample(pairs, min(len(pairs), 2)):
            setattr(b[0], b[1], a[2])
    elif how in ("expand", "view"):
        owners = [(n, p) for n, p in module.named_parameters(recurse=False) if p.dim() > 0 and p.shape[0] > 0]
        if owners:
            name, value = rng.choice(owners)
            data = value.detach()[:1].expand(value.shape) if how == "expand" else value.detach().flip(0)[: value.shape[0]]
            value.data = data
    elif how == "none":
        for name in list(module._parameters)[:1]:
            module.register_parameter(name, None)
    elif how == "nn.Buffer":
        for name, value in list(module.named_parameters(recurse=False))[:1]:
            delattr(module, name)
            setattr(module, name, nn.Buffer(value.detach()))
    elif how == "to_empty":
        model.to("meta")
    elif how == "clone module":
        children = list(module.named_children())
        if children and not isinstance(module, (nn.ParameterList, nn.ParameterDict)):
            module.add_module("copied", copy.deepcopy(rng.choice(children)[1]).requires_grad_(rng.random() < 0.5))
    elif how == "setattr":
        module.anything = nn.Parameter(torch.randn(4), requires_grad=rng.random() < 0.5)
    elif how == "cast one":
        module.to(rng.choice(floats))
    elif how == "assign":
        state = {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in model.state_dict().items()}
        for name in list(state):
            if rng.random() < 0.4:
                del state[name]
        model.load_state_dict(state, strict=False, assign=True)
    elif how == "rename child":
        children = list(module.named_children())
        if children:
            name, child = rng.choice(children)
            delattr(module, name)
            module.add_module(rng.choice(["renamed", "bn", "norm", "conv"]), child)


def edit(rng, state, truth, story):
    """More ways to edit a dict."""
    names = list(state)
    act = rng.choice(["popitem", "re-insert", "re-insert some", "first", "join", "join in place", "parameters last", "cast", "clone some", "wrap", "stack", "split", "replace text", "drop buffers", "half the names"])
    story.append(f"edit: {act}")
    tensors = [n for n in names if isinstance(state[n], torch.Tensor)]
    if not tensors:
        return state, truth
    if act == "popitem":
        name, _ = state.popitem()
        truth.pop(name, None)
    elif act in ("re-insert", "re-insert some"):
        for name in rng.sample(names, 1 if act == "re-insert" else rng.randint(1, len(names))):
            state[name] = state.pop(name)
    elif act == "first" and isinstance(state, collections.OrderedDict):
        state.move_to_end(rng.choice(names), last=False)
    elif act == "join":
        state = {"late.weight": torch.randn(4, 4)} | dict(state)
        truth = {"late.weight": ["other", False], **truth}
    elif act == "join in place":
        state |= {"late.weight": torch.randn(4, 4), "late.running_mean": torch.randn(4)}
        truth = {**truth, "late.weight": ["other", False], "late.running_mean": ["other", False]}
    elif act == "parameters last":
        metadata = getattr(state, "_metadata", None)
        state = collections.OrderedDict(sorted(state.items(), key=lambda item: truth.get(item[0], [""])[0]))
        if metadata is not None and rng.random() < 0.5:
            state._metadata = metadata
    elif act == "cast":
        for name in tensors:
            state[name] = state[name].half() if state[name].is_floating_point() else state[name].float()
    elif act == "clone some":
        for name in rng.sample(tensors, rng.randint(1, len(tensors))):
            state[name] = state[name].clone()
    elif act == "wrap":
        for name in rng.sample(tensors, rng.randint(1, len(tensors))):
            if type(state[name]) is torch.Tensor and state[name].is_floating_point() and truth.get(name, [""])[0] == "parameter":
                state[name] = nn.Parameter(state[name].detach().clone(), requires_grad=truth[name][1])
    elif act == "stack":
        name = rng.choice(tensors)
        state[name] = torch.stack([state[name], state[name]]) if state[name].device.type != "meta" else state[name]
    elif act == "split":
        name = rng.choice(tensors)
        value = state[name]
        if value.dim() > 0 and value.shape[0] > 1:
            del state[name]
            known = truth.pop(name, ["other", False])
            for i, part in enumerate(value.chunk(2)):
                state[f"{name}.{i}"] = part
                truth[f"{name}.{i}"] = known
    elif act == "replace text":
        a, b = rng.choice([("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"), ("bn1", "norm"), (".", "_")])
        state = {k.replace(a, b): v for k, v in state.items()}
        truth = {k.replace(a, b): v for k, v in truth.items()}
        if len(state) != len(names):
            return None, None
    elif act == "drop buffers":
        for name in names:
            if truth.get(name, [""])[0] == "buffer" and rng.random() < 0.7:
                del state[name]
                del truth[name]
    elif act == "half the names":
        for name in names[: len(names) // 2]:
            del state[name]
            truth.pop(name, None)
    return state, truth


def container(rng, model, state, truth, optimizers, truth_of, story):
    """A file of another kind: what is in it, the truth of its state dicts, and what writes it; None where there is none such."""
    how = rng.choice(["several optimizers", "one of several", "deepcopy average", "average by hand", "list average", "module inside", "named parameters", "buffers first", "safetensors", "hyper parameters", "deepspeed", "scripted", "best and last"])
    story.append(how)
    saved = {"model": state, "epoch": 1}
    truths = {"model": truth}
    if how in ("several optimizers", "one of several"):
        if not optimizers:
            return None
        kept = optimizers if how == "several optimizers" else optimizers[-1:]
        if rng.random() < 0.5:
            saved["optimizers"] = [o.state_dict() for o in kept]
        else:
            for i, o in enumerate(kept):
                saved[rng.choice(["optimizer", "opt", "optimizer_state_dict"]) + ("" if i == 0 else f"_{i}")] = o.state_dict()
    elif how == "deepcopy average":
        averaged = copy.deepcopy(model)
        for p in averaged.parameters():
            p.requires_grad_(False)
        second = averaged.state_dict()
        saved["model_ema"] = second
        truths["model_ema"] = truth_of(averaged, second)
    elif how == "average by hand":
        shadow = {n.replace(".", "") if rng.random() < 0.1 else n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
        saved["ema"] = {"decay": 0.99, "shadow": shadow} if rng.random() < 0.5 else shadow
    elif how == "list average":
        saved["ema"] = {"decay": 0.99, "num_updates": 3, "shadow_params": [p.detach().clone() for p in model.parameters() if p.requires_grad]}
    elif how == "module inside":
        saved["model"] = model
        if rng.random() < 0.5:
            saved["state_dict"] = model.state_dict()
            truths = {"model": truth_of(model, model.state_dict()), "state_dict": truth_of(model, model.state_dict())}
        else:
            truths = {"model": truth_of(model, model.state_dict())}
    elif how == "named parameters":
        only = dict(model.named_parameters())
        if not only:
            return None
        saved["model"] = only
        truths = {"model": {n: ["parameter", p.requires_grad] for n, p in only.items()}}
    elif how == "buffers first":
        buffers = dict(model.named_buffers())
        parameters = dict(model.named_parameters())
        saved["model"] = {**buffers, **parameters} if rng.random() < 0.5 else {**{n: b.detach() for n, b in buffers.items()}, **{n: p.detach() for n, p in parameters.items()}}
        truths = {"model": {**{n: ["buffer", False] for n in buffers}, **{n: ["parameter", p.requires_grad] for n, p in parameters.items()}}}
        if not saved["model"]:
            return None
    elif how == "safetensors":
        flat = {n: v.detach().clone().contiguous() for n, v in state.items() if isinstance(v, torch.Tensor) and v.device.type != "meta"}
        if not flat:
            return None
        return safetensors.torch.save(flat), {"*": truth}
    elif how == "hyper parameters":
        # The module was given, kept by reference, and is saved as it is now; or a copy of how it was.
        inner = model if rng.random() < 0.5 else copy.deepcopy(model)
        if inner is not model and rng.random() < 0.5:
            for p in inner.parameters():
                p.requires_grad_(p.is_floating_point() and rng.random() < 0.5)
        saved = {"state_dict": state, "hyper_parameters": {"net": inner, "lr": 0.1}, "pytorch-lightning_version": "2.6.6"}
        truths = {"state_dict": truth}
    elif how == "deepspeed":
        parameters = {n: p for n, p in model.named_parameters()}
        saved = {
            "module": state,
            "buffer_names": [n for n, _ in model.named_buffers()],
            "param_shapes": [collections.OrderedDict((n, p.shape) for n, p in parameters.items() if p.requires_grad)],
            "frozen_param_shapes": collections.OrderedDict((n, p.shape) for n, p in parameters.items() if not p.requires_grad),
            "ds_version": "0.18.1",
        }
        truths = {"module": truth}
    elif how == "scripted":
        from torch import jit

        data = io.BytesIO()
        sequence = nn.Sequential(*[m for m in model.modules() if type(m) in (nn.Linear, nn.BatchNorm1d, nn.LayerNorm, nn.Conv2d, nn.PReLU) and not m._forward_pre_hooks][:4])
        if len(sequence) == 0 or any(p.is_meta for p in sequence.parameters()):
            return None
        jit.save(jit.script(sequence), data)
        return data.getvalue(), {"*": {n: v for n, v in truth_of(sequence, sequence.state_dict()).items()}}
    elif how == "best and last":
        saved = {"last": state, "best": {n: v.clone() if isinstance(v, torch.Tensor) else v for n, v in state.items()}}
        truths = {"last": truth, "best": truth}
    if optimizers and "optimizer" not in saved and "optimizers" not in saved and rng.random() < 0.6:
        saved["optimizer"] = optimizers[0].state_dict()
    data = io.BytesIO()
    torch.save(saved, data, _use_new_zipfile_serialization=rng.random() < 0.9)
    return data.getvalue(), truths
