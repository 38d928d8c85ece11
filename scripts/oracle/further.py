"""Pairs of further kinds, for generate.py: what people's models are made of besides modules of torch.nn by themselves."""
import collections
import copy
import io
import types

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

OrderedDict = collections.OrderedDict


# Containers


class Deep(nn.Module):
    """Lists and dicts of parameters within each other, with gaps."""

    def __init__(self):
        super().__init__()
        self.lists = nn.ParameterList([nn.Parameter(torch.ones(2)), nn.ParameterList([torch.ones(3)]), torch.ones(4)])
        self.table = nn.ParameterDict({"a": torch.ones(2), "b": nn.ParameterDict({"c": torch.ones(1)})})
        self.mixed = nn.ModuleDict({"0": nn.Linear(2, 2), "weight": nn.BatchNorm1d(2), "bias": nn.ModuleList([nn.PReLU(), nn.Identity()])})


class Names(nn.Module):
    """Names that are words elsewhere."""

    def __init__(self):
        super().__init__()
        for name in ("model", "module", "weight", "_metadata", "running_mean", "0", "über", "with space"):
            child = nn.Linear(2, 2)
            self.add_module(name, child)
        self.register_buffer("_extra", torch.ones(1))
        self.register_parameter("module_", nn.Parameter(torch.ones(2)))


class Gone(nn.Module):
    """Children, parameters and buffers that are None or are not kept."""

    def __init__(self, kept):
        super().__init__()
        self.a = nn.Linear(2, 2, bias=kept)
        self.b = nn.BatchNorm1d(2) if kept else None
        self.register_buffer("steps", torch.ones(3), persistent=kept)
        self.register_buffer("mask", torch.ones(2) if kept else None)
        self.register_parameter("gain", nn.Parameter(torch.ones(2)) if kept else None)
        self.list = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)] if kept else [nn.Linear(2, 2)])


class Tangled(nn.Module):
    """A module under three names, and parameters of it under others."""

    def __init__(self, bias=True):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 2, bias=bias), nn.BatchNorm1d(2))
        self.decoder = self.encoder
        self.heads = nn.ModuleList([self.encoder[0], nn.Linear(2, 2)])
        self.heads[1].weight = self.encoder[0].weight
        self.register_buffer("view", self.encoder[1].running_mean)


class Transformers(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, **options), 2, enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8, **options), 1, norm=nn.LayerNorm(4))


CONTAINERS = {
    "lists and dicts of parameters": Deep, "names that are words": Names, "a model with all": lambda: Gone(True), "a model without some": lambda: Gone(False),
    "a module of three names": Tangled, "transformers": Transformers, "transformers without bias": lambda: Transformers(bias=False),
    "attention without bias": lambda: nn.MultiheadAttention(4, 2, bias=False), "attention with key biases": lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True),
    "attention of three widths without bias": lambda: nn.MultiheadAttention(4, 2, kdim=4, vdim=6, bias=False),
    "LSTM with projections both ways": lambda: nn.LSTM(2, 4, proj_size=3, bidirectional=True), "LSTM without bias": lambda: nn.LSTM(2, 4, bias=False),
    "GRU of three layers": lambda: nn.GRU(2, 3, num_layers=3, dropout=0.1), "RNN both ways without bias": lambda: nn.RNN(2, 3, bidirectional=True, bias=False),
    "embedding bag that sums": lambda: nn.EmbeddingBag(5, 3, mode="sum", padding_idx=0, include_last_offset=True), "loss of speakers": lambda: nn.Sequential(nn.Linear(2, 3), nn.NLLLoss(weight=torch.ones(3)), nn.MultiMarginLoss(weight=torch.ones(3))),
    "upsampling and folds, of no entries": lambda: nn.ModuleDict({"up": nn.Upsample(scale_factor=2), "fold": nn.Fold((4, 4), (2, 2)), "fc": nn.Linear(2, 2)}),
    "parallel of parallel": lambda: nn.DataParallel(nn.DataParallel(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))),
    "compiled parallel": lambda: torch.compile(nn.DataParallel(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))),
    "parallel of compiled": lambda: nn.DataParallel(torch.compile(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))),
    "average of parallel": lambda: torch.optim.swa_utils.AveragedModel(nn.DataParallel(nn.Linear(2, 2)), use_buffers=True),
    "synchronised norms": lambda: nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))),
    "norms of momentum None": lambda: nn.ModuleList([nn.BatchNorm1d(2, momentum=None), nn.InstanceNorm2d(2, track_running_stats=True, affine=True)]),
    "empty tensors": lambda: nn.ParameterDict({"a": torch.ones(0), "b": torch.ones(0, 3), "c": torch.ones(2, 0, 1)}),
    "one number": lambda: nn.ParameterDict({"temperature": torch.ones(())}), "in half": lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).half(), "in double": lambda: nn.LSTM(2, 2).double(),
}


