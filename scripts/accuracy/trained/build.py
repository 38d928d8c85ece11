"""Builds small models of libraries, trains each for 20 steps, and saves what they are before and after.

    pip install torch safetensors numpy LIBRARY...
    python scripts/accuracy/trained/build.py FOLDER [LIBRARY...]

For each library: FOLDER/LIBRARY.jsonl, one line a model as fixtures/truth/README.md has it, with `fresh` and `trained`, the
names of two safetensors files beside it, and how it was trained:

  forward     20 steps of Adam or SGD on the mean square of what it gives for random inputs
  parameters  no input was found that it takes: 20 steps on random gradients for all that requires them

Classes are those a library's packages define, in an order that does not go by their names; arguments that they ask for
are guessed from what these are called, small. Nothing is fetched.
"""
import contextlib
import hashlib
import importlib
import importlib.metadata
import inspect
import json
import os
import pkgutil
import signal
import subprocess
import sys
import warnings

os.environ.update(HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="", MPLBACKEND="agg")
warnings.filterwarnings("ignore")

# Import name, distribution, models at most.
LIBRARIES = {
    "asteroid": ("asteroid_filterbanks asteroid.masknn asteroid.models", "asteroid-filterbanks"),
    "brevitas": ("brevitas.nn", "brevitas"),
    "deepctr_torch": ("deepctr_torch.layers deepctr_torch.models", "deepctr-torch"),
    "ema_wrappers": ("", "ema-pytorch"),
    "esm": ("esm", "fair-esm"),
    "gpytorch": ("gpytorch", "gpytorch"),
    "gpytorch_models": ("", "gpytorch"),
    "kornia": ("kornia", "kornia"),
    "lpips": ("lpips", "lpips"),
    "monai": ("monai.networks monai.losses monai.apps.reconstruction.networks", "monai"),
    "nflows": ("nflows", "nflows"),
    "normflows": ("normflows", "normflows"),
    "performer_pytorch": ("performer_pytorch", "performer-pytorch"),
    "pyro": ("pyro.nn pyro.distributions pyro.contrib pyro.ops", "pyro-ppl"),
    "pytorchcv": ("", "pytorchcv"),
    "speechbrain": ("speechbrain.lobes speechbrain.nnet speechbrain.processing", "speechbrain"),
    "torch_ao": ("", "torch"),
    "torchaudio": ("torchaudio.models torchaudio.transforms torchaudio.prototype", "torchaudio"),
    "torchrl": ("torchrl.modules torchrl.objectives.value", "torchrl"),
    "vit_pytorch": ("vit_pytorch", "vit-pytorch"),
}
MOST = 30
MOST_ELEMENTS = 1_500_000
STEPS = 20
SECONDS = 8


class Late(Exception):
    pass


@contextlib.contextmanager
def within(seconds):
    def stop(*_):
        raise Late

    # Of this process, and not of a machine that does other things.
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


# What an argument of a name is given, first that fits. Lists are of channels where a name says several.
SIZES = [
    ("spatial_dims|dimension$|^dims$|^ndim|n_dims", 2),
    ("eps|momentum|lr|alpha|beta|gamma|sigma|std|scale|rate|ratio|prob|dropout|temperature|decay", 0.5),
    ("kernel|^k$", 3),
    ("stride|dilation|groups|upscale|expansion|mult", 1),
    ("padding|pad$", 1),
    ("head", 2),
    ("depth|layers|blocks|repeat|stages|flows|n_stacks", 2),
    ("patch", 4),
    ("image_size|img_size|input_size|crop|height|width|^size$|resolution", 16),
    ("frames|frame_patch|time|length|seq|max_len|context|window|n_fft|win", 16),
    ("sample_rate|^sr$|sampling", 4000),
    ("class|labels|num_bins|bins|experts|tails", 5),
    ("vocab|tokens|embeddings|codes|states", 20),
    ("sizes|features_list|channels_list|hidden_units|hidden_dims|hidden_layers|hidden_sizes", (8, 8)),
    ("activation|nonlinearity|^act$|^act_", "relu"),
    ("norm", "batch"),
    ("^dim$|dim|channel|chan|feature|hidden|width|units|planes|d_model|inplanes|size|^c$|^d$|^n$|num|latent|rank|inner|^n_", 8),
]


