"""Writes src/formats/gguf/name-table.ts: what the `gguf` package calls tensors of other libraries.

    python scripts/gguf/names.py src/formats/gguf/name-table.ts

The facts of `TensorNameMap`, for all architectures that are no projectors of pictures or sound, in the order of the package:
of several answers for one name it takes the last that the architecture has. Needs gguf.
"""
import re
import sys
from importlib.metadata import version

from gguf.constants import MODEL_ARCH, MODEL_TENSORS, TENSOR_NAMES
from gguf.tensor_mapping import TensorNameMap

wanted = set()
for arch in MODEL_ARCH:
    if arch.name not in ("MMPROJ", "WAVTOKENIZER_DEC"):
        wanted |= set(MODEL_TENSORS.get(arch, ()))

blocks = {}
own = [more for arch, more in TensorNameMap.arch_block_mappings_cfg.items()]
for table in (TensorNameMap.mappings_cfg, TensorNameMap.block_mappings_cfg, *own):
    for tensor, names in table.items():
        if tensor not in wanted:
            continue
        ours = TENSOR_NAMES[tensor].replace("{bid}", "#")
        for name in names:
            name = name.replace("{bid}", "#")
            found = re.match(r"(.*?#)\.(.*)$", name)
            block, rest = found.groups() if found else ("", name)
            known = blocks.setdefault(block, {}).setdefault(rest, [])
            short = ours.replace("blk.#.", "") if block and "#" in ours else ("/" if block else "") + ours
            if short not in known:
                known.append(short)

lines = []
for block, rows in blocks.items():
    lines.append(f"[{block}]")
    lines += [" ".join([rest, *ours]) for rest, ours in rows.items()]
with open(sys.argv[1], "w") as file:
    file.write(f"""// Written by scripts/gguf/names.py from gguf {version("gguf")} (MIT).

/**
 * Modules of other libraries, and what converters call them in a GGUF file. Below `[block]` stand the modules of a numbered
 * block, `#` being its number; theirs are those of `blk.#`, `enc.` and `dec.` of `enc.blk.#` and `dec.blk.#`, and with a
 * `/` of no block.
 */
export const nameTable = `
""" + "\n".join(lines) + "\n`\n")
print(sum(map(len, lines)) + len(lines), "bytes", sum(map(len, blocks.values())), "names")
