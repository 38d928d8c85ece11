"""GB/s of processor time, on one thread, of NumPy and torch computing what sdinspect stats computes: peers.py FILE"""
import importlib.metadata
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time

peers, missing = [], [name for name in ("numpy", "torch", "safetensors", "weightlens") if importlib.util.find_spec(name) is None]
if not {"numpy", "torch", "safetensors"} & set(missing):
    import numpy as np
    import torch
    from safetensors import safe_open

    torch.set_num_threads(1)
    POINTS = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]
    with safe_open(sys.argv[1], "pt") as file:
        tensor = file.get_tensor("layers.0.weight")[: 1 << 23]
    size = tensor.numel() * tensor.element_size() / 1e9

    def seconds(work):
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            work()
            best = min(best, time.process_time() - begun)
        return best

    def held(values):
        for target in (torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2):
            (values.to(target).float() == values).sum()

    def numpy_basic():
        x = tensor.float().numpy()
        x.min(), x.max(), x.mean(dtype=np.float64), x.std(dtype=np.float64), np.isnan(x).sum(), np.isinf(x).sum()

    def numpy_full():
        numpy_basic()
        x = tensor.float().numpy()
        a = np.abs(x)
        a.max(), (x.astype(np.float64) ** 2).sum(), (x == 0).sum(), ((a > 0) & (a < np.finfo(np.float32).tiny)).sum()
        np.quantile(x, POINTS, method="inverted_cdf"), np.histogram(x, 16)
        held(torch.from_numpy(x))

    def torch_basic():
        x = tensor.double()
        x.min(), x.max(), x.mean(), x.std(), x.isnan().sum(), x.isinf().sum()

    def torch_full():
        torch_basic()
        x = tensor.float()
        a = x.abs()
        a.max(), x.double().square().sum(), (x == 0).sum(), ((a > 0) & (a < torch.finfo(torch.float32).tiny)).sum()
        # torch.quantile takes no more than 16 million elements; sorting gives the same.
        x.sort().values[[int(p * (len(x) - 1)) for p in POINTS]], torch.histc(x, 16)
        held(x)

    for name, version, basic, full in (
        ("NumPy", np.__version__, numpy_basic, numpy_full),
        ("torch", torch.__version__, torch_basic, torch_full),
    ):
        peers.append({"name": f"{name} {version}", "rates": {"basic": size / seconds(basic), "full": size / seconds(full)}})
if "weightlens" not in missing:
    # All of its command, on one thread: what it does besides reading takes no time on files of this size.
    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    one = {key: "1" for key in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    before = spent()
    code = "import sys; from weightlens.cli import main; sys.argv = ['lens', 'analyze', sys.argv[1]]; main()"
    done = subprocess.run([sys.executable, "-c", code, sys.argv[1]], env={**os.environ, **one}, capture_output=True)
    if done.returncode == 0:
        name = f"weightlens {importlib.metadata.version('weightlens')}"
        peers.append({"name": name, "rates": {"full": os.path.getsize(sys.argv[1]) / 1e9 / (spent() - before)}})
    else:
        missing.append("weightlens (it failed: " + done.stderr.decode().strip().split("\n")[-1] + ")")
print(json.dumps({"peers": peers, "missing": missing}))