def guessed(parameter):
    import re

    import torch

    name = parameter.name
    of = str(parameter.annotation)
    if "bool" in of:
        return False
    if re.search("Callable|Module|nn\\.", of) and "act" not in name:
        return torch.nn.Identity() if "Type" not in of else torch.nn.Identity
    for pattern, value in SIZES:
        if re.search(pattern, name.lower()):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if "float" in of:
                    return float(value)
                if re.search("Sequence|List|Tuple|list|tuple", of) and "Union" not in of and "|" not in of:
                    return (int(value) or 1, int(value) or 1)
            return value
    if "int" in of:
        return 8
    if "float" in of:
        return 0.5
    if "str" in of:
        return "relu"
    if "Tensor" in of:
        return torch.rand(8)
    return 8


def built(kind):
    """A model of a class, with arguments it asks for guessed; first also those that say how large it is."""
    try:
        parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    plain = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    offline = {p.name: False for p in plain if p.default is True and "pretrained" in p.name}
    required = [p for p in plain if p.default is p.empty]
    sizing = [p for p in plain if type(p.default) is int and p.default > 16]
    for shrunk in (sizing, []):
        try:
            with within(SECONDS):
                model = kind(**{p.name: guessed(p) for p in required + shrunk}, **offline)
                if sum(t.numel() for t in model.state_dict().values() if hasattr(t, "numel")) <= MOST_ELEMENTS:
                    return model
        except (Exception, Late, SystemExit):
            continue
    return None


def classes(packages):
    """Every module class that packages define, by where; what cannot be imported is passed over."""
    import torch

    found = {}
    for package in packages.split():
        try:
            root = importlib.import_module(package)
        except (Exception, SystemExit):
            continue
        names = [package]
        if hasattr(root, "__path__"):
            names += [m.name for m in pkgutil.walk_packages(root.__path__, package + ".", onerror=lambda _: None)]
        for name in names:
            if any(part in name.split(".") for part in ("tests", "test", "__main__", "csrc")):
                continue
            try:
                with within(SECONDS):
                    module = importlib.import_module(name)
            except (Exception, Late, SystemExit):
                continue
            for kind in vars(module).values():
                if inspect.isclass(kind) and issubclass(kind, torch.nn.Module) and kind.__module__ == name:
                    found[f"{name}.{kind.__name__}"] = kind
    return sorted(found.items(), key=lambda item: hashlib.sha256(item[0].encode()).digest())


