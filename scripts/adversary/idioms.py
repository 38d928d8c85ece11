"""Idioms of training scripts that each change what a model registers, for generate.py: layers fused, adapters merged, copies
kept inside, parametrizations cached, modules prepared for quantisation, names of wrappers, files that say things of a model
that was changed since."""
import collections
import contextlib
import copy
import io
import warnings

import torch
from torch import nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

warnings.filterwarnings("ignore")


class Named(nn.Module):
    """Registers what it is given."""


class LoraLayer(nn.Module):
    """An adapter around a frozen layer, in the names of PEFT."""

    def __init__(self, base, rank):
        super().__init__()
        self.base_layer = base.requires_grad_(False)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(base.in_features, rank, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(rank, base.out_features, bias=False)})

    def merged(self):
        with torch.no_grad():
            added = self.lora_B["default"].weight @ self.lora_A["default"].weight
            self.base_layer.weight.add_(added.to(self.base_layer.weight.dtype))
        return self.base_layer


class Shy(nn.Module):
    """Says of its parameters what is not so, by the methods that people override."""

    def __init__(self, rng):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4), requires_grad=rng.random() < 0.5)
        self.register_buffer("table", torch.randn(4))

    def parameters(self, recurse=True):
        return iter(())


class KeepsLittle(nn.Module):
    """Pickles a part of itself."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4))
        self.register_buffer("mean", torch.randn(4))

    def __getstate__(self):
        state = self.__dict__.copy()
        state["_buffers"] = dict(state["_buffers"])
        return state


class Lists(nn.Module):
    """Parameters in plain lists and dicts, which nothing registers, and the same ones registered elsewhere."""

    def __init__(self, rng):
        super().__init__()
        self.kept = [nn.Parameter(torch.randn(4)) for _ in range(2)]
        self.by_name = {"weight": torch.randn(4)}
        if rng.random() < 0.5:
            self.weight = self.kept[0]
        self.register_buffer("shift", self.kept[1].detach())


class MarkedParameter(nn.Parameter):
    """A subclass, as libraries make them."""


class Fixed(nn.Module):
    """Buffers that require grad, parameters that do not, complex ones and empty ones."""

    def __init__(self, rng):
        super().__init__()
        self.register_buffer("basis", torch.randn(4, requires_grad=rng.random() < 0.5))
        self.register_buffer("held", nn.Parameter(torch.randn(4), requires_grad=rng.random() < 0.5))
        self.weight = MarkedParameter(torch.randn(4, 4), requires_grad=rng.random() < 0.5)
        self.freqs = nn.Parameter(torch.randn(4, dtype=torch.complex64), requires_grad=rng.random() < 0.5)
        self.steps = nn.Parameter(torch.tensor(3), requires_grad=False)
        self.empty = nn.Parameter(torch.zeros(0, 4))


def leaf(rng, story):
    name, make = rng.choice([
        ("shy", lambda: Shy(rng)),
        ("keeps little", KeepsLittle),
        ("plain lists", lambda: Lists(rng)),
        ("fixed", lambda: Fixed(rng)),
        ("convolution and norm", lambda: nn.Sequential(nn.Conv2d(2, 4, 3, bias=rng.random() < 0.5), nn.BatchNorm2d(4))),
        ("linear and norm", lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU())),
        ("fused", lambda: fused(rng)),
        ("LoRA", lambda: LoraLayer(nn.Linear(4, 4), 2)),
    ])
    story.append(name)
    return make()


def fused(rng):
    """A layer with its norm folded in: its own names, no norm."""
    if rng.random() < 0.5:
        conv, norm = nn.Conv2d(2, 4, 3, bias=False).eval(), nn.BatchNorm2d(4).eval()
        return nn.Sequential(fuse_conv_bn_eval(conv, norm), nn.Identity())
    return nn.Sequential(fuse_linear_bn_eval(nn.Linear(4, 4).eval(), nn.BatchNorm1d(4).eval()), nn.Identity())


def children_of(model, kinds):
    return [(m, n, c) for m in model.modules() for n, c in m.named_children() if type(c) in kinds]


def change(rng, model, story):
    """One idiom, in place where it can be; gives the model."""
    how = rng.choice([
        "module under several names", "fuse", "swap on conversion", "load in part, assigned", "assign parameters", "cached parametrization", "adapters", "adapters merged",
        "prepared for quantisation", "pruning removed", "copy inside", "toggled", "buffers to parameters", "parameters to buffers", "parameter shared with buffer", "no longer persistent",
        "parametrization copied", "frozen by inference", "average inside", "stacked", "data set", "moved by del and set",
    ])
    story.append(how)
    modules = list(model.modules())
    module = rng.choice(modules)
    if how == "module under several names":
        children = [(m, n, c) for m in modules for n, c in m.named_children()]
        targets = [m for m in modules if type(m) is Named or type(m).__name__ == "Odd"]
        for _, _, child in rng.sample(children, min(2, len(children))):
            for target in targets[:2]:
                if not any(m is target for m in child.modules()):
                    target.add_module(rng.choice(["tied", "head", "decoder", "norm"]) + str(rng.randint(0, 2)), child)
    elif how == "fuse":
        for parent in modules:
            names = list(parent._modules)
            for a, b in zip(names, names[1:]):
                first, second = parent._modules[a], parent._modules[b]
                if type(first) is nn.Conv2d and type(second) is nn.BatchNorm2d and second.affine and second.running_mean is not None:
                    parent._modules[a] = fuse_conv_bn_eval(first.eval(), second.eval())
                    parent._modules[b] = nn.Identity()
    elif how == "swap on conversion":
        torch.__future__.set_swap_module_params_on_conversion(True)
        try:
            module.to(rng.choice([torch.float16, torch.float64]))
            module.load_state_dict({k: v for k, v in list(module.state_dict().items())[::2] if isinstance(v, torch.Tensor)}, strict=False)
        finally:
            torch.__future__.set_swap_module_params_on_conversion(False)
    elif how in ("load in part, assigned", "assign parameters"):
        own = module.state_dict(keep_vars=how == "assign parameters")
        given = {}
        for name, value in own.items():
            if not isinstance(value, torch.Tensor) or rng.random() < 0.4:
                continue
            value = value.detach().clone()
            floating = value.is_floating_point()
            given[name] = nn.Parameter(value, requires_grad=floating and rng.random() < 0.5) if rng.random() < 0.5 else value
        module.load_state_dict(given, strict=False, assign=True)
    elif how in ("cached parametrization", "parametrization copied"):
        owners = [m for m in modules if type(m) in (nn.Linear, nn.Conv2d, nn.Embedding) and m.weight is not None and not m._forward_pre_hooks and not parametrize.is_parametrized(m)]
        if owners:
            owner = rng.choice(owners)
            parametrize.register_parametrization(owner, "weight", Scaled(rng))
            with parametrize.cached():
                _ = owner.weight
                if how == "parametrization copied":
                    model.add_module("copied", copy.deepcopy(owner))
                if rng.random() < 0.5:
                    owner.parametrizations.weight.original.requires_grad_(False)
    elif how in ("adapters", "adapters merged"):
        for parent, name, child in children_of(model, (nn.Linear,)):
            if child._forward_pre_hooks or rng.random() < 0.4:
                continue
            layer = LoraLayer(child, 2)
            setattr(parent, name, layer.merged() if how == "adapters merged" else layer)
    elif how == "prepared for quantisation":
        from torch.ao.quantization import get_default_qat_qconfig, prepare, prepare_qat, get_default_qconfig

        model.qconfig = get_default_qat_qconfig("x86") if rng.random() < 0.6 else get_default_qconfig("x86")
        if rng.random() < 0.6:
            return prepare_qat(model.train(), inplace=rng.random() < 0.5)
        return prepare(model.eval(), inplace=rng.random() < 0.5)
    elif how == "pruning removed":
        for owner in modules:
            if type(owner) in (nn.Linear, nn.Conv2d) and "weight" in owner._parameters and rng.random() < 0.6:
                prune.random_unstructured(owner, "weight", 0.5)
                if rng.random() < 0.5:
                    prune.remove(owner, "weight")
    elif how == "copy inside":
        made = copy.deepcopy(module)
        with contextlib.suppress(RuntimeError):
            made.requires_grad_(rng.random() < 0.4)
        model.add_module(rng.choice(["teacher", "target", "old", "momentum_encoder"]), made)
    elif how == "toggled":
        for _ in range(rng.randint(1, 3)):
            with contextlib.suppress(RuntimeError):
                rng.choice(modules).requires_grad_(rng.random() < 0.5)
    elif how in ("buffers to parameters", "parameters to buffers"):
        for owner in modules:
            if isinstance(owner, (nn.ParameterList, nn.ParameterDict, nn.RNNBase)) or rng.random() < 0.5:
                continue
            source = owner.named_buffers(recurse=False) if how == "buffers to parameters" else owner.named_parameters(recurse=False)
            for name, value in list(source):
                value = value.detach()
                delattr(owner, name)
                if how == "buffers to parameters":
                    owner.register_parameter(name, nn.Parameter(value, requires_grad=value.is_floating_point() and rng.random() < 0.7))
                else:
                    owner.register_buffer(name, value)
    elif how == "parameter shared with buffer":
        owners = [(m, n, p) for m in modules for n, p in m.named_parameters(recurse=False)]
        for owner, name, value in rng.sample(owners, min(2, len(owners))):
            target = rng.choice(modules)
            if not isinstance(target, (nn.ParameterList, nn.ParameterDict)):
                target.register_buffer("view_of_" + name, value.data if rng.random() < 0.5 else value)
    elif how == "no longer persistent":
        for owner in modules:
            for name, value in list(owner.named_buffers(recurse=False)):
                owner.register_buffer(name, value, persistent=rng.random() < 0.5)
    elif how == "frozen by inference":
        with torch.no_grad():
            for owner in modules:
                for name, value in list(owner.named_parameters(recurse=False)):
                    if rng.random() < 0.3 and not isinstance(owner, (nn.ParameterList, nn.ParameterDict)):
                        setattr(owner, name, nn.Parameter(value * 1, requires_grad=False))
    elif how == "average inside":
        model.add_module("average", torch.optim.swa_utils.AveragedModel(module, use_buffers=rng.random() < 0.5) if not any(m is model for m in module.modules()) else torch.optim.swa_utils.AveragedModel(nn.Linear(4, 4)))
    elif how == "stacked":
        linears = [nn.Linear(4, 4) for _ in range(3)]
        parameters, buffers = torch.func.stack_module_state(linears)
        holder = Named()
        for name, value in parameters.items():
            holder.register_parameter(name, nn.Parameter(value.detach())) if rng.random() < 0.5 else holder.register_buffer(name, value.detach())
        model.add_module("ensemble", holder)
    elif how == "data set":
        for value in list(model.parameters())[:3]:
            value.data = value.data.clone()
    elif how == "moved by del and set":
        for owner in modules:
            for name in list(owner._parameters)[:1]:
                value = owner._parameters[name]
                if value is not None and not isinstance(owner, (nn.ParameterList, nn.ParameterDict, nn.RNNBase)):
                    delattr(owner, name)
                    setattr(owner, name, value)
    return model


class Scaled(nn.Module):
    """A parametrization with a parameter or with a buffer."""

    def __init__(self, rng):
        super().__init__()
        if rng.random() < 0.5:
            self.factor = nn.Parameter(torch.ones(1), requires_grad=rng.random() < 0.5)
        else:
            self.register_buffer("factor", torch.ones(1))

    def forward(self, value):
        return value * self.factor


def rename(rng, state, truth, story):
    """Names as wrappers of training give them, and dicts as comprehensions leave them."""
    how = rng.choice(["sharded", "parallel of compiled", "filtered by text", "sorted by shape", "by kind", "reversed twice", "merged from two", "only trainable", "numbered", "upper"])
    story.append(f"names: {how}")
    prefix = {"sharded": "_fsdp_wrapped_module.", "parallel of compiled": "module._orig_mod."}.get(how)
    if prefix is not None:
        return {prefix + k: v for k, v in state.items()}, {prefix + k: v for k, v in truth.items()}
    if how == "filtered by text":
        word = rng.choice(["weight", "running", "bias", "0", "norm"])
        return {k: v for k, v in state.items() if word not in k}, truth
    if how == "sorted by shape":
        return dict(sorted(state.items(), key=lambda item: str(getattr(item[1], "shape", "")))), truth
    if how == "by kind":
        return dict(sorted(state.items(), key=lambda item: truth.get(item[0], ["z"])[0], reverse=rng.random() < 0.5)), truth
    if how == "reversed twice":
        return dict(reversed(list(dict(reversed(list(state.items()))).items()))), truth
    if how == "merged from two":
        half = len(state) // 2
        items = list(state.items())
        return dict(items[half:]) | dict(items[:half]), truth
    if how == "only trainable":
        return {k: v for k, v in state.items() if truth.get(k, ["", False])[1]}, truth
    if how == "numbered":
        names = {k: f"p{i}" for i, k in enumerate(state)}
        return {names[k]: v for k, v in state.items()}, {names[k]: v for k, v in truth.items() if k in names}
    return {k.upper(): v for k, v in state.items()}, {k.upper(): v for k, v in truth.items()}


def shapes_said(model, trains):
    return collections.OrderedDict((n, p.shape) for n, p in model.named_parameters() if p.requires_grad == trains)


def persistent(model):
    """Names of buffers as DeepSpeed lists them."""
    names = []

    def walk(module, prefix):
        names.extend(prefix + n for n, _ in module.named_buffers(recurse=False) if n not in module._non_persistent_buffers_set)
        for name, child in module.named_children():
            walk(child, prefix + name + ".")

    walk(model, "")
    return names


def file(rng, model, optimizer, truth_of, story):
    """What is written; None where nothing can be."""
    how = rng.choice(["state dict", "state dict", "state dict", "with optimizer", "with optimizer", "module", "module and older dict", "module and newer dict", "hyper parameters of before", "deepspeed", "deepspeed of before",
                      "names in the optimizer", "kept vars", "traced", "two modules", "exported", "loose parameters", "rank files"])
    story.append(f"file: {how}")
    state = model.state_dict(keep_vars=how == "kept vars")
    truth = truth_of(model, state)
    if how in ("state dict", "with optimizer", "kept vars", "names in the optimizer") and rng.random() < 0.5:
        state, truth = rename(rng, state, truth, story)
    saved, truths = state, {"": truth}
    if how == "with optimizer" or how == "names in the optimizer":
        saved, truths = {"model": state, "step": 3}, {"model": truth}
        if optimizer is not None:
            saved["optimizer"] = optimizer.state_dict()
            if how == "names in the optimizer":
                names = list(truth)
                rng.shuffle(names)
                for group in saved["optimizer"]["param_groups"]:
                    group["param_names"] = [names[i % len(names)] for i in range(len(group["params"]))] if names else []
    elif how in ("module", "two modules"):
        saved, truths = model, {"*": truth}
        if how == "two modules":
            other = copy.deepcopy(model).requires_grad_(False)
            saved, truths = {"student": model, "teacher": other}, {"student": truth, "teacher": truth_of(other, other.state_dict())}
    elif how in ("module and older dict", "module and newer dict", "hyper parameters of before", "deepspeed of before"):
        before = copy.deepcopy(model)
        given = shapes_said(model, True)
        older, model_state = before.state_dict(), model.state_dict()
        older_truth = truth_of(before, older)
        known = set(model.parameters())
        for owner in list(model.modules()):
            for name, value in [*owner.named_parameters(recurse=False)]:
                if isinstance(owner, (nn.ParameterList, nn.ParameterDict, nn.RNNBase)) or rng.random() < 0.5:
                    continue
                with contextlib.suppress(KeyError, AttributeError):
                    delattr(owner, name)
                    owner.register_buffer(name, value.detach()) if rng.random() < 0.5 else setattr(owner, name, nn.Parameter(value.detach(), requires_grad=rng.random() < 0.5 and value.is_floating_point()))
        state = model.state_dict()
        truth = truth_of(model, state)
        if how == "module and older dict":
            # Of the same memory: what it is in the module now.
            older = model_state if rng.random() < 0.5 else older
            saved, truths = {"model": model, "state_dict": older}, {"model": truth, "state_dict": truth_of(model, older) if older is model_state else older_truth}
        elif how == "module and newer dict":
            saved, truths = {"model": before, "state_dict": state}, {"model": older_truth, "state_dict": truth}
        elif how == "hyper parameters of before":
            saved, truths = {"state_dict": {f"net.{k}": v for k, v in state.items()}, "hyper_parameters": {"net": before}, "pytorch-lightning_version": "2.6.6"}, {"state_dict": {f"net.{k}": v for k, v in truth.items()}}
        else:
            # What the optimizer was given when the engine was made; frozen ones and buffers as they are when it is saved.
            frozen = [p for p in model.parameters() if not p.requires_grad]
            if rng.random() < 0.5:
                saved = {"frozen_param_shapes": None}
            elif all(p in known for p in frozen):
                saved = {"frozen_param_shapes": shapes_said(model, False)}
            else:
                return None
            saved = {"module": state, "param_shapes": [given], "buffer_names": persistent(model), "ds_version": "0.18.1", **saved}
            truths = {"module": truth}
    elif how == "deepspeed":
        # Names of optimizer groups, in parts; frozen ones left out as engines without frozen parameters do.
        given = shapes_said(model, True)
        for value in list(model.parameters()):
            if value.is_floating_point() and not nn.parameter.is_lazy(value) and rng.random() < 0.1:
                value.requires_grad_(rng.random() < 0.5)
        truth = truth_of(model, state)
        saved = {"module": state, "buffer_names": persistent(model), "param_shapes": [given], "ds_version": "0.18.1"}
        if rng.random() < 0.5:
            # Without elements there is nothing to optimise: engines of late list those as frozen.
            saved["frozen_param_shapes"] = collections.OrderedDict((n, p.shape) for n, p in model.named_parameters() if not p.requires_grad or 0 in p.shape)
            saved["param_shapes"] = [collections.OrderedDict((n, s) for n, s in given.items() if 0 not in s)]
        truths = {"module": truth}
    elif how == "rank files":
        saved = {"module": state, "buffer_names": persistent(model), "param_shapes": shapes_said(model, True), "frozen_param_shapes": None, "ds_version": "0.18.1"}
        truths = {"module": truth}
    elif how == "traced":
        parts = [m for m in model.modules() if type(m) in (nn.Linear, nn.LayerNorm, nn.PReLU, nn.BatchNorm1d) and not m._forward_pre_hooks and getattr(m, "weight", None) is not None and m.weight.shape[-1] == 4]
        part = nn.Sequential(*parts[:2]).eval()
        if len(part) == 0:
            return None
        data = io.BytesIO()
        torch.jit.save(torch.jit.trace(part.float(), torch.randn(2, 4), check_trace=False), data)
        return data.getvalue(), {"*": truth_of(part, part.state_dict())}
    elif how == "exported":
        parts = [m for m in model.modules() if type(m) in (nn.Linear, nn.LayerNorm, nn.BatchNorm1d) and not m._forward_pre_hooks and getattr(m, "weight", None) is not None and m.weight.shape[-1] == 4]
        if not parts or rng.random() < 0.9:  # A second each.
            return None
        part = nn.Sequential(parts[0]).eval()
        data = io.BytesIO()
        torch.export.save(torch.export.export(part.float(), (torch.randn(2, 4),)), data)
        return data.getvalue(), {"*": truth_of(part, part.state_dict())}
    elif how == "loose parameters":
        saved, truths = {"state_dict": state, "extra": list(model.parameters())[:3], "one": next(iter(model.parameters()), None)}, {"state_dict": truth}
    data = io.BytesIO()
    torch.save(saved, data, _use_new_zipfile_serialization=rng.random() < 0.9)
    return data.getvalue(), truths


def one(rng, build, make_optimizer, truth_of, story):
    """A case made of these idioms alone: see generate.py."""
    model = Named()
    for i in range(rng.randint(1, 3)):
        model.add_module(rng.choice(["net", "encoder", "head", "layers", "m"]) + str(i), leaf(rng, story) if rng.random() < 0.5 else build(rng, 1, story))
    for _ in range(rng.randint(0, 2)):
        model = change(rng, model, story)
    optimizer = make_optimizer(rng, model, [model], story) if rng.random() < 0.6 else None
    for _ in range(rng.randint(0, 2)):
        model = change(rng, model, story)
    made = file(rng, model, optimizer, truth_of, story)
    return None if made is None else (*made, story)
