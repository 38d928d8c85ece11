"""Reads frames (u32 little-endian length, then a byte that is 1 for TorchScript, then a file of torch-files.ts) from
stdin and answers each with a frame of JSON: [safe, plain], what torch.load lists with weights_only=True and False, or
null where it refuses; of TorchScript both are what torch.jit.load lists. An empty frame flushes. Nothing but the globals
that torch allows is ever looked up; there is no network, and memory and time are limited."""

import ctypes
import io
import json
import pickle
import resource
import signal
import struct
import sys
import types
import warnings
import zlib

import torch
from torch._weights_only_unpickler import _get_allowed_globals

warnings.simplefilter("ignore")
torch.set_num_threads(1)
# A network of its own, which has nothing in it, where the system allows to make one.
ctypes.CDLL(None, use_errno=True).unshare(0x40000000)
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
ALLOWED = dict(_get_allowed_globals())
RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        return ALLOWED[RENAMED.get(module, module) + "." + name]


plain_module = types.ModuleType("restricted")
plain_module.Unpickler = Restricted
plain_module.load = lambda file, **options: Restricted(file, **options).load()


# The integer of the same width, and the bit of the sign.
SIGNS = {
    torch.float16: (torch.int16, -(1 << 15)),
    torch.bfloat16: (torch.int16, -(1 << 15)),
    torch.float32: (torch.int32, -(1 << 31)),
    torch.float64: (torch.int64, -(1 << 63)),
}


def checksum(tensor):
    if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
        return None
    try:
        values = tensor.detach().resolve_conj()
        if values.is_neg():
            # resolve_neg makes a quiet NaN of a signalling one; the sign is what is negated.
            values = values._neg_view()
            if values.dtype in SIGNS:
                values = (values.contiguous().view(SIGNS[values.dtype][0]) ^ SIGNS[values.dtype][1]).view(values.dtype)
            else:
                values = values.neg()
        if values.dtype is torch.bool:
            # A copy of a bool would be 0 or 1, whatever the byte.
            values = values.view(torch.uint8)
        values = values.contiguous().reshape(-1)
        return zlib.crc32(values.view(torch.uint8).numpy().tobytes())
    except Exception:
        return None


def described(path, tensor):
    shape = list(tensor.shape)
    return [path, str(tensor.dtype), shape, bool(tensor.requires_grad), checksum(tensor), id(tensor)]


def listed(root):
    """Tensors in dicts, lists and tuples, with the keys to each joined by dots; null where a key is no name."""
    found = []

    def inner(path, key):
        if path is None or type(key) not in (str, int):
            return None
        return str(key) if path == "" else f"{path}.{key}"

    def walk(value, path, around):
        if isinstance(value, torch.Tensor):
            found.append(described(path, value))
        elif id(value) in around:
            return
        elif isinstance(value, dict):
            for key, item in value.items():
                walk(item, inner(path, key), around | {id(value)})
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                walk(item, inner(path, index), around | {id(value)})
        if len(found) > 3000 or len(around) > 30:
            raise OverflowError

    walk(root, "", frozenset())
    return found


def attempt(load):
    signal.alarm(30)
    try:
        return load()
    except OverflowError:
        return "too much"
    except Exception:
        return None
    finally:
        signal.alarm(0)


def script(file):
    module = torch.jit.load(io.BytesIO(file), map_location="cpu")
    return [described(name, tensor) for name, tensor in module.state_dict(keep_vars=True).items()]


def answer(is_script, file):
    if is_script:
        return [attempt(lambda: script(file))] * 2
    return [
        attempt(lambda: listed(torch.load(io.BytesIO(file), map_location="cpu", weights_only=True))),
        attempt(
            lambda: listed(
                torch.load(io.BytesIO(file), map_location="cpu", weights_only=False, pickle_module=plain_module)
            )
        ),
    ]


read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
while len(head := read(4)) == 4:
    (length,) = struct.unpack("<I", head)
    frame = read(length)
    reply = json.dumps(answer(frame[0] == 1, frame[1:])).encode() if length > 0 else b""
    write(struct.pack("<I", len(reply)) + reply)
    if length == 0:
        sys.stdout.buffer.flush()