def recipes(library):
    """Models of libraries that are no classes of their own."""
    import torch
    from torch import nn

    def mlp():
        return nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4))

    def conv():
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3))

    if library == "ema_wrappers":
        from ema_pytorch import EMA, KarrasEMA
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        class Wrapped(nn.Module):
            def __init__(self, net, wrap, name):
                super().__init__()
                self.net = net
                setattr(self, name, wrap(net))
                self.wrapper = name

            def forward(self, x):
                return self.net(x)

            def after_step(self):
                own = getattr(self, self.wrapper)
                own.update_parameters(self.net) if isinstance(own, AveragedModel) else own.update()

        yield "avg:mlp", lambda: Wrapped(mlp(), AveragedModel, "swa")
        yield "avg_ema:conv", lambda: Wrapped(conv(), lambda n: AveragedModel(n, multi_avg_fn=get_ema_multi_avg_fn(0.9)), "ema")
        for name, make in (("mlp", mlp), ("conv", conv)):
            yield f"ema_pytorch:{name}", lambda make=make: EMA(make(), beta=0.9, update_every=1, include_online_model=True)
            yield f"ema_pytorch_alone:{name}", lambda make=make: Wrapped(make(), lambda n: EMA(n, beta=0.9, update_after_step=2, update_every=1), "ema_model")
            yield f"karras:{name}", lambda make=make: KarrasEMA(make(), sigma_rel=0.1, include_online_model=True)
    elif library == "pytorchcv":
        from pytorchcv.model_provider import _models, get_model

        names = sorted(_models, key=lambda n: hashlib.sha256(n.encode()).digest())
        for name in names[:400]:
            yield name, lambda name=name: get_model(name, pretrained=False)
    elif library == "torch_ao":
        from torch.ao import quantization as q

        class Net(nn.Module):
            def __init__(self, inner):
                super().__init__()
                self.quant, self.inner, self.dequant = q.QuantStub(), inner, q.DeQuantStub()

            def forward(self, x):
                return self.dequant(self.inner(self.quant(x)))

        for name, make in (("mlp", mlp), ("conv", conv)):
            for engine in ("x86", "qnnpack", "fbgemm"):

                def qat(make=make, engine=engine):
                    model = Net(make()).train()
                    model.qconfig = q.get_default_qat_qconfig(engine)
                    return q.prepare_qat(model)

                def ptq(make=make, engine=engine):
                    model = Net(make()).eval()
                    model.qconfig = q.get_default_qconfig(engine)
                    return q.prepare(model)

                yield f"qat_{engine}:{name}", qat
                yield f"ptq_{engine}:{name}", ptq
    elif library == "gpytorch_models":
        import gpytorch as g

        x = torch.rand(20, 2)
        y = x.sum(-1).sin()
        k = g.kernels

        class Exact(g.models.ExactGP):
            def __init__(self, kernel, mean, likelihood):
                super().__init__(x, y, likelihood)
                self.mean_module, self.covar_module = mean, kernel
                self.inputs = (x,)

            def forward(self, x):
                return g.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))

        p = g.priors
        kernels = {
            "rbf": lambda: k.ScaleKernel(k.RBFKernel(ard_num_dims=2)),
            "rbf_prior": lambda: k.ScaleKernel(k.RBFKernel(lengthscale_prior=p.GammaPrior(3.0, 6.0)), outputscale_prior=p.GammaPrior(2.0, 0.15)),
            "lognormal": lambda: k.ScaleKernel(k.MaternKernel(lengthscale_prior=p.LogNormalPrior(0.3, 1.0))),
            "normal": lambda: k.ScaleKernel(k.RBFKernel(lengthscale_prior=p.NormalPrior(0.5, 0.2))),
            "periodic": lambda: k.ScaleKernel(k.PeriodicKernel()),
            "rq": lambda: k.ScaleKernel(k.RQKernel()),
            "cosine": lambda: k.ScaleKernel(k.CosineKernel()),
            "linear": lambda: k.LinearKernel(),
            "poly": lambda: k.PolynomialKernel(power=2),
            "sum": lambda: k.ScaleKernel(k.RBFKernel()) + k.LinearKernel(),
            "box": lambda: k.ScaleKernel(k.RBFKernel(lengthscale_prior=p.SmoothedBoxPrior(0.1, 2.0))),
            "interval": lambda: k.ScaleKernel(k.RBFKernel(lengthscale_constraint=g.constraints.Interval(0.01, 5.0))),
            "sm": lambda: k.SpectralMixtureKernel(num_mixtures=3, ard_num_dims=2),
            "rff": lambda: k.ScaleKernel(k.RFFKernel(num_samples=8, num_dims=2)),
            "grid": lambda: k.GridInterpolationKernel(k.ScaleKernel(k.RBFKernel()), grid_size=8, num_dims=2),
            "inducing": lambda: k.InducingPointKernel(k.ScaleKernel(k.RBFKernel()), x[:5].clone(), g.likelihoods.GaussianLikelihood()),
            "arc": lambda: k.ScaleKernel(k.ArcKernel(k.MaternKernel(), ard_num_dims=2)),
            "cyl": lambda: k.CylindricalKernel(2, k.MaternKernel()),
        }
        for name, kernel in kernels.items():
            yield f"exact_{name}", lambda kernel=kernel: Exact(kernel(), g.means.ConstantMean(), g.likelihoods.GaussianLikelihood())
        yield "exact_linmean", lambda: Exact(k.RBFKernel(), g.means.LinearMean(2), g.likelihoods.GaussianLikelihood(noise_prior=p.GammaPrior(1.1, 0.05)))
        v = g.variational

        class Approximate(g.models.ApproximateGP):
            def __init__(self, distribution, strategy):
                points = torch.rand(6, 2)
                super().__init__(strategy(self, points, distribution(6), learn_inducing_locations=True))
                self.mean_module, self.covar_module = g.means.ConstantMean(), k.ScaleKernel(k.RBFKernel())
                self.inputs = (x,)

            def forward(self, x):
                return g.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))

        for distribution in ("Cholesky", "MeanField", "Delta", "Natural", "TrilNatural"):
            kind = getattr(v, f"{distribution}VariationalDistribution")
            yield f"svgp_{distribution}", lambda kind=kind: Approximate(kind, v.VariationalStrategy)
        yield "unwhitened", lambda: Approximate(v.CholeskyVariationalDistribution, v.UnwhitenedVariationalStrategy)


