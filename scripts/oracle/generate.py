"""Writes pairs of a checkpoint and a model, with what torch says of loading the one into the other.

    python scripts/oracle/generate.py FOLDER [SEED]

FOLDER/files.bin holds the files end to end, FOLDER/pairs.jsonl a line for each pair:

{"what": in words, "group": of the table, "kind": "module" or "optimizer", "assign": null or what assign=True says,
 "a": [file name, offset, length], "b": the same, "strict": what strict=True says, "lenient": what strict=False says,
 "missing", "unexpected": torch's own lists, null where it ends before it has them}

`a` is what is loaded, `b` is saved from the model it is loaded into: its state dict or the whole module. What torch says
is null or [exception, message]. The lists are those of the frame of `load_state_dict`, also where it raises.
Needs torch 2.15 and safetensors.
"""
import collections
import copy
import io
import json
import os
import random
import sys
import warnings

import numpy
import safetensors.torch
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

import further

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
rng = random.Random(seed)
torch.manual_seed(seed)
os.makedirs(folder, exist_ok=True)
files = open(os.path.join(folder, "files.bin"), "wb")
pairs = open(os.path.join(folder, "pairs.jsonl"), "w")
OrderedDict = collections.OrderedDict


# What torch says


def outcome(call):
    """The exception and torch's lists, which are in the frame of load_state_dict when it raises."""
    try:
        result = call()
        return None, list(result.missing_keys), list(result.unexpected_keys)
    except Exception as error:  # noqa: BLE001
        missing = unexpected = None
        at = error.__traceback__
        while at is not None:
            names = at.tb_frame.f_locals
            if at.tb_frame.f_code.co_name == "load_state_dict" and "missing_keys" in names and "error_msgs" in names:
                # Raised at once: the lists are not complete.
                complete = type(error) is RuntimeError and str(error).startswith("Error(s) in loading state_dict")
                if complete:
                    missing, unexpected = list(names["missing_keys"]), list(names["unexpected_keys"])
            at = at.tb_next
        return [type(error).__name__, str(error)], missing, unexpected


def saved(value, form):
    buffer = io.BytesIO()
    if form == "safetensors":
        return "safetensors", safetensors.torch.save({k: v.detach().clone().contiguous() for k, v in value.items()})
    if form == "legacy":
        torch.save(value, buffer, _use_new_zipfile_serialization=False)
    elif form == "script":
        torch.jit.save(value, buffer)
    else:
        torch.save(value, buffer)
    return "pt", buffer.getvalue()


def loaded(data, form):
    if form == "safetensors":
        return safetensors.torch.load(data)
    if form == "script":
        return torch.jit.load(io.BytesIO(data))
    value = torch.load(io.BytesIO(data), weights_only=False)
    # The state dict in a training file is what is loaded of it.
    if isinstance(value, dict) and set(value) == {"epoch", "state_dict"}:
        return value["state_dict"]
    return value


def place(name, data):
    at = files.tell()
    files.write(data)
    return [name, at, len(data)]


count = 0
written = 0


def module_pair(group, what, checkpoint, model, a_form="pt", b_form="pt"):
    """One pair. `checkpoint` is what is saved as `a`; `model()` makes the model anew."""
    global count
    try:
        a_name, a_data = saved(checkpoint, a_form)
    except (ValueError, RuntimeError, AttributeError):
        return
    try:
        loaded(a_data, a_form)
    except (KeyError, AttributeError):  # A type that the reader of that layout does not know.
        return
    live = model()
    try:
        if b_form == "module":
            b_name, b_data = saved(live, "pt")
        elif b_form == "plain":
            b_name, b_data = saved(dict(live.state_dict()), "pt")
        else:
            b_name, b_data = saved(live.state_dict(), b_form)
    except (ValueError, RuntimeError, AttributeError):
        return
    says = {}
    for key, options in (("strict", {"strict": True}), ("lenient", {"strict": False}), ("assign", {"strict": True, "assign": True})):
        says[key], missing, unexpected = outcome(lambda: model().load_state_dict(loaded(a_data, a_form), **options))
        if key == "lenient":
            says["missing"], says["unexpected"] = missing, unexpected
    line = {"what": f"{what} [{a_form} into {b_form}]", "group": group, "kind": "module",
            "a": place(f"a.{a_name}", a_data), "b": place(f"b.{b_name}", b_data), **says}
    pairs.write(json.dumps(line) + "\n")
    count += 1


def optimizer_pair(what, checkpoint, optimizer, wrap=False, group="optimizers"):
    global count
    given = checkpoint if not wrap else {"epoch": 1, "optimizer": checkpoint}
    live = optimizer()
    kept = live.state_dict() if not wrap else {"epoch": 2, "optimizer": live.state_dict()}
    a, b = saved(given, "pt")[1], saved(kept, "pt")[1]
    value = loaded(a, "pt")
    try:
        optimizer().load_state_dict(value["optimizer"] if wrap else value)
        says = None
    except Exception as error:  # noqa: BLE001
        says = [type(error).__name__, str(error)]
    line = {"what": what, "group": group, "kind": "optimizer", "a": place("a.pt", a), "b": place("b.pt", b), "strict": says,
            "lenient": says, "assign": None, "missing": None, "unexpected": None}
    pairs.write(json.dumps(line) + "\n")
    count += 1