# Parametrizations


class Halves(nn.Module):
    """A tensor made of two."""

    def forward(self, a, b):
        return torch.cat([a, b])

    def right_inverse(self, value):
        return value.chunk(2)


class Kept(nn.Module):
    """A parametrization with a buffer and a parameter."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("base", torch.ones(size))
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, value):
        return value * self.scale


def with_parametrizations(layer, *given):
    for name, parametrization in given:
        parametrize.register_parametrization(layer, name, parametrization)
    return layer


def unweighted(layer):
    prune.l1_unstructured(layer, "bias", 0.5)
    prune.random_structured(layer, "weight", 0.5, dim=0)
    return layer


PARAMETRIZED = {
    "made of two": lambda: with_parametrizations(nn.Linear(3, 4), ("weight", Halves())),
    "with entries": lambda: with_parametrizations(nn.Linear(3, 4), ("weight", Kept(2)), ("bias", Kept(3))),
    "one after the other": lambda: with_parametrizations(nn.Conv1d(2, 4, 3), ("weight", Kept(2)), ("weight", Kept(1))),
    "spectral after weight norm": lambda: parametrizations.spectral_norm(parametrizations.weight_norm(nn.Linear(3, 4)), "bias") if False else parametrizations.weight_norm(parametrizations.weight_norm(nn.Linear(3, 4)), "bias", dim=0),
    "orthogonal with base": lambda: parametrizations.orthogonal(nn.Linear(3, 4), orthogonal_map="cayley"),
    "orthogonal by reflections": lambda: parametrizations.orthogonal(nn.Linear(4, 4), orthogonal_map="householder", use_trivialization=False),
    "older weight norm of an LSTM": lambda: nn.utils.weight_norm(nn.LSTM(2, 3), "weight_hh_l0"),
    "older spectral norm of a convolution": lambda: nn.utils.spectral_norm(nn.Conv2d(2, 3, 3)),
    "older spectral norm of an embedding": lambda: nn.utils.spectral_norm(nn.Embedding(5, 3)),
    "pruned twice": lambda: unweighted(nn.Linear(3, 4)),
    "pruned and made plain": lambda: prune.remove(unweighted(nn.Linear(3, 4)), "weight"),
    "weight norm of a transposed convolution": lambda: parametrizations.weight_norm(nn.ConvTranspose1d(3, 4, 2), dim=1),
    "plain": lambda: nn.Linear(3, 4),
}

# Extra state


class Says(nn.Module):
    """Extra state at a module with children."""

    def __init__(self, state, children=True):
        super().__init__()
        self.state = state
        self.weight = nn.Parameter(torch.ones(2))
        if children:
            self.inner = Says(state, False)
            self.fc = nn.Linear(2, 2)

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


class OnlyState(nn.Module):
    """Extra state and nothing else."""

    def __init__(self, state):
        super().__init__()
        self.state = state

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


# Keys and mappings


class Attributes(dict):
    """A dict as many libraries have one."""

    def __getattr__(self, name):
        return self[name]


def mappings(sd):
    yield "a UserDict", collections.UserDict(sd)
    yield "a defaultdict", collections.defaultdict(list, sd)
    yield "a Counter", collections.Counter(dict(sd))
    yield "a ChainMap", collections.ChainMap(dict(sd))
    yield "an OrderedDict", OrderedDict(sd)
    yield "a tuple of pairs", tuple(sd.items())
    yield "a list of pairs", list(sd.items())
    yield "a set of names", set(sd)
    yield "a namespace", types.SimpleNamespace(**{k.replace(".", "_"): v for k, v in sd.items()})
    yield "one tensor", next(iter(sd.values()))
    yield "a text", "model.pt"
    yield "a number", 3
    yield "nothing at all", None


def keys(sd):
    for what, key in (("None", None), ("a tuple", (1, 2)), ("True", True), ("a float", 1.5), ("a number", 7), ("bytes", b"a.weight"), ("an empty text", ""), ("dots", "..."), ("a space", " ")):
        yield f"a key that is {what}", [*sd.items(), (key, torch.ones(1))]
        yield f"a key first that is {what}", [(key, torch.ones(1)), *sd.items()]


def metadata(sd):
    """Versions of some, of others, and of nobody."""
    def given(local):
        new = OrderedDict(sd)
        new._metadata = OrderedDict(local)
        return new
    own = dict(sd._metadata)
    yield "versions of the root alone", given({"": {"version": 1}})
    yield "versions of nobody", given({})
    yield "versions of half", given(list(own.items())[: len(own) // 2])
    yield "versions of modules that are not there", given({**own, "gone": {"version": 1}, "gone.more": {"version": 9}})
    yield "versions below", given({f"module.{k}": v for k, v in own.items()})
    yield "versions of zero", given({k: {"version": 0} for k in own})
    yield "versions far ahead", given({k: {"version": 99} for k in own})
    yield "versions with more in them", given({k: {**v, "note": [1, 2]} for k, v in own.items()})


# Quantised modules


class Kinds(nn.Module):
    """What the quantised library has, one of each."""

    def __init__(self, *children):
        super().__init__()
        for i, child in enumerate(children):
            self.add_module(f"m{i}", child)


def quantised_kinds():
    from torch.ao.nn import quantized as nnq
    from torch.ao.nn.quantized import dynamic as nnqd
    from torch.ao.nn.intrinsic import quantized as nniq
    from torch.ao import quantization as aq

    qat = aq.get_default_qat_qconfig("x86")

    def trained(module):
        module.qconfig = qat
        return module

    import torch.ao.nn.qat as nnqat
    import torch.ao.nn.intrinsic.qat as nniqat

    made = {
        "Conv1d": lambda: nnq.Conv1d(2, 3, 1), "Conv3d": lambda: nnq.Conv3d(2, 3, 1), "ConvTranspose1d": lambda: nnq.ConvTranspose1d(2, 3, 1), "ConvTranspose2d": lambda: nnq.ConvTranspose2d(2, 3, 1),
        "Conv2d without bias": lambda: nnq.Conv2d(2, 3, 1, bias=False), "BatchNorm2d": lambda: nnq.BatchNorm2d(3), "BatchNorm3d": lambda: nnq.BatchNorm3d(3),
        "LayerNorm": lambda: nnq.LayerNorm(4, nn.Parameter(torch.ones(4)), nn.Parameter(torch.zeros(4)), 1.0, 0), "GroupNorm": lambda: nnq.GroupNorm(2, 4, nn.Parameter(torch.ones(4)), nn.Parameter(torch.zeros(4)), 1.0, 0),
        "InstanceNorm2d": lambda: nnq.InstanceNorm2d(4, nn.Parameter(torch.ones(4)), nn.Parameter(torch.zeros(4)), 1.0, 0), "Hardswish": lambda: nnq.Hardswish(1.0, 0), "ELU": lambda: nnq.ELU(1.0, 0), "LeakyReLU": lambda: nnq.LeakyReLU(1.0, 0),
        "Sigmoid": lambda: nnq.Sigmoid(1.0, 0), "PReLU": lambda: nnq.PReLU(1.0, 0), "Softmax": lambda: nnq.Softmax(scale=1.0, zero_point=0), "Quantize": lambda: nnq.Quantize(torch.tensor([1.0]), torch.tensor([0]), torch.quint8),
        "Embedding": lambda: nnq.Embedding(5, 4), "EmbeddingBag": lambda: nnq.EmbeddingBag(5, 4), "FloatFunctional": lambda: nnq.FloatFunctional(), "QFunctional": lambda: nnq.QFunctional(),
        "LinearReLU": lambda: nniq.LinearReLU(3, 4), "ConvReLU2d": lambda: nniq.ConvReLU2d(2, 3, 1), "BNReLU2d": lambda: nniq.BNReLU2d(3),
        "dynamic Linear": lambda: nnqd.Linear(3, 4), "dynamic LSTM": lambda: nnqd.LSTM(2, 3), "dynamic GRU": lambda: nnqd.GRU(2, 3), "dynamic LSTMCell": lambda: nnqd.LSTMCell(2, 3), "dynamic GRUCell": lambda: nnqd.GRUCell(2, 3), "dynamic RNNCell": lambda: nnqd.RNNCell(2, 3),
        "trained Linear": lambda: nnqat.Linear(3, 4, qconfig=qat), "trained Conv2d": lambda: nnqat.Conv2d(2, 3, 1, qconfig=qat), "trained Embedding": lambda: nnqat.Embedding(5, 4, qconfig=aq.qconfig.float_qparams_weight_only_qconfig),
        "trained ConvBnReLU2d": lambda: nniqat.ConvBnReLU2d(2, 3, 1, qconfig=qat), "trained ConvBn1d": lambda: nniqat.ConvBn1d(2, 3, 1, qconfig=qat), "trained LinearReLU": lambda: nniqat.LinearReLU(3, 4, qconfig=qat), "trained LinearBn1d": lambda: nniqat.LinearBn1d(3, 4, qconfig=qat),
        "MinMaxObserver": aq.MinMaxObserver, "MovingAverageMinMaxObserver": aq.MovingAverageMinMaxObserver, "MovingAveragePerChannelMinMaxObserver": aq.MovingAveragePerChannelMinMaxObserver, "PlaceholderObserver": aq.PlaceholderObserver, "NoopObserver": aq.NoopObserver,
        "RecordingObserver": aq.RecordingObserver, "FixedQParamsObserver": lambda: aq.FixedQParamsObserver(1.0, 0), "FusedMovingAvgObsFakeQuantize": aq.FusedMovingAvgObsFakeQuantize, "FixedQParamsFakeQuantize": lambda: aq.default_fixed_qparams_range_0to1_fake_quant(),
        "FakeQuantize per channel": aq.default_per_channel_weight_fake_quant, "quantizable LSTM": lambda: torch.ao.nn.quantizable.LSTM(2, 3), "quantizable attention": lambda: torch.ao.nn.quantizable.MultiheadAttention(4, 2),
    }
    return {what: (lambda make=make: Kinds(make(), nn.Linear(2, 2))) for what, make in made.items()}


def converted_by_graph(how):
    from torch.ao.quantization import get_default_qconfig_mapping, get_default_qat_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx, prepare_qat_fx

    model = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2)).eval()
    example = (torch.randn(1, 2, 2, 2),)
    if how == "trained":
        return prepare_qat_fx(model.train(), get_default_qat_qconfig_mapping("x86"), example)
    prepared = prepare_fx(model, get_default_qconfig_mapping("x86"), example)
    prepared(*example)
    return prepared if how == "prepared" else convert_fx(prepared)


# Optimizers


def parameters(*shapes, dtype=torch.float32):
    return [nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in shapes]


def stepped(optimizer):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.ones_like(p)
    optimizer.step(lambda: torch.tensor(1.0)) if isinstance(optimizer, torch.optim.LBFGS) else optimizer.step()
    return optimizer


OPTIMIZERS = {
    "Adafactor": torch.optim.Adafactor, "LBFGS": torch.optim.LBFGS, "capturable Adam": lambda p: torch.optim.Adam(p, capturable=False, foreach=False), "fused AdamW": lambda p: torch.optim.AdamW(p, fused=True),
    "SGD with maximize": lambda p: torch.optim.SGD(p, lr=0.1, maximize=True, momentum=0.5), "NAdam decoupled": lambda p: torch.optim.NAdam(p, decoupled_weight_decay=True), "centred RMSprop": lambda p: torch.optim.RMSprop(p, centered=True, momentum=0.9),
    "differentiable SGD": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1), "Adam of tensors": lambda p: torch.optim.Adam(p, lr=torch.tensor(0.1), foreach=False), "Adam": torch.optim.Adam, "SGD": lambda p: torch.optim.SGD(p, lr=0.1), "Muon": lambda p: torch.optim.Muon(p),
    "Adagrad": torch.optim.Adagrad, "Rprop": torch.optim.Rprop, "ASGD": torch.optim.ASGD, "Adamax": torch.optim.Adamax,
}
SHAPES = {
    "matrices": lambda: parameters((2, 2), (3, 2)), "other matrices": lambda: parameters((4, 2), (3, 3)), "one matrix": lambda: parameters((2, 2)), "in half": lambda: parameters((2, 2), (3, 2), dtype=torch.bfloat16),
    "an empty group": lambda: [{"params": parameters((2, 2), (3, 2))}, {"params": []}], "four groups": lambda: [{"params": [p], "lr": 0.1 * (i + 1)} for i, p in enumerate(parameters((2, 2), (2, 2), (2, 2), (2, 2)))],
    "two of one": lambda: [{"params": [p]} for p in parameters((2, 2), (3, 2))],
}


def optimizer_edits(sd):
    groups = sd["param_groups"]
    first = groups[0]

    def group(**more):
        return {**sd, "param_groups": [{**first, **more}, *groups[1:]]}

    def states(edit):
        return {**sd, "state": {k: edit(k, dict(v)) for k, v in sd["state"].items()}}

    yield "a hyperparameter more", group(initial_lr=0.1, note="text")
    yield "a hyperparameter that is a tensor", group(lr=torch.tensor(0.1))
    yield "without hyperparameters", {**sd, "param_groups": [{"params": g["params"]} for g in groups]}
    yield "groups in a tuple", {**sd, "param_groups": tuple(groups)}
    yield "params in a tuple", group(params=tuple(first["params"]))
    yield "params of other numbers", group(params=[p + 10 for p in first["params"]])
    yield "params that are texts", group(params=[f"p{p}" for p in first["params"]])
    yield "params twice the same", group(params=[first["params"][0]] * len(first["params"]))
    yield "a group of no params", group(params=[])
    yield "names", group(param_names=[f"n{p}" for p in first["params"]])
    yield "names too few", group(param_names=["n"])
    yield "steps that are numbers", states(lambda k, v: {**v, **({"step": 3} if "step" in v else {})})
    yield "steps of more dimensions", states(lambda k, v: {**v, **({"step": torch.ones(1)} if "step" in v else {})})
    yield "without steps", states(lambda k, v: {n: x for n, x in v.items() if n != "step"})
    yield "state of the last alone without steps", states(lambda k, v: v if k == 0 else {n: x for n, x in v.items() if n != "step"})
    yield "state of other shapes", states(lambda k, v: {n: torch.ones(7, 7) if isinstance(x, torch.Tensor) and x.dim() > 0 else x for n, x in v.items()})
    yield "state of another type", states(lambda k, v: {n: x.double() if isinstance(x, torch.Tensor) else x for n, x in v.items()})
    yield "state with more", states(lambda k, v: {**v, "ema": torch.ones(2), "note": "text"})
    yield "empty state of each", states(lambda k, v: {})
    yield "state by texts", {**sd, "state": {str(k): v for k, v in sd["state"].items()}}
    yield "an OrderedDict", OrderedDict(sd)


def write(tools):
    module_pair, optimizer_pair, edits, rng, without, renamed, kept_metadata, outcome, place, add = (
        tools["module_pair"], tools["optimizer_pair"], tools["edits"], tools["rng"], tools["without"], tools["renamed"], tools["kept_metadata"], tools["outcome"], tools["place"], tools["add"],
    )

    def all_edits(group, what, make, forms=("pt", "plain", "safetensors", "module")):
        for edit, sd in edits(make().state_dict()):
            module_pair(group, f"{what}: {edit}", sd, make, "pt", rng.choice(forms))

    for what, make in CONTAINERS.items():
        all_edits("containers and wrappers", what, make, ("pt", "plain", "safetensors") if "ompiled" in what else ("pt", "plain", "safetensors", "module"))
    for what in ("parallel of parallel", "compiled parallel", "parallel of compiled", "average of parallel"):
        plain = lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        module_pair("containers and wrappers", f"{what} into the model itself", CONTAINERS[what]().state_dict(), plain)
        module_pair("containers and wrappers", f"the model itself into {what}", plain().state_dict(), CONTAINERS[what])
        for prefix in ("module.", "_orig_mod.", "module.module.", "module._orig_mod."):
            module_pair("containers and wrappers", f"{what} of {prefix}", renamed(plain().state_dict(), lambda k, p=prefix: p + k), CONTAINERS[what])
    names = list(CONTAINERS)
    for _ in range(90):
        one, other = rng.sample(names, 2)
        module_pair("containers and wrappers", f"{one} into {other}", CONTAINERS[one]().state_dict(), CONTAINERS[other])

    for what, make in PARAMETRIZED.items():
        all_edits("parametrizations", what, make, ("pt", "plain"))
        for other in PARAMETRIZED:
            # What a module without entries is given is told in the order of modules, which its state dict does not show.
            if other != what and what != "one after the other" and rng.random() < 0.5:
                module_pair("parametrizations", f"{what} into {other}", make().state_dict(), PARAMETRIZED[other])
    module_pair("parametrizations", "cached", with_parametrizations(nn.Linear(3, 4), ("weight", Kept(2))).state_dict(), PARAMETRIZED["with entries"])

    for state in (None, {"a": 1}, torch.ones(3), "text"):
        for what, make in (("at the root", lambda s=state: Says(s)), ("inside", lambda s=state: nn.ModuleDict({"a": Says(s), "b": OnlyState(s), "c": nn.Linear(2, 2)})), ("of one module twice", lambda s=state: twice(Says(s)))):
            all_edits("extra state in odd places", f"{what}, {type(state).__name__}", make, ("pt", "plain"))
            sd = make().state_dict()
            state_names = [k for k in sd if k.endswith("_extra_state")]
            module_pair("extra state in odd places", f"{what}, {type(state).__name__}, all gone", without(sd, *state_names), make)
            module_pair("extra state in odd places", f"{what}, {type(state).__name__}, others more", kept_metadata(sd, [*sd.items(), ("c._extra_state", 3), ("fc._extra_state", torch.ones(1)), ("zzz._extra_state", None)]), make)

    for what, make in (("a net", lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))), ("a list", lambda: nn.ParameterList([torch.ones(2), torch.ones(1)])), ("containers", lambda: CONTAINERS["lists and dicts of parameters"]())):
        sd = make().state_dict()
        for mapping, value in mappings(sd):
            if isinstance(value, (str, int, type(None), set)) and not isinstance(value, torch.Tensor):
                continue  # A file without a tensor.
            module_pair("mappings and keys", f"{what}: {mapping}", value, make)
        for key, items in keys(sd):
            module_pair("mappings and keys", f"{what}: {key}", kept_metadata(sd, items), make)
        for how, given in metadata(sd):
            module_pair("mappings and keys", f"{what}: {how}", given, make)
            if what == "a net":
                module_pair("mappings and keys", f"{what}: {how}, without counters", without(given, "1.num_batches_tracked"), make)

    for what, make in quantised_kinds().items():
        try:
            sd = make().state_dict()
        except Exception as error:  # noqa: BLE001
            print("left out:", what, error)
            continue
        for edit, given in edits(sd):
            # A file without a tensor has no state dict to ask about.
            asked = not given or any(isinstance(v, torch.Tensor) for v in given.values())
            if "expanded" not in edit and asked:
                module_pair("further quantised modules", f"{what}: {edit}", given, make)
    for how in ("trained", "prepared", "converted"):
        made = converted_by_graph(how)
        make = lambda made=made: copy.deepcopy(made)
        for edit, given in edits(make().state_dict()):
            if "expanded" not in edit:
                module_pair("further quantised modules", f"by graph, {how}: {edit}", given, make)

    scripted(tools, edits, outcome, place, add)

    for maker, make in OPTIMIZERS.items():
        for shapes in SHAPES:
            try:
                sd = stepped(make(SHAPES[shapes]())).state_dict()
            except Exception:  # noqa: BLE001
                continue
            for _ in range(2):
                other, wanted = rng.choice([maker, rng.choice(list(OPTIMIZERS))]), rng.choice([shapes, rng.choice(list(SHAPES))])
                build = lambda o=other, w=wanted: stepped(OPTIMIZERS[o](SHAPES[w]()))
                try:
                    build()
                except Exception:  # noqa: BLE001
                    continue
                optimizer_pair(f"{maker} of {shapes} into {other} of {wanted}", sd, build, rng.random() < 0.3, "further optimizers")
        if maker in ("LBFGS",):
            continue
        build = lambda m=make: stepped(m(SHAPES["matrices"]()))
        for edit, given in optimizer_edits(build().state_dict()):
            if maker == "Adagrad" and edit == "empty state of each":
                continue  # It asks the first state of all, and an empty one is no entry.
            try:
                optimizer_pair(f"{maker}: {edit}", given, build, rng.random() < 0.3, "further optimizers")
            except (KeyError, TypeError):
                continue


def twice(module):
    return nn.ModuleDict({"one": module, "two": module})


class Inner(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.fc = nn.Linear(2, 2, bias=bias)
        self.register_buffer("hidden", torch.ones(2), persistent=False)
        self.scale = 2.0

    def forward(self, x):
        return self.fc(x) * self.hidden * self.scale


class Outer(nn.Module):
    def __init__(self, bias=True):
        super().__init__()
        self.inner, self.again = Inner(bias), nn.ModuleList([Inner(bias), Inner(bias)])
        self.gain = nn.Parameter(torch.ones(2), requires_grad=False)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        for module in self.again:
            x = module(x)
        return self.norm(self.inner(x)) * self.gain


def scripted(tools, edits, outcome, place, add):
    """TorchScript of modules within modules, traced and scripted, as the model that is loaded into."""
    for what, made in (("scripted", torch.jit.script(Outer())), ("traced", torch.jit.trace(Outer().eval(), torch.randn(3, 2))), ("scripted without bias", torch.jit.script(Outer(False)))):
        buffer = io.BytesIO()
        torch.jit.save(made, buffer)
        live = lambda data=buffer.getvalue(): torch.jit.load(io.BytesIO(data))
        for edit, sd in edits(Outer("bias" not in what).state_dict()):
            try:
                a_data = tools["saved"](sd, "pt")[1]
                tools["loaded"](a_data, "pt")
            except Exception:  # noqa: BLE001
                continue
            says = {}
            for key, options in (("strict", {"strict": True}), ("lenient", {"strict": False}), ("assign", {"assign": True})):
                says[key], missing, unexpected = outcome(lambda: live().load_state_dict(tools["loaded"](a_data, "pt"), **options))
                if key == "lenient":
                    says["missing"], says["unexpected"] = missing, unexpected
            add({"what": f"a scripted module, {what}: {edit}", "group": "further TorchScript", "kind": "module", "a": place("a.pt", a_data), "b": place("b.pt", buffer.getvalue()), **says})