def candidates():
    """Inputs that small models of all sorts take, tried in turn."""
    import torch

    r = torch.randn
    for shape in (
        (2, 8), (2, 16, 8), (2, 8, 16), (2, 8, 16, 16), (2, 3, 16, 16), (2, 3, 32, 32), (2, 1, 16, 16), (2, 16, 16, 8),
        (2, 8, 8, 8, 8), (2, 3, 16, 16, 16), (2, 1, 8, 8, 8), (2, 4000), (2, 1, 4000), (2, 16), (16, 2, 8), (2, 1, 64, 64), (2, 3, 64, 64),
        (8,), (2, 2), (2, 1), (2, 5), (2, 2, 16, 16), (2, 80, 32), (2, 40, 32), (2, 1024), (2, 16, 8, 2), (2, 3, 16, 16, 2), (2, 20), (2, 5, 8),
    ):
        yield r(*shape)
    for shape in ((2, 16), (2, 8), (16,), (2,)):
        yield torch.randint(0, 5, shape)
    yield torch.randn(2, 9, 16, dtype=torch.complex64)
    yield torch.rand(2, 201, 8)


def tensors_of(value, depth=0):
    import torch

    if isinstance(value, torch.Tensor):
        yield value.abs() if value.is_complex() else value
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors_of(one, depth + 1)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_of(one, depth + 1)
    elif depth < 3:
        for name in ("to_dense", "mean", "loc", "logits", "value", "tensor", "evaluate"):
            own = getattr(value, name, None)
            if own is None:
                continue
            with contextlib.suppress(Exception):
                yield from tensors_of(own() if callable(own) and not isinstance(own, torch.Tensor) else own, depth + 1)
                return


def loss_of(model, inputs):
    import torch

    output = model(*inputs)
    parts = [t for t in tensors_of(output) if t.is_floating_point() and t.requires_grad and t.numel() > 0]
    if not parts:
        return None
    return sum(t.float().pow(2).mean() + t.float().mean() for t in parts)