# Edits of a state dict


def kept_metadata(old, items):
    new = OrderedDict(items)
    if hasattr(old, "_metadata"):
        new._metadata = old._metadata
    return new


def without(sd, *names):
    return kept_metadata(sd, ((k, v) for k, v in sd.items() if k not in names))


def with_items(sd, more):
    return kept_metadata(sd, [*sd.items(), *more.items()])


def replaced(sd, name, value):
    return kept_metadata(sd, ((k, value if k == name else v) for k, v in sd.items()))


def versioned(sd, version):
    new = OrderedDict(sd)
    if version == "no metadata":
        return new
    new._metadata = OrderedDict()
    for path, local in getattr(sd, "_metadata", {}).items():
        local = {k: v for k, v in local.items() if k != "version"}
        if version is not None:
            local["version"] = version
        new._metadata[path] = local
    return new


def renamed(sd, rename):
    return kept_metadata(sd, ((rename(k), v) for k, v in sd.items()))


def a_tensor(sd):
    names = [k for k, v in sd.items() if isinstance(v, torch.Tensor) and type(v) in (torch.Tensor, nn.Parameter)]
    return rng.choice(names) if names else None


OTHER_TYPES = [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool, torch.complex64,
               torch.float8_e4m3fn, torch.float8_e5m2, torch.int8, torch.int16]


def edits(sd):
    """Everything that people's scripts do to a state dict, one at a time: what it is, and the result."""
    yield "its own", sd
    yield "a plain dict", dict(sd)
    yield "nothing", {}
    names = list(sd)
    if names:
        name = rng.choice(names)
        yield f"without {name}", without(sd, name)
        # A file without a tensor has no state dict to ask about.
        yield "every second", kept_metadata(sd, list(sd.items())[::2])
        module = rng.choice(names).rpartition(".")[0]
        rest = kept_metadata(sd, ((k, v) for k, v in sd.items() if not k.startswith(module + ".")))
        if rest:
            yield "without a module", rest
    name = a_tensor(sd)
    if name is not None:
        value = sd[name]
        shape = list(value.shape)
        yield f"{name} of another shape", replaced(sd, name, torch.zeros([size + 1 for size in shape] or [2]))
        yield f"{name} with a dimension more", replaced(sd, name, torch.zeros([1, *shape]))
        if shape:
            yield f"{name} flat", replaced(sd, name, torch.zeros(value.numel()))
        dtype = rng.choice(OTHER_TYPES)
        if not value.is_quantized and value.layout == torch.strided and not value.is_complex():
            try:
                yield f"{name} as {dtype}", replaced(sd, name, value.detach().to(dtype))
            except RuntimeError:
                pass
            if 0 not in shape:
                yield f"{name} expanded", replaced(sd, name, torch.zeros([1] * len(shape), dtype=value.dtype).expand(shape))
        odd = rng.choice([[1.0, 2.0], None, "text", 3, 2.5, True, (1, 2), {"a": 1}, numpy.zeros(3, dtype="float32"), numpy.float32(1), b"raw"])
        if sum(isinstance(v, torch.Tensor) for v in sd.values()) > 1:
            yield f"{name} as {type(odd).__name__}", replaced(sd, name, odd)
        yield f"{name} on meta", replaced(sd, name, torch.empty(shape, device="meta"))
        yield "several at once", with_items(replaced(without(sd, names[-1]) if names[-1] != name else sd, name, torch.zeros([9, *shape])), {"zzz": torch.ones(2), name + ".more": torch.ones(1)})
    below = names[0].split(".")[0] if names else "x"
    yield "unexpected ones", with_items(sd, {"zzz.weight": torch.ones(2), below + ".foo.bar": torch.ones(1), "aaa": torch.ones(())})
    if names:
        yield "a value nobody asks for", with_items(sd, {"epoch": 3, "note": "text", "opt": {"lr": 0.1}})
    yield "odd names", with_items(sd, {".": torch.ones(1), below + ".": torch.ones(1), "": torch.ones(1), "..a": torch.ones(1)})
    yield "module. before all", renamed(sd, lambda k: "module." + k)
    yield "module. stripped by hand", renamed(sd, lambda k: k.removeprefix(k.split(".")[0] + "."))
    yield "in a wrapper", {"epoch": 1, "state_dict": sd}
    for version in ("no metadata", None, 1, 2, 3):
        yield f"versions {version}", versioned(sd, version)
    yield f"a key that is an int", with_items(sd, {3: torch.ones(1)})
    yield f"a key that is bytes", with_items(sd, {b"x": torch.ones(1)})
    if any(k.endswith("num_batches_tracked") for k in names):
        old = without(sd, *(k for k in names if k.endswith("num_batches_tracked")))
        yield "without counters", old
        yield "without counters, a plain dict", dict(old)
        yield "without counters, version 1", versioned(old, 1)
        yield "without statistics, a plain dict", dict(kept_metadata(sd, ((k, v) for k, v in sd.items() if not k.endswith(("running_mean", "running_var")))))


