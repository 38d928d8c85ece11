"""Says of each file what torch.load or safetensors gives: load.py, with paths on standard input, one a line.

One JSON line a file: {path, tensors: {dotted path: [dtype, shape, requires_grad, name of the first that is the same tensor,
SHA-256 of its values row by row]}}, or {path, error}. Files are loaded with weights_only=True, so that nothing in them runs."""

import hashlib
import json
import sys
import warnings

import torch
from safetensors.torch import load_file

warnings.simplefilter("ignore")


def tensors(value, path=()):
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from tensors(one, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for at, one in enumerate(value):
            yield from tensors(one, (*path, str(at)))


def described(value):
    if value.layout != torch.strided or value.is_quantized or value.device.type == "meta":
        return None
    # A tensor that is one value expanded to more than there is memory.
    if value.numel() * value.element_size() > 1 << 30:
        return None
    flat = value.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
    raw = flat.view(torch.uint8) if flat.numel() > 0 else flat
    return hashlib.sha256(raw.numpy().tobytes() if flat.numel() > 0 else b"").hexdigest()


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        if path.endswith(".safetensors"):
            loaded = load_file(path)
        else:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        print(json.dumps({"path": path, "error": f"{type(error).__name__}: {str(error)[:100]}"}), flush=True)
        continue
    found, seen = {}, {}
    for at, value in tensors(loaded):
        name = ".".join(at)
        try:
            place = (value.untyped_storage().data_ptr(), value.storage_offset(), tuple(value.shape), value.stride(), value.dtype, value.is_conj(), value.is_neg())
        except Exception:
            place = id(value)
        first = seen.setdefault(place, name) if value.numel() > 0 else name
        digest = described(value)
        if digest is not None:
            found[name] = [str(value.dtype).removeprefix("torch."), list(value.shape), value.requires_grad, first, digest]
    print(json.dumps({"path": path, "tensors": found}), flush=True)
