"""Reads frames (u32 little-endian length, then bytes of a safetensors file) from stdin and answers each with a
frame: JSON of what the reference library read, or nothing where it refused. An empty frame flushes."""

import json
import struct
import sys

from safetensors import SafetensorError, deserialize


def answer(file: bytes) -> bytes:
    try:
        tensors = deserialize(file)
    except SafetensorError:
        return b""
    return json.dumps(
        [[name, info["dtype"], info["shape"], info["data"].hex()] for name, info in tensors]
    ).encode()


read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
while len(head := read(4)) == 4:
    reply = answer(read(struct.unpack("<I", head)[0]))
    write(struct.pack("<I", len(reply)) + reply)
    if head == bytes(4):
        sys.stdout.buffer.flush()