# Modules of torch.nn


class Tiny(nn.Module):
    """Parameters and buffers of a module of one's own."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)
        self.register_parameter("none", None)
        self.register_buffer("table", torch.arange(6))
        self.register_buffer("hidden", torch.ones(2), persistent=False)
        self.register_buffer("nothing", None)


class Net(nn.Module):
    def __init__(self, hidden=4, norm=nn.BatchNorm1d):
        super().__init__()
        self.embed = nn.Embedding(7, hidden)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(hidden, hidden), norm(hidden), nn.ReLU()) for _ in range(2))
        self.tiny = Tiny()
        self.head = nn.Linear(hidden, 3)
        self.dropped = None


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = self.a


MODULES = {
    "Linear": lambda: nn.Linear(3, 2), "Linear without bias": lambda: nn.Linear(3, 2, bias=False), "Bilinear": lambda: nn.Bilinear(2, 3, 4),
    "Conv1d": lambda: nn.Conv1d(2, 3, 3), "Conv2d": lambda: nn.Conv2d(2, 4, 3, groups=2), "Conv3d": lambda: nn.Conv3d(2, 3, 2),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(2, 3, 3), "ConvTranspose2d": lambda: nn.ConvTranspose2d(2, 3, 3), "ConvTranspose3d": lambda: nn.ConvTranspose3d(2, 3, 2),
    "BatchNorm1d": lambda: nn.BatchNorm1d(3), "BatchNorm2d": lambda: nn.BatchNorm2d(4), "BatchNorm3d": lambda: nn.BatchNorm3d(2), "SyncBatchNorm": lambda: nn.SyncBatchNorm(3),
    "BatchNorm1d not affine": lambda: nn.BatchNorm1d(3, affine=False), "BatchNorm1d without statistics": lambda: nn.BatchNorm1d(3, track_running_stats=False),
    "InstanceNorm1d": lambda: nn.InstanceNorm1d(3, affine=True), "InstanceNorm2d with statistics": lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True),
    "InstanceNorm3d with statistics alone": lambda: nn.InstanceNorm3d(3, track_running_stats=True),
    "GroupNorm": lambda: nn.GroupNorm(2, 4), "LayerNorm": lambda: nn.LayerNorm([2, 3]), "RMSNorm": lambda: nn.RMSNorm(4), "PReLU": lambda: nn.PReLU(3),
    "Embedding": lambda: nn.Embedding(5, 3, padding_idx=0), "EmbeddingBag": lambda: nn.EmbeddingBag(5, 3),
    "RNN": lambda: nn.RNN(2, 3, bidirectional=True), "LSTM": lambda: nn.LSTM(2, 4, num_layers=2, proj_size=3), "GRU": lambda: nn.GRU(2, 3),
    "RNNCell": lambda: nn.RNNCell(2, 3), "LSTMCell": lambda: nn.LSTMCell(2, 3), "GRUCell": lambda: nn.GRUCell(2, 3),
    "MultiheadAttention": lambda: nn.MultiheadAttention(4, 2), "MultiheadAttention with other widths": lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(4, 2, 8), "TransformerDecoderLayer": lambda: nn.TransformerDecoderLayer(4, 2, 8),
    "Transformer": lambda: nn.Transformer(4, 2, 1, 1, 8), "AdaptiveLogSoftmaxWithLoss": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6]),
    "CrossEntropyLoss": lambda: nn.CrossEntropyLoss(weight=torch.ones(3)), "BCEWithLogitsLoss": lambda: nn.BCEWithLogitsLoss(weight=torch.ones(3), pos_weight=torch.ones(3)),
    "ParameterList": lambda: nn.ParameterList([torch.ones(2), torch.ones(3)]), "ParameterDict": lambda: nn.ParameterDict({"a": torch.ones(2), "b": torch.ones(())}),
    "ModuleDict": lambda: nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.BatchNorm1d(2)}), "Sequential": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2)),
    "a module of one's own": Tiny, "a net": Net, "a net of instance norms": lambda: Net(norm=lambda n: nn.InstanceNorm1d(n, affine=True, track_running_stats=True)),
    "a net in half": lambda: Net().half(), "tied parameters": Tied, "a shared module": Shared,
    "DataParallel": lambda: nn.DataParallel(Net()), "AveragedModel": lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2)),
    "CosineSimilarity, of no entries": lambda: nn.Sequential(nn.ReLU(), nn.CosineSimilarity()),
    "a frozen net": lambda: Net().requires_grad_(False),
}
B_FORMS = ["pt", "pt", "pt", "plain", "safetensors", "module"]


def both(what, group, make, forms=None, extra=lambda sd: ()):
    source = make().state_dict()
    for edit, sd in [*edits(source), *extra(source)]:
        a_form = "pt"
        if all(isinstance(k, str) and type(v) in (torch.Tensor, nn.Parameter) and v.layout == torch.strided and v.device.type == "cpu" and not v.is_quantized for k, v in sd.items()) and sd:
            a_form = rng.choice(["pt", "pt", "safetensors", "legacy"])
        b_form = rng.choice(forms or B_FORMS)
        module_pair(group, f"{what}: {edit}", sd, make, a_form, b_form)


for what, make in MODULES.items():
    both(what, "modules of torch.nn", make)
for what in ("Linear", "a net", "BatchNorm1d", "Sequential", "tied parameters"):
    make = MODULES[what]
    for b_form in ("pt", "safetensors", "module"):
        module_pair("a module in place of a dict", f"{what}: the module itself", make(), make, "pt", b_form)
    module_pair("a module in place of a dict", f"{what}: the module itself, old file", make(), make, "legacy")
    if what not in ("a net",):
        module_pair("a module in place of a dict", f"{what}: scripted", torch.jit.script(make()), make, "script")
    for value in (list(make().state_dict().values()), tuple(make().state_dict().values())):
        module_pair("a module in place of a dict", f"{what}: a {type(value).__name__}", value, make, "pt")
    a, b = make().state_dict(), make()
    module_pair("other wrappers", f"{what}: compiled", renamed(a, lambda k: "_orig_mod." + k), make)

# One class's state dict into another's
NAMED = list(MODULES)
for _ in range(120):
    one, other = rng.sample(NAMED, 2)
    sd = MODULES[one]().state_dict()
    module_pair("another class", f"{one} into {other}", sd if rng.random() < 0.7 else dict(sd), MODULES[other], rng.choice(["pt", "legacy"]), rng.choice(B_FORMS))

# Numbers


class Scalar(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.p, self.q = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.ones(2))
        self.register_buffer("n", torch.zeros(shape))


for model_shape in ((), (1,), (2,), (1, 1), (0,), (1, 3)):
    for shape in ((), (1,), (2,), (1, 1), (3,), (0,), (1, 3)):
        sd = Scalar(shape).state_dict()
        module_pair("numbers and lists of one", f"{list(shape)} into {list(model_shape)}", sd, lambda s=model_shape: Scalar(s), rng.choice(["pt", "safetensors"]))

# Types


class Typed(nn.Module):
    def __init__(self, dtype, grad=False):
        super().__init__()
        self.register_buffer("b", torch.zeros(4, 2).to(dtype) if dtype is not torch.float4_e2m1fn_x2 else torch.zeros(4, 2, dtype=torch.uint8).view(dtype))
        self.w = nn.Parameter(self.b.detach().clone() if dtype is not torch.float4_e2m1fn_x2 else self.b.view(torch.uint8).clone().view(dtype), requires_grad=grad)


FLOAT4 = torch.float4_e2m1fn_x2
TYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool, torch.complex64,
         torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu, torch.uint16, torch.uint32, torch.uint64, FLOAT4]
for given in TYPES:
    for wanted in rng.sample(TYPES, 4) + [torch.float32, FLOAT4]:
        grad = wanted.is_floating_point and wanted.itemsize > 1
        sd = Typed(given).state_dict()
        a_form = "pt" if given is FLOAT4 else rng.choice(["pt", "safetensors"])
        try:
            module_pair("types", f"{given} into {wanted}", sd, lambda w=wanted, g=grad: Typed(w, g), a_form, "pt")
        except (NotImplementedError, TypeError):
            pass
packed = lambda n: torch.zeros(n, dtype=torch.uint8).view(FLOAT4)


class Packed(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.register_buffer("w", torch.zeros(shape, dtype=torch.uint8).view(FLOAT4))


for given, wanted in (((4,), (4,)), ((4,), (8,)), ((8,), (4,)), ((2, 4), (2, 8)), ((2, 8), (2, 8))):
    module_pair("types", f"float4 {given} into float4 {wanted}", Packed(*given).state_dict(), lambda w=wanted: Packed(*w))
    module_pair("types", f"uint8 {given} into float4 {wanted}", {"w": torch.zeros(given, dtype=torch.uint8)}, lambda w=wanted: Packed(*w))

# Weight norm, spectral norm, parametrizations, pruning


class Identity2(nn.Module):
    def forward(self, w):
        return w * 2

    def right_inverse(self, w):
        return w / 2


def spectral_old():
    return nn.utils.spectral_norm(nn.Linear(3, 4))


def old_spectral_sd(sd):
    """As before version 1: no v, and the weight itself."""
    w = torch.randn(4, 3)
    new = without(sd, "weight_v")
    new["weight"] = w
    new._metadata = OrderedDict((k, {n: v for n, v in local.items() if n != "spectral_norm"}) for k, local in sd._metadata.items())
    return new


NORMS = {
    "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(3, 4)),
    "weight_norm of all": lambda: nn.utils.weight_norm(nn.Linear(3, 4), dim=None),
    "parametrized weight_norm": lambda: parametrizations.weight_norm(nn.Linear(3, 4)),
    "parametrized weight_norm of a convolution": lambda: parametrizations.weight_norm(nn.Conv1d(3, 4, 2), dim=1),
    "parametrized weight_norm of all": lambda: parametrizations.weight_norm(nn.Linear(3, 4), dim=None),
    "parametrized weight_norm of two": lambda: parametrizations.weight_norm(parametrizations.weight_norm(nn.LSTM(2, 3), "weight_ih_l0"), "weight_hh_l0"),
    "spectral_norm": spectral_old,
    "parametrized spectral_norm": lambda: parametrizations.spectral_norm(nn.Linear(3, 4)),
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(3, 3)),
    "a parametrization of one's own": lambda: parametrize.register_parametrization(nn.Linear(3, 4), "weight", Identity2()) or None,
    "pruned": lambda: prune.l1_unstructured(nn.Linear(3, 4), "weight", 0.5),
    "plain": lambda: nn.Linear(3, 4),
}


def own_parametrization():
    linear = nn.Linear(3, 4)
    parametrize.register_parametrization(linear, "weight", Identity2())
    return linear


NORMS["a parametrization of one's own"] = own_parametrization
for what, make in NORMS.items():
    more = (lambda sd: [("as before version 1", old_spectral_sd(sd)), ("as before version 1, a plain dict", dict(old_spectral_sd(sd))), ("as before version 1, without its weight", without(old_spectral_sd(sd), "weight"))]) if what == "spectral_norm" else (lambda sd: ())
    both(what, "norms and parametrizations", make, ["pt", "pt", "plain"], more)
    wrapped = lambda make=make: nn.Sequential(nn.Conv1d(2, 3, 1), make(), nn.Linear(2, 2))
    for edit, sd in edits(wrapped().state_dict()):
        if rng.random() < 0.4:
            module_pair("norms and parametrizations", f"{what} in a net: {edit}", sd, wrapped)
for one in NORMS:
    for other in NORMS:
        if one != other:
            sd = NORMS[one]().state_dict()
            module_pair("norms and parametrizations", f"{one} into {other}", sd if rng.random() < 0.5 else dict(sd), NORMS[other], "pt", rng.choice(["pt", "plain"]))
        if one != other and rng.random() < 0.4:
            sd = nn.Sequential(NORMS[one](), nn.ReLU(), NORMS[one]()).state_dict()
            module_pair("norms and parametrizations", f"{one} twice into {other}", sd if rng.random() < 0.5 else dict(sd), lambda o=other: nn.Sequential(NORMS[o](), nn.ReLU(), NORMS[o]()))

# Norms that changed with the version of a checkpoint


def bn(n, **k):
    return nn.Sequential(nn.Linear(n, n), nn.BatchNorm1d(n, **k), nn.Sequential(nn.BatchNorm1d(n, **k)))


for kwargs in ({}, {"affine": False}, {"momentum": None}, {"track_running_stats": False}):
    for other in ({}, {"affine": False}, {"track_running_stats": False}):
        source = bn(3, **kwargs).state_dict()
        for version in ("its own", "no metadata", None, 1, 2):
            for drop in ("", "num_batches_tracked", "running_var"):
                sd = source if version == "its own" else versioned(source, version)
                sd = without(sd, *(k for k in sd if drop and k.endswith(drop)))
                module_pair("versions of batch norms", f"{kwargs} into {other}, versions {version}, without {drop or 'nothing'}", sd, lambda o=other: bn(3, **o), "pt", rng.choice(["pt", "plain", "module"]))
for version in ("its own", "no metadata", 1, 2):
    # One module's version alone
    sd = bn(3).state_dict()
    sd = without(sd, "1.num_batches_tracked", "2.0.num_batches_tracked")
    sd._metadata = OrderedDict(sd._metadata)
    sd._metadata["1"] = {} if version == "no metadata" else {"version": version} if version != "its own" else {"version": 2}
    module_pair("versions of batch norms", f"one of them {version}", sd, lambda: bn(3))
    stripped = renamed(nn.DataParallel(bn(3)).state_dict(), lambda k: k.removeprefix("module."))
    stripped = without(stripped, "1.num_batches_tracked")
    module_pair("versions of batch norms", "names changed, versions of the old names", stripped, lambda: bn(3))


def inorm(**k):
    return nn.Sequential(nn.Conv1d(3, 3, 1), nn.InstanceNorm1d(3, **k))


for kwargs in ({"affine": True}, {"affine": True, "track_running_stats": True}, {"track_running_stats": True}):
    for other in ({"affine": True}, {"affine": True, "track_running_stats": True}, {"track_running_stats": True}):
        source = inorm(**kwargs).state_dict()
        for version in ("its own", "no metadata", 1):
            sd = source if version == "its own" else versioned(source, version)
            for b_form in ("pt", "module"):
                module_pair("versions of batch norms", f"instance norm {kwargs} into {other}, versions {version}", sd, lambda o=other: inorm(**o), "pt", b_form)

# Lazy modules


LAZY = {
    "LazyLinear": lambda: nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2)), "LazyConv2d": lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU()),
    "LazyBatchNorm1d": lambda: nn.Sequential(nn.LazyBatchNorm1d(), nn.Linear(3, 2)), "LazyInstanceNorm2d": lambda: nn.Sequential(nn.LazyInstanceNorm2d(affine=True), nn.ReLU()),
    "LazyConvTranspose1d": lambda: nn.Sequential(nn.LazyConvTranspose1d(4, 3), nn.Linear(2, 2)),
}
READY = {
    "LazyLinear": lambda: nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2)), "LazyConv2d": lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU()),
    "LazyBatchNorm1d": lambda: nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)), "LazyInstanceNorm2d": lambda: nn.Sequential(nn.InstanceNorm2d(3, affine=True), nn.ReLU()),
    "LazyConvTranspose1d": lambda: nn.Sequential(nn.ConvTranspose1d(2, 4, 3), nn.Linear(2, 2)),
}
for what, make in LAZY.items():
    lazy, ready = make().state_dict(), READY[what]().state_dict()
    module_pair("lazy modules", f"{what} into itself", lazy, make)
    module_pair("lazy modules", f"{what} into the ready one", lazy, READY[what])
    for edit, sd in edits(ready):
        module_pair("lazy modules", f"ready into {what}: {edit}", sd, make, "pt", rng.choice(["pt", "pt", "module"]))

# Sparse, subclasses, distributed, quantised, meta


class Held(nn.Module):
    def __init__(self, value, parameter=False):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        if parameter:
            self.v = nn.Parameter(value, requires_grad=False)
        else:
            self.register_buffer("v", value)


eye = torch.eye(4)
KINDS = {
    "dense": lambda: torch.eye(4), "dense half": lambda: torch.eye(4).half(), "COO": lambda: eye.to_sparse(), "CSR": lambda: eye.to_sparse_csr(), "CSC": lambda: eye.to_sparse_csc(),
    "BSR": lambda: eye.to_sparse_bsr((2, 2)), "COO of another size": lambda: torch.eye(5).to_sparse(), "dense of another size": lambda: torch.eye(5), "meta": lambda: torch.empty(4, 4, device="meta"),
    "qint8": lambda: torch.quantize_per_tensor(eye, 0.1, 0, torch.qint8), "quint8": lambda: torch.quantize_per_tensor(eye, 0.1, 0, torch.quint8),
    "qint8 per channel": lambda: torch.quantize_per_channel(eye, torch.ones(4), torch.zeros(4, dtype=torch.long), 0, torch.qint8),
    "qint32": lambda: torch.quantize_per_tensor(eye, 0.1, 0, torch.qint32), "float64": lambda: torch.eye(4).double(),
    "expanded": lambda: torch.ones(1, 4).expand(4, 4), "transposed": lambda: torch.rand(4, 4).t(), "a view": lambda: torch.rand(8, 8)[::2, ::2],
}
for given, a in KINDS.items():
    for wanted, b in KINDS.items():
        if wanted == "expanded":
            continue  # what is saved of it is read expanded: below
        module_pair("sparse, quantised, meta", f"{given} into {wanted}", Held(a()).state_dict(), lambda b=b: Held(b()))
for given in ("dense", "expanded", "meta", "qint8", "dense half"):
    for parameter in (False, True):
        module_pair("sparse, quantised, meta", f"{given} into expanded", Held(KINDS[given]()).state_dict(), lambda p=parameter: Held(torch.ones(1, 4).expand(4, 4), p))
        module_pair("sparse, quantised, meta", f"{given} into one expanded of all", Held(KINDS[given]()).state_dict(), lambda p=parameter: Held(torch.ones(()).expand(4, 4), p))
from torch.testing._internal.two_tensor import TwoTensor  # noqa: E402

os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
os.environ.setdefault("MASTER_PORT", "29411")
dist.init_process_group("gloo", rank=0, world_size=1)
from torch.distributed.device_mesh import init_device_mesh  # noqa: E402
from torch.distributed.tensor import Replicate, Shard, distribute_tensor  # noqa: E402

mesh = init_device_mesh("cpu", (1,))
SUBCLASSES = {
    "dense": lambda: torch.eye(4), "DTensor": lambda: distribute_tensor(torch.eye(4), mesh, [Shard(0)]), "a replicated DTensor": lambda: distribute_tensor(torch.eye(4), mesh, [Replicate()]),
    "a DTensor of another size": lambda: distribute_tensor(torch.eye(5), mesh, [Shard(0)]), "COO": lambda: eye.to_sparse(), "TwoTensor": lambda: TwoTensor(torch.eye(4), torch.eye(4)),
}
for given, a in SUBCLASSES.items():
    for wanted, b in SUBCLASSES.items():
        for parameter in (False, True):
            try:
                module_pair("subclasses and DTensors", f"{given} into {wanted}", Held(a(), parameter).state_dict(), lambda b=b, p=parameter: Held(b(), p))
            except (TypeError, RuntimeError):
                pass


# Extra state


class Extra(nn.Linear):
    def __init__(self, state):
        super().__init__(2, 2)
        self.state = state

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


STATES = {"a tensor": torch.tensor([1, 2], dtype=torch.uint8), "bytes": b"fp8", "BytesIO": io.BytesIO(b"fp8"), "a dict": {"scale": torch.ones(3), "n": 2}, "None": None, "a list": [1, 2], "a text": "x"}
for what, state in STATES.items():
    make = lambda s=state: nn.Sequential(Extra(s), nn.Linear(2, 2), Extra(s))
    plain = lambda: nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    sd = make().state_dict()
    for form in ("pt", "legacy"):
        module_pair("extra state", f"{what} into itself", sd, make, form)
        module_pair("extra state", f"{what} into a model without", sd, plain, form)
        module_pair("extra state", f"none into {what}", plain().state_dict(), make, form)
    module_pair("extra state", f"{what}, one of them gone", without(sd, "0._extra_state"), make)
    module_pair("extra state", f"{what}, renamed", renamed(sd, lambda k: k.replace("_extra_state", "_state")), make)
    module_pair("extra state", f"{what}, below its name", renamed(sd, lambda k: k.replace("_extra_state", "_extra_state.x")), make)
    module_pair("extra state", f"{what}, at another module", renamed(sd, lambda k: k.replace("0._extra", "1._extra")), make)
    module_pair("extra state", f"{what}, another kind", replaced(sd, "0._extra_state", rng.choice(list(STATES.values()))), make)
    module_pair("extra state", f"{what}, a plain dict", dict(sd), make)

# Quantised modules


class Quantisable(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.conv, self.fc, self.dequant = torch.ao.quantization.QuantStub(), nn.Conv2d(1, 2, 1), nn.Linear(2, 2), torch.ao.quantization.DeQuantStub()

    def forward(self, x):
        return self.dequant(self.fc(self.conv(self.quant(x)).mean((2, 3))))


torch.backends.quantized.engine = next(e for e in torch.backends.quantized.supported_engines if e != "none")


def prepared(qat=False):
    model = Quantisable()
    if qat:
        model.train()
        model.qconfig = torch.ao.quantization.get_default_qat_qconfig("x86")
        torch.ao.quantization.prepare_qat(model, inplace=True)
    else:
        model.eval()
        model.qconfig = torch.ao.quantization.get_default_qconfig("x86")
        torch.ao.quantization.prepare(model, inplace=True)
    model(torch.randn(2, 1, 4, 4))
    return model


def quantised():
    return torch.ao.quantization.convert(prepared().eval())


_MADE = {
    "quantised": quantised, "prepared": prepared, "prepared for training": lambda: prepared(True),
    "dynamically quantised": lambda: torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 3), nn.ReLU()), {nn.Linear}),
    "a quantised embedding": lambda: nn.Sequential(torch.ao.nn.quantized.Embedding(4, 4), nn.Linear(2, 2)),
    "float": Quantisable,
    "a quantised linear": lambda: torch.ao.nn.quantized.Linear(2, 3), "a quantised convolution": lambda: torch.ao.nn.quantized.Conv2d(1, 2, 1),
    "quantised functions": lambda: nn.ModuleDict({"f": torch.ao.nn.quantized.QFunctional()}), "a per-channel observer": lambda: nn.Sequential(torch.ao.quantization.PerChannelMinMaxObserver()),
    "a histogram observer": lambda: nn.Sequential(torch.ao.quantization.HistogramObserver()), "a fake quantiser": lambda: nn.Sequential(torch.ao.quantization.FakeQuantize()),
}
# Made once: preparing and converting take a second each.
_made = {what: make() for what, make in _MADE.items()}
QUANTISED = {what: (lambda what=what: copy.deepcopy(_made[what])) for what in _MADE}
for what, make in QUANTISED.items():
    source = make().state_dict()
    for edit, sd in edits(source):
        if "expanded" not in edit:
            module_pair("quantised modules", f"{what}: {edit}", sd, make, "pt", "pt")
    for other in QUANTISED:
        if other != what:
            module_pair("quantised modules", f"{what} into {other}", source, QUANTISED[other], "pt", "pt")


class TwoConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = torch.ao.nn.intrinsic.qat.ConvBn2d(1, 2, 1, qconfig=torch.ao.quantization.get_default_qat_qconfig("x86"))


for edit, sd in edits(TwoConv().state_dict()):
    if "expanded" not in edit:
        module_pair("quantised modules", f"ConvBn2d: {edit}", sd, TwoConv)

# TorchScript as the model, and its plain attributes


class Attribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_buffer("steps", torch.ones(1))
        self.anchors = torch.ones(5)

    def forward(self, x):
        return self.fc(x) + self.anchors.sum() + self.steps


scripted = Attribute()
for edit, sd in edits(Attribute().state_dict()):
    global_script = torch.jit.script(Attribute())
    buffer = io.BytesIO()
    torch.jit.save(global_script, buffer)
    live = lambda data=buffer.getvalue(): torch.jit.load(io.BytesIO(data))
    try:
        a_name, a_data = saved(sd, "pt")
    except Exception:  # noqa: BLE001
        continue
    says = {}
    for key, options in (("strict", {"strict": True}), ("lenient", {"strict": False}), ("assign", {"assign": True})):
        says[key], missing, unexpected = outcome(lambda: live().load_state_dict(loaded(a_data, "pt"), **options))
        if key == "lenient":
            says["missing"], says["unexpected"] = missing, unexpected
    line = {"what": f"a scripted module: {edit}", "group": "TorchScript", "kind": "module", "a": place("a.pt", a_data), "b": place("b.pt", buffer.getvalue()), **says}
    pairs.write(json.dumps(line) + "\n")
    count += 1

# Optimizers


def steps(optimizer):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.ones_like(p)
    optimizer.step()
    return optimizer


def params(*shapes):
    return [nn.Parameter(torch.ones(shape)) for shape in shapes]


MAKERS = {
    "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), "SGD without momentum": lambda p: torch.optim.SGD(p, lr=0.1),
    "RMSprop": torch.optim.RMSprop, "Adagrad": torch.optim.Adagrad, "Adadelta": torch.optim.Adadelta, "NAdam": torch.optim.NAdam, "Adamax": torch.optim.Adamax, "ASGD": torch.optim.ASGD, "Rprop": torch.optim.Rprop,
    "AMSGrad": lambda p: torch.optim.Adam(p, amsgrad=True), "RAdam": torch.optim.RAdam,
}
GROUPS = {
    "one group of two": lambda: params((2, 2), (2,)), "one group of three": lambda: params((2, 2), (2,), (3,)), "one group of other shapes": lambda: params((3, 3), (3,)),
    "two groups": lambda: [{"params": params((2, 2))}, {"params": params((2,)), "lr": 0.5}], "two groups of other sizes": lambda: [{"params": params((2, 2), (2,))}, {"params": params((2,))}],
    "three groups": lambda: [{"params": params((2,))}, {"params": params((2,))}, {"params": params((3,))}],
    "with names": lambda: [("fc.weight", nn.Parameter(torch.ones(2, 2))), ("fc.bias", nn.Parameter(torch.ones(2)))],
    "with other names": lambda: [("head.weight", nn.Parameter(torch.ones(2, 2))), ("head.bias", nn.Parameter(torch.ones(2)))],
}
for maker, make in MAKERS.items():
    for given in GROUPS:
        for wanted in rng.sample(list(GROUPS), 4):
            other = rng.choice([maker, rng.choice(list(MAKERS))])
            if rng.random() < 0.3:
                wanted = given
            sd = steps(make(GROUPS[given]())).state_dict()
            build = lambda o=other, w=wanted: steps(MAKERS[o](GROUPS[w]()))
            optimizer_pair(f"{maker} of {given} into {other} of {wanted}", sd, build, rng.random() < 0.4)
fresh = lambda: steps(torch.optim.Adam(params((2, 2), (2,))))
sd = fresh().state_dict()
for what, edited in {
    "without state": {**sd, "state": {}}, "a key more": {**sd, "scaler": 1}, "no groups": {**sd, "param_groups": []},
    "without a learning rate": {**sd, "param_groups": [{k: v for k, v in sd["param_groups"][0].items() if k != "lr"}]},
    "state of one of two": {**sd, "state": {0: sd["state"][0]}}, "state of a parameter more": {**sd, "state": {**sd["state"], 7: sd["state"][0]}},
    "a group without params": {**sd, "param_groups": [{k: v for k, v in sd["param_groups"][0].items() if k != "params"}]},
    "doubled": {**sd, "param_groups": sd["param_groups"] * 2},
}.items():
    optimizer_pair(f"Adam: {what}", edited, fresh)
    optimizer_pair(f"Adam in a checkpoint: {what}", edited, fresh, True)


def add(line):
    global count
    pairs.write(json.dumps(line) + "\n")
    count += 1


further.write(globals())
files.close()
pairs.close()
print(count, "pairs")