def fitting(model):
    """Inputs that give a loss with gradients; None where none of those tried does."""
    import torch

    if hasattr(model, "inputs"):
        return model.inputs
    try:
        signature = inspect.signature(model.forward)
        required = [p for p in signature.parameters.values() if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        count = max(1, len(required))
    except (TypeError, ValueError):
        count = 1
    state = {k: v.clone() for k, v in model.state_dict().items() if hasattr(v, "clone")}
    tried = list(candidates())
    try:
        with within(2 * SECONDS):
            for n in ([count] if count == 1 else [count, 1]):
                for one in tried:
                    inputs = (one,) * n
                    with contextlib.suppress(Exception, RecursionError):
                        loss = loss_of(model, inputs)
                        if loss is not None and torch.isfinite(loss):
                            model.zero_grad()
                            loss.backward()
                            return inputs
    except Late:
        return None
    finally:
        model.zero_grad()
        with contextlib.suppress(Exception):
            model.load_state_dict(state, strict=False)
    return None


def trained(model, name):
    """Trains a model in place; how, or None where it cannot be."""
    import torch

    learning = [p for p in model.parameters() if p.requires_grad and p.is_floating_point()]
    if not learning:
        return "nothing trains"
    adam = hashlib.sha256(name.encode()).digest()[0] % 2 == 0

    def optimizer():
        return torch.optim.Adam(learning, lr=1e-3) if adam else torch.optim.SGD(learning, lr=1e-2, momentum=0.9)

    inputs = fitting(model)
    if inputs is not None:
        step = optimizer()
        done = 0
        try:
            with within(4 * SECONDS):
                for _ in range(STEPS):
                    fresh = tuple(torch.randn_like(i) if i.is_floating_point() else i for i in inputs) if not hasattr(model, "inputs") else inputs
                    step.zero_grad()
                    loss = loss_of(model, fresh)
                    if loss is None or not torch.isfinite(loss):
                        break
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(learning, 1.0)
                    step.step()
                    after = getattr(model, "after_step", None) or getattr(model, "update", None)
                    if callable(after) and type(model).__name__ in ("Wrapped", "EMA", "KarrasEMA"):
                        after()
                    done += 1
        except (Exception, Late):
            pass
        if done == STEPS:
            return "forward"
    step = optimizer()
    for _ in range(STEPS):
        for p in learning:
            p.grad = torch.randn_like(p)
        step.step()
    return "parameters"


DTYPES = {
    "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16", "torch.float64": "F64", "torch.int64": "I64",
    "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8", "torch.uint8": "U8", "torch.bool": "BOOL", "torch.complex64": "C64",
}


def snapshot(model):
    return {k: v.detach().clone().contiguous() for k, v in model.state_dict().items() if hasattr(v, "detach") and not v.is_quantized}


def truth(model):
    import torch

    parameters = dict(model.named_parameters(remove_duplicate=False))
    buffers = dict(model.named_buffers(remove_duplicate=False))
    entries, first = [], {}
    for index, (name, value) in enumerate(model.state_dict(keep_vars=True).items()):
        if not isinstance(value, torch.Tensor) or isinstance(value, torch.nn.parameter.UninitializedTensorMixin):
            return None
        if (name in parameters) == (name in buffers) or str(value.dtype) not in DTYPES:
            return None
        tie = first.setdefault(id(value), index)
        entries.append([name, DTYPES[str(value.dtype)], list(value.shape), "p" if name in parameters else "b", bool(value.requires_grad), -1 if tie == index else tie])
    modules = {path: type(m).__name__ for path, m in model.named_modules()}
    return {"entries": entries, "modules": modules}


def cut_off():
    """No class may fetch weights, whatever its defaults say."""
    import socket

    def refuse(*_):
        raise OSError("nothing is fetched")

    socket.socket.connect = refuse
    socket.getaddrinfo = refuse


def library(name, folder):
    import torch
    from safetensors.torch import save_file

    cut_off()
    torch.set_num_threads(1)
    if name in ("torchaudio", "speechbrain"):
        # torchaudio's build for another CUDA says so and ends; nothing here runs on one.
        torch.version.cuda = "13.0"
    packages, distribution = LIBRARIES[name]
    version = importlib.metadata.version(distribution)
    makers = list(recipes(name)) or [(path, lambda kind=kind: built(kind)) for path, kind in classes(packages)]
    seen, count = set(), 0
    with open(f"{folder}/{name}.jsonl", "w") as out:
        for path, make in makers:
            if count >= MOST:
                break
            known = apart(lambda: one_model(path, make, seen, f"{folder}/{name}.{count}", save_file))
            if known is None:
                continue
            seen.add(json.dumps(known["entries"]))
            files = {state: f"{name}.{count}.{state}.safetensors" for state in ("fresh", "trained")}
            out.write(json.dumps({"lib": name, "model": path, "version": version, **files, **known}) + "\n")
            out.flush()
            count += 1
    print(f"{name}: {count} models", flush=True)


def one_model(path, make, seen, prefix, save_file):
    """Builds, saves, trains and saves a model; what is true of it, or None."""
    import torch

    torch.manual_seed(int.from_bytes(hashlib.sha256(path.encode()).digest()[:4], "big"))
    try:
        with within(3 * SECONDS):
            model = make()
        if model is None or not model.state_dict():
            return None
        if sum(v.numel() for v in model.state_dict().values() if isinstance(v, torch.Tensor)) > MOST_ELEMENTS:
            return None
        model.train()
        known = truth(model)
        if known is None or json.dumps(known["entries"]) in seen:
            return None
        fresh = snapshot(model)
        how = trained(model, path)
        if truth(model)["entries"] != known["entries"]:
            return None
    except (Exception, Late, SystemExit, RecursionError):
        return None
    save_file(fresh, f"{prefix}.fresh.safetensors")
    save_file(snapshot(model), f"{prefix}.trained.safetensors")
    return {"how": how, **known}


def apart(work):
    """What `work` gives, done in a process of its own: one layer may take minutes, or the process down."""
    import resource

    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
        try:
            text = json.dumps(work()).encode()
        except BaseException:
            text = b"null"
        while text:
            text = text[os.write(writes, text):]
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        library(sys.argv[3], sys.argv[2])
    else:
        folder, *names = sys.argv[1:]
        os.makedirs(folder, exist_ok=True)
        # A library each in a process of its own: some take down the one they are in.
        for name in names or LIBRARIES:
            subprocess.run([sys.executable, __file__, "--one", folder, name], stdout=sys.stderr, check=False)
